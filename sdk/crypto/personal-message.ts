import { type Address, addressOf } from './address.ts'
import { utf8 } from './bytes.ts'
import { keccak256 } from './hash.ts'
import { type RecoverableSignature, recoverPublicKey } from './secp256k1.ts'

/** The digest a wallet signs for a text (EIP-191, `personal_sign`). */
export function hashPersonalMessage(text: string): Uint8Array {
  const message = utf8(text)
  return keccak256(utf8(`\x19Ethereum Signed Message:\n${message.length}`), message)
}

/** The account whose wallet signed the text. */
export function recoverPersonalSigner(text: string, signature: RecoverableSignature): Address {
  return addressOf(recoverPublicKey(signature, hashPersonalMessage(text)))
}
