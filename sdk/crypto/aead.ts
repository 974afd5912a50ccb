import { gcm } from '@noble/ciphers/aes.js'
import { BaseError } from '../errors.ts'
import { concatBytes } from './bytes.ts'
import { nodeModule } from './node-module.ts'

/** Length of a key, in bytes. */
export const aeadKeyLength = 32

/** Length of a nonce, in bytes. */
export const aeadNonceLength = 12

/** Length of the tag at the end of a ciphertext, in bytes. */
export const aeadTagLength = 16

/** Key, nonce and associated data of one AES-256-GCM operation. */
export type AeadOptions = { key: Uint8Array; nonce: Uint8Array; associatedData?: Uint8Array | undefined }

/** What an implementation of AES-256-GCM must do; `open` throws anything where the tag does not verify. */
export type Aead = {
  seal(plaintext: Uint8Array, options: AeadOptions): Uint8Array
  open(ciphertext: Uint8Array, options: AeadOptions): Uint8Array
}

/** The portable implementation (@noble/ciphers). */
export const portableAead: Aead = {
  seal: (plaintext, { key, nonce, associatedData }) => gcm(key, nonce, associatedData).encrypt(plaintext),
  open: (ciphertext, { key, nonce, associatedData }) => gcm(key, nonce, associatedData).decrypt(ciphertext),
}

/** The platform's: Node's OpenSSL, where there is one. Web Crypto would make every caller wait. */
const platformAead: Aead = aeadOfNode() ?? portableAead

function aeadOfNode(): Aead | undefined {
  const crypto = nodeModule('node:crypto')
  return (
    crypto && {
      seal(plaintext, { key, nonce, associatedData }) {
        const cipher = crypto.createCipheriv('aes-256-gcm', crypto.createSecretKey(key), nonce)
        if (associatedData) cipher.setAAD(associatedData)
        return concatBytes(cipher.update(plaintext), cipher.final(), cipher.getAuthTag())
      },
      open(ciphertext, { key, nonce, associatedData }) {
        const secret = crypto.createSecretKey(key) // costs Node less than to find out that bytes are no such object
        const decipher = crypto.createDecipheriv('aes-256-gcm', secret, nonce, { authTagLength: aeadTagLength })
        if (associatedData) decipher.setAAD(associatedData)
        decipher.setAuthTag(ciphertext.subarray(-aeadTagLength))
        return concatBytes(decipher.update(ciphertext.subarray(0, -aeadTagLength)), decipher.final())
      },
    }
  )
}

/** AES-256-GCM (NIST SP 800-38D): ciphertext, then the 16-byte tag. */
export function sealAead(plaintext: Uint8Array, options: AeadOptions): Uint8Array {
  return platformAead.seal(plaintext, options)
}

/** The plaintext, once the tag has verified. */
export function openAead(ciphertext: Uint8Array, options: AeadOptions): Uint8Array {
  const { key, nonce } = options
  if (key.length !== aeadKeyLength || nonce.length !== aeadNonceLength || ciphertext.length < aeadTagLength) {
    throw new AeadRefusedError('Expected a 32-byte key, a 12-byte nonce and at least a tag.')
  }
  try {
    return platformAead.open(ciphertext, options)
  } catch (cause) {
    throw new AeadRefusedError('The ciphertext was not made with this key, or was changed.', { cause })
  }
}

/** A ciphertext that does not verify. */
export class AeadRefusedError extends BaseError {
  override readonly code = 'aead.refused'
}
