import { encodeEnvelope } from '@pennypost/sdk/codec'
import type { StreamFormat } from '../streams.ts'
import { envelopeToJson } from './message-api-json.ts'

/** V2's stream: one `{"result":<Envelope>}` a line. */
export const v2Lines: StreamFormat = {
  contentType: 'application/json; charset=utf-8',
  envelope: (envelope) => `{"result":${envelopeToJson(envelope, false)}}\n`,
  keepAlive: () => '{"result":{}}\n',
}

/** Our stream: the same with the node's sequence, in keep-alives too, so that a reader knows where to resume. */
export const ownLines: StreamFormat = {
  contentType: 'application/json; charset=utf-8',
  envelope: (envelope) => `{"result":${envelopeToJson(envelope, true)}}\n`,
  keepAlive: (position) => (position === undefined ? '{"result":{}}\n' : `{"result":{"sequence":"${position}"}}\n`),
}

/** Binary: each envelope after its length as a varint; an empty message keeps the stream alive. */
export const binaryStream: StreamFormat = {
  contentType: 'application/x-protobuf',
  envelope: ({ contentTopic, timestampNs, message }) => {
    const bytes = encodeEnvelope({ contentTopic, timestampNs, message })
    return Buffer.concat([varint(bytes.length), bytes])
  },
  keepAlive: () => Buffer.from([0]),
}

function varint(value: number): Uint8Array {
  const bytes: number[] = []
  let rest = value
  for (; rest > 0x7f; rest >>>= 7) bytes.push((rest & 0x7f) | 0x80)
  return Uint8Array.from([...bytes, rest])
}
