import { gcm } from '@noble/ciphers/aes.js'
import { BaseError } from '../errors.ts'

/** Length of a key, in bytes. */
export const aeadKeyLength = 32

/** Length of a nonce, in bytes. */
export const aeadNonceLength = 12

/** Length of the tag at the end of a ciphertext, in bytes. */
export const aeadTagLength = 16

/** Key, nonce and associated data of one AES-256-GCM operation. */
export type AeadOptions = { key: Uint8Array; nonce: Uint8Array; associatedData?: Uint8Array | undefined }

/** AES-256-GCM (NIST SP 800-38D): ciphertext, then the 16-byte tag. */
export function sealAead(plaintext: Uint8Array, { key, nonce, associatedData }: AeadOptions): Uint8Array {
  return gcm(key, nonce, associatedData).encrypt(plaintext)
}

/** The plaintext, once the tag has verified. */
export function openAead(ciphertext: Uint8Array, { key, nonce, associatedData }: AeadOptions): Uint8Array {
  if (key.length !== aeadKeyLength || nonce.length !== aeadNonceLength || ciphertext.length < aeadTagLength) {
    throw new AeadRefusedError('Expected a 32-byte key, a 12-byte nonce and at least a tag.')
  }
  try {
    return gcm(key, nonce, associatedData).decrypt(ciphertext)
  } catch (cause) {
    throw new AeadRefusedError('The ciphertext was not made with this key, or was changed.', { cause })
  }
}

/** A ciphertext that does not verify. */
export class AeadRefusedError extends BaseError {
  override readonly code = 'aead.refused'
}
