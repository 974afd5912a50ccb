import {
  AeadRefusedError,
  aeadNonceLength,
  concatBytes,
  hkdfSha256,
  KeyMalformedError,
  openAead,
  publicKeyLength,
  publicKeyOf,
  type RandomBytes,
  sealAead,
  sharedPoint,
  utf8,
} from '../crypto/index.ts'

/** What a share is sealed for: the letter (32 bytes) that it opens, so that it counts for no other. */
type SealedFor = { readonly letter: Uint8Array }

const keyOf = (point: Uint8Array, letter: Uint8Array): Uint8Array =>
  hkdfSha256(point, { info: concatBytes(utf8('pennypost/escrow-share/v1'), letter) })

/**
 * Encrypts a share to an account's identity key (secp256k1, 65 bytes): ephemeral key, nonce, ciphertext. Throws
 * {@link KeyMalformedError} where the key is none.
 */
export function sealShare(
  share: Uint8Array,
  { letter, identityKey, random }: SealedFor & { readonly identityKey: Uint8Array; readonly random: RandomBytes },
): Uint8Array {
  const [ephemeral, nonce] = [random(32), random(aeadNonceLength)]
  const key = keyOf(sharedPoint(ephemeral, identityKey), letter)
  return concatBytes(publicKeyOf(ephemeral), nonce, sealAead(share, { key, nonce }))
}

/** The share, opened with the identity key's secret; undefined where it was not sealed to it, or not for this letter. */
export function openShare(
  sealed: Uint8Array,
  { letter, identitySecret }: SealedFor & { readonly identitySecret: Uint8Array },
): Uint8Array | undefined {
  const nonce = sealed.slice(publicKeyLength, publicKeyLength + aeadNonceLength)
  try {
    const key = keyOf(sharedPoint(identitySecret, sealed.slice(0, publicKeyLength)), letter)
    return openAead(sealed.subarray(publicKeyLength + aeadNonceLength), { key, nonce })
  } catch (error) {
    if (error instanceof AeadRefusedError || error instanceof KeyMalformedError) return undefined
    throw error
  }
}
