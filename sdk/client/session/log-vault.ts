import { decodeLogEntry, encodeLogEntry } from '../../codec/index.ts'
import {
  aeadNonceLength,
  concatBytes,
  hkdfSha256,
  openAead,
  type RandomBytes,
  sealAead,
  utf8,
} from '../../crypto/index.ts'
import type { SealedKeyPair, SealedKeys } from '../../letters/index.ts'
import type { LogVault } from '../../log/index.ts'
import { orNothing } from './peer.ts'

/** Entries that hold the keys of conversations, and what was said in them. */
const kept = new Set<string | undefined>(['sent', 'accepted'])

/** Seals what the log has of letters as the letters were: to the newest key, which no older backup holds. */
export function createLogVault(sealedKeys: SealedKeys, random: RandomBytes): LogVault {
  return {
    seal(entry) {
      if (!kept.has(entry.case)) return entry
      const pair = sealedKeys.newest()
      const nonce = random(aeadNonceLength)
      const ciphertext = concatBytes(nonce, sealAead(encodeLogEntry(entry), { key: keyOf(pair), nonce }))
      return { case: 'sealed', value: { keyId: pair.keyId, ciphertext } }
    },
    open(entry) {
      if (entry.case !== 'sealed') return entry
      const { keyId, ciphertext } = entry.value
      const pair = sealedKeys.find(keyId)
      if (!pair) return entry
      const nonce = ciphertext.subarray(0, aeadNonceLength)
      const sealed = ciphertext.subarray(aeadNonceLength)
      const [opened] = orNothing(() => decodeLogEntry(openAead(sealed, { key: keyOf(pair), nonce })).kind)
      return opened ?? entry
    },
  }
}

const keyOf = ({ secret }: SealedKeyPair): Uint8Array => hkdfSha256(secret, { info: utf8('pennypost/log-entry/v1') })
