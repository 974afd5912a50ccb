import type { LaneEnvelope } from '@pennypost/sdk/codec'
import { bytesOf, listOf, recordOf, toBase64, uint32Of } from '../../plugins/json.ts'
import type { NodeReceipt } from '../publish-with-lanes.ts'
import { envelopeFromJson } from './message-api-json.ts'

/** The proto3 JSON of `PublishRequest`, read by hand: this is the path that carries every message. */
export const lanePublishFromJson = (json: unknown): LaneEnvelope[] => listOf(recordOf(json).envelopes).map(readEnvelope)

function readEnvelope(json: unknown): LaneEnvelope {
  const { envelope, use, counter, signature } = recordOf(json)
  return {
    $typeName: 'pennypost.v1.LaneEnvelope',
    envelope: { $typeName: 'xmtp.message_api.v1.Envelope', ...envelopeFromJson(envelope) },
    use: bytesOf(use),
    counter: uint32Of(counter),
    signature: bytesOf(signature),
  }
}

/** The proto3 JSON of `PublishResponse`. */
export const receiptsToJson = (receipts: readonly NodeReceipt[]): string =>
  `{"receipts":[${receipts.map(receiptToJson).join(',')}]}`

const receiptToJson = ({ digest, sequence, signature }: NodeReceipt): string =>
  `{"digest":"${toBase64(digest)}","sequence":"${sequence}","signature":"${toBase64(signature)}"}`
