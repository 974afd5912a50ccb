/**
 * The few shapes of Solidity's `abi.encode` that the protocol hashes: a sequence of 32-byte words, and a string before
 * such a sequence. Written out because the verifier layers carry no chain library; tests compare it with viem's.
 */

import { utf8 } from './bytes.ts'

/** What fills one 32-byte word: an unsigned integer, or bytes (20 of an address, 32 of a `bytes32`). */
export type Word = bigint | Uint8Array

const wordLength = 32

/** `abi.encode(...words)`: integers and addresses padded on the left. */
export function encodeWords(words: readonly Word[]): Uint8Array {
  const out = new Uint8Array(words.length * wordLength)
  writeWords(out, words)
  return out
}

/** `abi.encode(string label, ...words)`: the string's offset, the words, then its length and padded bytes. */
export function encodeLabelled(label: string, words: readonly Word[]): Uint8Array {
  const text = utf8(label)
  const offset = (words.length + 1) * wordLength
  const out = new Uint8Array(offset + wordLength + Math.ceil(text.length / wordLength) * wordLength)
  writeWords(out, [BigInt(offset), ...words, BigInt(text.length)])
  out.set(text, offset + wordLength)
  return out
}

/** 32 bytes, big-endian: an integer of the ABI, and a field element on the wire. */
export const toBytes32 = (value: bigint): Uint8Array => encodeWords([value])

/** The unsigned integer that the bytes spell, big-endian. */
export function fromBytes(bytes: Uint8Array): bigint {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const odd = bytes.length % 8
  let value = 0n
  for (let at = 0; at < odd; at++) value = (value << 8n) | BigInt(view.getUint8(at))
  for (let at = odd; at < bytes.length; at += 8) value = (value << 64n) | view.getBigUint64(at)
  return value
}

function writeWords(out: Uint8Array, words: readonly Word[]): void {
  const view = new DataView(out.buffer)
  words.forEach((word, i) => {
    const end = (i + 1) * wordLength
    if (typeof word === 'bigint') writeInteger(view, end, word)
    else out.set(assertWord(word), end - word.length)
  })
}

/** An integer, before the end of its word, eight bytes at once. */
function writeInteger(view: DataView, end: number, value: bigint): void {
  if (value < 0n || value >> 256n !== 0n) throw new RangeError(`${value} does not fit an unsigned word of 32 bytes.`)
  for (let at = end - 8, rest = value; rest > 0n; at -= 8, rest >>= 64n) {
    view.setBigUint64(at, BigInt.asUintN(64, rest))
  }
}

function assertWord(word: Uint8Array): Uint8Array {
  if (word.length === wordLength || word.length === 20) return word
  throw new RangeError(`A word is 20 or 32 bytes, not ${word.length}.`)
}
