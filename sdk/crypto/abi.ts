/**
 * The few shapes of Solidity's `abi.encode` that the protocol hashes: a sequence of 32-byte words, and a string before
 * such a sequence. Written out because the verifier layers carry no chain library; tests compare it with viem's.
 */

/** What fills one 32-byte word: an unsigned integer, or bytes (20 of an address, 32 of a `bytes32`). */
export type Word = bigint | Uint8Array

const wordLength = 32

/** `abi.encode(...words)`: integers and addresses padded on the left. */
export function encodeWords(words: readonly Word[]): Uint8Array {
  const out = new Uint8Array(words.length * wordLength)
  words.forEach((word, i) => {
    out.set(encodeWord(word), i * wordLength)
  })
  return out
}

/** `abi.encode(string label, ...words)`: the string's offset, the words, then its length and padded bytes. */
export function encodeLabelled(label: string, words: readonly Word[]): Uint8Array {
  const text = new TextEncoder().encode(label)
  const padded = new Uint8Array(Math.ceil(text.length / wordLength) * wordLength)
  padded.set(text)

  const offset = BigInt((words.length + 1) * wordLength)
  const head = encodeWords([offset, ...words, BigInt(text.length)])
  const out = new Uint8Array(head.length + padded.length)
  out.set(head)
  out.set(padded, head.length)
  return out
}

/** 32 bytes, big-endian: an integer of the ABI, and a field element on the wire. */
export function toBytes32(value: bigint): Uint8Array {
  if (value < 0n || value >> 256n !== 0n) throw new RangeError(`${value} does not fit an unsigned word of 32 bytes.`)
  const out = new Uint8Array(wordLength)
  for (let i = wordLength - 1, rest = value; rest > 0n; i--, rest >>= 8n) out[i] = Number(rest & 0xffn)
  return out
}

/** The unsigned integer that the bytes spell, big-endian. */
export function fromBytes(bytes: Uint8Array): bigint {
  return bytes.reduce((value, byte) => (value << 8n) | BigInt(byte), 0n)
}

function encodeWord(word: Word): Uint8Array {
  if (typeof word === 'bigint') return toBytes32(word)
  if (word.length === wordLength) return word
  if (word.length !== 20) throw new RangeError(`A word is 20 or 32 bytes, not ${word.length}.`)
  const out = new Uint8Array(wordLength)
  out.set(word, wordLength - word.length)
  return out
}
