import {
  type ConsentAction,
  decodeConsentAction,
  decodePreferences,
  encodeConsentAction,
  encodePreferences,
  preferencesTopic,
} from '../codec/index.ts'
import {
  hkdfSha256,
  openCiphertext,
  publicKeyOf,
  type RandomBytes,
  sealCiphertext,
  sha256,
  randomBytes as systemRandomBytes,
  toBase64Url,
  utf8,
} from '../crypto/index.ts'

/** Where an account keeps its encrypted consent log, and under which key. */
export type PreferencesKeys = { topic: string; secret: Uint8Array; associatedData: Uint8Array }

/** Topic and key of an account's preferences, from its identity secret (XMTP V2). */
export function derivePreferences(identitySecret: Uint8Array): PreferencesKeys {
  const id = sha256(hkdfSha256(identitySecret, { salt: utf8('XMTP_PRIVATE_PREFERENCES_TOPIC') }))
  return {
    topic: preferencesTopic(toBase64Url(id)),
    secret: hkdfSha256(identitySecret, { salt: utf8('XMTP_PRIVATE_PREFERENCES_ENCRYPTION') }),
    associatedData: publicKeyOf(identitySecret),
  }
}

/** Encrypts one entry of the consent log. Give each its own nanosecond: entries of equal time sort by digest. */
export function sealConsentAction(
  action: ConsentAction,
  keys: PreferencesKeys,
  randomBytes: RandomBytes = systemRandomBytes,
): Uint8Array {
  return encodePreferences(sealCiphertext(encodeConsentAction(action), keys, randomBytes))
}

/** Decrypts one entry; anyone may write on the topic, so refusals are to be expected and skipped. */
export function openConsentAction(message: Uint8Array, keys: PreferencesKeys): ConsentAction {
  return decodeConsentAction(openCiphertext(decodePreferences(message), keys))
}
