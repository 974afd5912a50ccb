import { keccak_256 } from '@noble/hashes/sha3.js'
import { encodeWords } from '../crypto/abi.ts'
import type { Note } from '../crypto/signals.ts'

/** One entry of the note log: a leaf appended, or one zeroed. */
export type Operation =
  | ({ readonly kind: 'append'; readonly leafIndex: number } & Note)
  | { readonly kind: 'zero'; readonly leafIndex: number }

/** The chain of the empty log. */
export const emptyChain: Uint8Array = new Uint8Array(32)

/** The chain after operation number `index` (from 0), as the contract computes it. */
export function extendChain(chain: Uint8Array, index: number, operation: Operation): Uint8Array {
  const { commitment, classId, limit, expiry } = operation.kind === 'append' ? operation : zeroed
  const kind = operation.kind === 'append' ? 1n : 2n
  const words = [chain, BigInt(index), kind, BigInt(operation.leafIndex), commitment, classId, limit, expiry]
  return keccak_256(encodeWords(words))
}

const zeroed: Note = { commitment: 0n, classId: 0n, limit: 0n, expiry: 0n }
