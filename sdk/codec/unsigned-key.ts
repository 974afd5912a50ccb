import { concatBytes } from '../crypto/bytes.ts'
import { requireLength } from './message.ts'

/**
 * The bytes that are signed for a public key (65 bytes); `created` in ms for legacy keys, as all clients make them.
 *
 * They are those of the protobuf message `UnsignedPublicKey`, written by hand so that a verifier carries no protobuf.
 */
export function encodeUnsignedKey(publicKey: Uint8Array, created: bigint): Uint8Array {
  requireLength('a public key', publicKey, 65)
  const time = created === 0n ? [] : [createdField, ...encodeVarint(created)]
  return concatBytes(Uint8Array.from([...time, pointField, 67, bytesField, 65]), publicKey)
}

/** Field numbers with their wire types: 1 as varint, 3 and 1 as length and bytes. */
const createdField = (1 << 3) | 0
const pointField = (3 << 3) | 2
const bytesField = (1 << 3) | 2

function encodeVarint(value: bigint): number[] {
  if (value < 0n || value >> 64n !== 0n) throw new RangeError(`${value} does not fit 64 bits.`)
  const out: number[] = []
  let rest = value
  for (; rest > 0x7fn; rest >>= 7n) out.push(Number(rest & 0x7fn) | 0x80)
  return [...out, Number(rest)]
}
