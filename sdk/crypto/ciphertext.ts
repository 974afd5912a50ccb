import { openAead, sealAead } from './aead.ts'
import { type RandomBytes, randomBytes as systemRandomBytes } from './bytes.ts'
import { hkdfSha256 } from './hkdf.ts'

/** What XMTP V2 encrypts to: AES-256-GCM under HKDF-SHA256 of the secret, salt and nonce fresh for each message. */
export type Ciphertext = { salt: Uint8Array; nonce: Uint8Array; payload: Uint8Array }

/** The secret of any length, and the bytes that the tag covers besides. */
export type CiphertextOptions = { secret: Uint8Array; associatedData?: Uint8Array | undefined }

/** Encrypts under a secret (XMTP V2). */
export function sealCiphertext(
  plaintext: Uint8Array,
  { secret, associatedData }: CiphertextOptions,
  randomBytes: RandomBytes = systemRandomBytes,
): Ciphertext {
  const salt = randomBytes(32)
  const nonce = randomBytes(12)
  return { salt, nonce, payload: sealAead(plaintext, { key: hkdfSha256(secret, { salt }), nonce, associatedData }) }
}

/** The plaintext; throws `AeadRefusedError` when anything was changed or the secret is another. */
export function openCiphertext(
  { salt, nonce, payload }: Ciphertext,
  { secret, associatedData }: CiphertextOptions,
): Uint8Array {
  return openAead(payload, { key: hkdfSha256(secret, { salt }), nonce, associatedData })
}
