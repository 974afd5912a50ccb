import { digestEnvelope, type Envelope } from '../../sdk/codec/envelope.ts'
import { envelopeStatement, type LaneEnvelope } from '../../sdk/codec/lane.ts'
import { ed25519PublicKey, signEd25519 } from '../../sdk/crypto/ed25519.ts'
import type { LaneState } from '../../sdk/verifier/index.ts'
import { lane, laneUse, seeded } from './world.ts'

/** The key of a lane's holder. */
export const seed = seeded(3)(32)
export const holder = ed25519PublicKey(seed)

/** A lane of 16 units that has published nothing. */
export const laneState = (fields: Partial<LaneState> = {}): LaneState => ({
  use: laneUse({ holder }),
  topic: lane.topic,
  holder,
  units: 16,
  expiresAt: Number(lane.expiresAt),
  envelopes: 100,
  usedUnits: 0,
  usedEnvelopes: 0,
  counter: 0,
  ...fields,
})

/** An envelope under that lane, signed by its holder. */
export function envelopeOf(fields: Partial<Envelope> = {}, counter = 1): LaneEnvelope {
  const envelope = { contentTopic: lane.topic, timestampNs: 5n, message: new Uint8Array([1, 2, 3]), ...fields }
  const { use } = laneState()
  const statement = envelopeStatement(use, {
    counter,
    timestampNs: envelope.timestampNs,
    digest: digestEnvelope(envelope),
  })
  return {
    $typeName: 'pennypost.v1.LaneEnvelope',
    envelope: { $typeName: 'xmtp.message_api.v1.Envelope', ...envelope },
    use,
    counter,
    signature: signEd25519(statement, seed),
  }
}
