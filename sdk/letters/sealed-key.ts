import {
  concatBytes,
  equalBytes,
  fromHex,
  hkdfSha256,
  sha256,
  toBytes4,
  utf8,
  x25519PublicKey,
} from '../crypto/index.ts'

/** A key that letters are sealed to, with its private half. */
export type SealedKeyPair = { readonly keyId: Uint8Array; readonly key: Uint8Array; readonly secret: Uint8Array }

/** How many keys one account can have had, and how many of them a policy document lists. */
export const sealedKeyLimits = { total: 64, listed: 4 } as const

/**
 * Number `index` of the keys that letters to an account are sealed to. Derived from its identity key, so that every client
 * of the account has it, now and after it is recovered.
 */
function deriveSealedKey(identitySecret: Uint8Array, index: number): SealedKeyPair {
  const info = concatBytes(utf8('pennypost/sealed-key/v1'), toBytes4(index))
  const secret = hkdfSha256(identitySecret, { info })
  const key = x25519PublicKey(secret)
  return { keyId: keyIdOf(key), key, secret }
}

/** What names a key in a letter: the first 8 bytes of its hash. */
export const keyIdOf = (key: Uint8Array): Uint8Array => sha256(key).slice(0, 8)

/** The keys of one account, each derived once. */
export type SealedKeys = {
  at(index: number): SealedKeyPair
  /** The key of that name; undefined if it is none of the account's. */
  find(keyId: Uint8Array): (SealedKeyPair & { readonly index: number }) | undefined
}

/** Opens the keys that letters to an account are sealed to. */
export function createSealedKeys(identitySecret: Uint8Array): SealedKeys {
  const pairs: SealedKeyPair[] = []

  function at(index: number): SealedKeyPair {
    while (pairs.length <= index) pairs.push(deriveSealedKey(identitySecret, pairs.length))
    return pairs[index] as SealedKeyPair
  }

  return {
    at,
    find(keyId) {
      for (let index = 0; index < sealedKeyLimits.total; index++) {
        if (equalBytes(at(index).keyId, keyId)) return { ...at(index), index }
      }
      return undefined
    },
  }
}

const smallOrder = [
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0100000000000000000000000000000000000000000000000000000000000000',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800',
  '5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157',
].map(fromHex)

/** Whether 32 bytes are a point that would fix what is agreed with it, whoever the other side is. */
export function isSmallOrder(key: Uint8Array): boolean {
  const canonical = key.slice()
  canonical[31] = (canonical[31] ?? 0) & 0x7f
  return smallOrder.some((point) => equalBytes(point, canonical))
}
