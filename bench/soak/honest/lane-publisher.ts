import { randomBytes } from 'node:crypto'
import {
  digestEnvelope,
  type Envelope,
  envelopeStatement,
  envelopeToJson,
  renewalStatement,
} from '../../../sdk/codec/index.ts'
import { ed25519PublicKey, networkIdOf, signEd25519, toBase64, useOf } from '../../../sdk/crypto/index.ts'
import { workOf } from '../../../sdk/verifier/index.ts'
import type { Poster } from '../http.ts'
import { newTopic, type Publisher } from './publisher.ts'

/** What the floor asks for the first lane of a conversation. */
export const floorBits = 8

const networkId = networkIdOf('pennypost-local')
const unitsOfLane = 16

type Lane = { readonly use: Uint8Array; counter: number }

/** A lane on a conversation of its own, opened by work and renewed by its holder's word when it is used up. */
export function createLanePublisher(post: Poster): Publisher {
  const seed = new Uint8Array(randomBytes(32))
  const topic = newTopic()
  let expiresAt = Math.floor(Date.now() / 1000) + 7200
  let lane: Lane | undefined

  async function open(): Promise<Lane> {
    const holder = ed25519PublicKey(seed)
    const asked = { topic, holder, expiresAt: BigInt(++expiresAt) }
    const use = useOf({ ...asked, networkId, units: BigInt(unitsOfLane) })
    const shown = lane ? { renewal: renewalOf(lane.use, use, seed) } : { evidence: [workFor(use)] }
    const body = { topic, holder: toBase64(holder), units: unitsOfLane, expiresAt: String(expiresAt), ...shown }
    const { status, text } = await post({ path: '/v1/lanes', body: JSON.stringify(body) })
    if (status >= 400) throw new Error(text)
    return { use, counter: 0 }
  }

  return {
    topic,
    async prepare() {
      if (!lane || lane.counter === unitsOfLane) lane = await open()
    },
    async publish(envelope) {
      if (!lane) throw new Error('The lane is not open yet.')
      lane.counter++
      return post({ path: '/v1/publish', body: JSON.stringify({ envelopes: [sign(envelope, lane, seed)] }) })
    },
  }
}

function sign(envelope: Envelope, { use, counter }: Lane, seed: Uint8Array) {
  const { timestampNs } = envelope
  const statement = envelopeStatement(use, { counter, timestampNs, digest: digestEnvelope(envelope) })
  const signature = toBase64(signEd25519(statement, seed))
  return { envelope: envelopeToJson(envelope), use: toBase64(use), counter, signature }
}

const renewalOf = (old: Uint8Array, use: Uint8Array, seed: Uint8Array) => ({
  use: toBase64(old),
  signature: toBase64(signEd25519(renewalStatement(use), seed)),
})

function workFor(use: Uint8Array) {
  for (let nonce = 0n; ; nonce++) {
    if (workOf({ use, condition: 0 }, nonce) >= floorBits) return { condition: 0, work: { nonce: String(nonce) } }
  }
}
