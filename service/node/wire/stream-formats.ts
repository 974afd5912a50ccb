import { encodeEnvelope } from '@pennypost/sdk/codec'
import type { LiveEnvelope } from '../bus.ts'
import type { StreamFormat } from '../stream.ts'
import { envelopeToJson } from './message-api-json.ts'

const utf8 = (text: string): Buffer => Buffer.from(text)

/** Makes the bytes of an envelope once, however many streams it goes to. */
function once(make: (envelope: LiveEnvelope) => Buffer): (envelope: LiveEnvelope) => Buffer {
  const made = new WeakMap<LiveEnvelope, Buffer>()
  return (envelope) => {
    const bytes = made.get(envelope) ?? make(envelope)
    made.set(envelope, bytes)
    return bytes
  }
}

const sign = utf8('{"result":{}}\n')

/** V2's stream: one `{"result":<Envelope>}` a line. */
export const v2Lines: StreamFormat = {
  contentType: 'application/json; charset=utf-8',
  envelope: once((envelope) => utf8(`{"result":${envelopeToJson(envelope, false)}}\n`)),
  keepAlive: () => sign,
}

/** Our stream: the same with the node's sequence, in keep-alives too, so that a reader knows where to resume. */
export const ownLines: StreamFormat = {
  contentType: 'application/json; charset=utf-8',
  envelope: once((envelope) => utf8(`{"result":${envelopeToJson(envelope, true)}}\n`)),
  keepAlive: (position) => (position === undefined ? sign : utf8(`{"result":{"sequence":"${position}"}}\n`)),
}

/** Binary: each envelope after its length as a varint; an empty message keeps the stream alive. */
export const binaryStream: StreamFormat = {
  contentType: 'application/x-protobuf',
  envelope: once(({ contentTopic, timestampNs, message }) => {
    const bytes = encodeEnvelope({ contentTopic, timestampNs, message })
    return Buffer.concat([varint(bytes.length), bytes])
  }),
  keepAlive: () => Buffer.from([0]),
}

function varint(value: number): Uint8Array {
  const bytes: number[] = []
  let rest = value
  for (; rest > 0x7f; rest >>>= 7) bytes.push((rest & 0x7f) | 0x80)
  return Uint8Array.from([...bytes, rest])
}
