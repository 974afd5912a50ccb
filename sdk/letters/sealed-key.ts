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
import { BaseError } from '../errors.ts'

/** A key that letters are sealed to, with its private half. */
export type SealedKeyPair = { readonly keyId: Uint8Array; readonly key: Uint8Array; readonly secret: Uint8Array }

/** How many keys a policy document lists. */
export const listedSealedKeys = 4

/** The key for letters that 32 bytes give. */
export function sealedKeyOf(seed: Uint8Array): SealedKeyPair {
  const secret = hkdfSha256(seed, { info: concatBytes(utf8('pennypost/sealed-key/v1'), toBytes4(0)) })
  const key = x25519PublicKey(secret)
  return { keyId: keyIdOf(key), key, secret }
}

/** What names a key in a letter: the first 8 bytes of its hash. */
export const keyIdOf = (key: Uint8Array): Uint8Array => sha256(key).slice(0, 8)

/**
 * The keys that letters to an account are sealed to. The first one comes from its identity key, so that there is one from the
 * start; each later one from a seed of its own, so that who has stolen an older backup does not have it.
 */
export type SealedKeys = {
  /** The one that letters are to be sealed to from now on. */
  newest(): SealedKeyPair
  /** The key of that name; undefined where it is none that this client has. */
  find(keyId: Uint8Array): SealedKeyPair | undefined
  /** What all but the first are derived from, the newest last: what a backup holds. */
  seeds(): readonly Uint8Array[]
  /** Takes the seeds of a newer backup. */
  replace(seeds: readonly Uint8Array[]): void
}

/** Opens the keys that letters to an account are sealed to. */
export function createSealedKeys(identitySecret: Uint8Array, backedUp: readonly Uint8Array[] = []): SealedKeys {
  const first = sealedKeyOf(identitySecret)
  let seeds = backedUp
  let pairs = [first, ...seeds.map(sealedKeyOf)]

  return {
    newest: () => pairs.at(-1) ?? first,
    find: (keyId) => pairs.find((pair) => equalBytes(pair.keyId, keyId)),
    seeds: () => seeds,
    replace(newer) {
      seeds = newer
      pairs = [first, ...seeds.map(sealedKeyOf)]
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

/** Letters are sealed to a key that this client of the account does not have. */
export class SealedKeyUnknownError extends BaseError {
  override readonly code = 'sealed-key.unknown'
}
