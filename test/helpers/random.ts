import { expect } from 'vitest'
import type { RandomBytes } from '../../sdk/crypto/index.ts'
import { BaseError } from '../../sdk/errors.ts'

/** Bytes that count up from a start: fixed, and never twice the same. */
export function countingBytes(start = 1): RandomBytes {
  let next = start
  return (length) => Uint8Array.from({ length }, () => next++ & 0xff)
}

/** Runs a decoder on bytes it was not made for: it may read them, but throws nothing but a typed error. */
export function expectTyped(decode: () => unknown): void {
  try {
    decode()
  } catch (error) {
    expect(error).toBeInstanceOf(BaseError)
  }
}
