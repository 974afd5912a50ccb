import type { Hex } from 'viem'
import { checkWalletSignature, type ExpectedSigner, WalletSignatureError } from '../crypto/index.ts'

/** The account's signature in the form that contracts take; undefined if its key has not signed this. */
export function keySignature(text: string, expected: ExpectedSigner): Hex | undefined {
  try {
    return checkWalletSignature(text, expected)
  } catch (error) {
    if (error instanceof WalletSignatureError) return undefined
    throw error
  }
}
