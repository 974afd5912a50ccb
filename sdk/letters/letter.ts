import { decodeLetter, encodeLetter, type Letter, type LetterInit } from '../codec/index.ts'
import {
  AeadRefusedError,
  aeadNonceLength,
  aeadTagLength,
  concatBytes,
  fromBytes,
  hkdfSha256,
  openAead,
  type RandomBytes,
  sealAead,
  toBytes4,
  utf8,
  x25519PublicKey,
  x25519SharedSecret,
} from '../crypto/index.ts'
import { BaseError } from '../errors.ts'
import { isSmallOrder, type SealedKeyPair } from './sealed-key.ts'

/** The sizes that letters come in, in bytes, all of it counted: a letter tells no more of its length. */
export const letterSizes = [1024, 4096, 16_384, 65_536] as const

const keyIdLength = 8
const keyLength = 32
const headLength = keyIdLength + keyLength + aeadNonceLength
const lengthLength = 4
const overhead = headLength + lengthLength + aeadTagLength

/** To which key of whom, on which topic. */
export type LetterTarget = { readonly topic: string; readonly key: Uint8Array; readonly keyId: Uint8Array }

/** The size that a letter will have; undefined if it is too long for any. */
export function letterSizeOf(letter: LetterInit): number | undefined {
  const length = encodeLetter(letter).length + overhead
  return letterSizes.find((size) => length <= size)
}

/** Seals a letter: key id, ephemeral key, nonce, ciphertext. */
export function sealLetter(letter: LetterInit, { topic, key, keyId }: LetterTarget, random: RandomBytes): Uint8Array {
  if (keyId.length !== keyIdLength || key.length !== keyLength || isSmallOrder(key)) {
    throw new LetterRefusedError('Letters cannot be sealed to that key.')
  }
  const ephemeral = random(keyLength)
  const nonce = random(aeadNonceLength)
  const publicKey = x25519PublicKey(ephemeral)
  const aeadKey = keyOf(x25519SharedSecret(ephemeral, key), topic)
  return concatBytes(keyId, publicKey, nonce, sealAead(pad(encodeLetter(letter)), { key: aeadKey, nonce }))
}

/** The name of the key that a letter is sealed to. */
export function readKeyId(sealed: Uint8Array): Uint8Array {
  if (sealed.length < overhead) throw new LetterRefusedError('The letter is cut off.')
  return sealed.slice(0, keyIdLength)
}

/** Opens a letter with the key it names. Throws {@link LetterRefusedError}. */
export function openLetter(
  sealed: Uint8Array,
  { topic, secret }: Pick<SealedKeyPair, 'secret'> & { topic: string },
): Letter {
  if (!letterSizes.some((size) => size === sealed.length))
    throw new LetterRefusedError('The letter is not of a standard size.')
  const ephemeralKey = sealed.subarray(keyIdLength, keyIdLength + keyLength)
  const nonce = sealed.subarray(keyIdLength + keyLength, headLength)
  if (isSmallOrder(ephemeralKey)) throw new LetterRefusedError('The letter was made with a key of small order.')
  const key = keyOf(x25519SharedSecret(secret, ephemeralKey), topic)
  return decodeLetter(unpad(open(sealed.subarray(headLength), { key, nonce })))
}

function open(ciphertext: Uint8Array, options: { key: Uint8Array; nonce: Uint8Array }): Uint8Array {
  try {
    return openAead(ciphertext, options)
  } catch (cause) {
    if (cause instanceof AeadRefusedError) throw new LetterRefusedError('The letter does not open.', { cause })
    throw cause
  }
}

const keyOf = (shared: Uint8Array, topic: string): Uint8Array =>
  hkdfSha256(shared, { info: concatBytes(utf8('pennypost/letter/v1'), utf8(topic)) })

/** Length, plaintext, zeros: up to the next size, less what encryption adds. */
function pad(plaintext: Uint8Array): Uint8Array {
  const size = letterSizes.find((total) => plaintext.length + overhead <= total)
  if (size === undefined) throw new LetterTooLongError('A letter has at most 64 KiB.', { hint: 'Send less with it.' })
  const out = new Uint8Array(size - headLength - aeadTagLength)
  out.set(toBytes4(plaintext.length))
  out.set(plaintext, lengthLength)
  return out
}

function unpad(padded: Uint8Array): Uint8Array {
  const length = Number(fromBytes(padded.subarray(0, lengthLength)))
  const end = lengthLength + length
  if (end > padded.length || padded.subarray(end).some((byte) => byte !== 0)) {
    throw new LetterRefusedError('The letter is not padded with zeros.')
  }
  return padded.slice(lengthLength, end)
}

/** A letter that was changed, is for somebody else, or is none. */
export class LetterRefusedError extends BaseError {
  override readonly code = 'letter.refused'
}

/** A letter beyond the largest size. */
export class LetterTooLongError extends BaseError {
  override readonly code = 'letter.too-long'
}
