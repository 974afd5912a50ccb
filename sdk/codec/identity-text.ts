import { type Address, recoverPersonalSigner, toHex } from '../crypto/index.ts'
import type { SignedPublicKey } from './public-key.ts'

const footer = '\n\nFor more info: https://xmtp.org/signatures/'

/** What a wallet signs to make a key the identity key of its account (XMTP V2). */
export function createIdentityText(keyBytes: Uint8Array): string {
  return `XMTP : Create Identity\n${toHex(keyBytes)}${footer}`
}

/** What a wallet signs to encrypt and decrypt the backup of its keys (XMTP V2). */
export function enableIdentityText(walletPreKey: Uint8Array): string {
  return `XMTP : Enable Identity\n${toHex(walletPreKey)}${footer}`
}

/** The account whose wallet signed the identity key. Costs one recovery: cache it by key. */
export function recoverWallet({ keyBytes, signature }: SignedPublicKey): Address {
  return recoverPersonalSigner(createIdentityText(keyBytes), signature)
}
