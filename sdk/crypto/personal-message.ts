import { type Address, addressOf } from './address.ts'
import { fromHex, utf8 } from './bytes.ts'
import { keccak256 } from './hash.ts'
import { type RecoverableSignature, recoverPublicKey, SignatureInvalidError } from './secp256k1.ts'

/** The digest a wallet signs for a text (EIP-191, `personal_sign`). */
export function hashPersonalMessage(text: string): Uint8Array {
  const message = utf8(text)
  return keccak256(utf8(`\x19Ethereum Signed Message:\n${message.length}`), message)
}

/** A wallet's 65 bytes R ‖ S ‖ v as a recoverable signature; v is 0, 1, 27 or 28. */
export function parseWalletSignature(signature: string): RecoverableSignature {
  const bytes = fromHex(signature)
  const v = bytes[64]
  if (bytes.length !== 65 || v === undefined) throw new SignatureInvalidError('Expected 65 bytes.')
  const recovery = v >= 27 ? v - 27 : v
  if (recovery > 1) throw new SignatureInvalidError('Expected v to be 0, 1, 27 or 28.')
  return { bytes: bytes.slice(0, 64), recovery }
}

/** The account whose wallet signed the text. */
export function recoverPersonalSigner(text: string, signature: RecoverableSignature): Address {
  return addressOf(recoverPublicKey(signature, hashPersonalMessage(text)))
}
