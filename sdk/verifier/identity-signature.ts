import { recoverWallet } from '../codec/identity-text.ts'
import { readLegacyKey, readSignature, type SignedPublicKey } from '../codec/public-key.ts'
import type { SignedPolicy } from '../codec/signed-policy.ts'
import { type Address, toAddress } from '../crypto/address.ts'
import { concatBytes } from '../crypto/bytes.ts'
import { cacheKey, createCache } from '../crypto/cache.ts'
import { keccak256 } from '../crypto/hash.ts'
import { verifyDigest } from '../crypto/secp256k1.ts'
import { BaseError } from '../errors.ts'

/** What an account signs: the identity key that its wallet has signed, and the key's signature. */
export type IdentitySigned = Pick<SignedPolicy, 'identityKey' | 'signature'>

/** An account signs any number of connections and policies with one identity key. */
const wallets = createCache<Address>(256)

function walletBehind(key: SignedPublicKey): Address {
  const { bytes, recovery } = key.signature
  const name = cacheKey(concatBytes(key.keyBytes, bytes, Uint8Array.of(recovery)))
  return wallets.getOrMake(name, () => recoverWallet(key))
}

/** Whether an account (20 bytes) has signed a statement with its identity key. What cannot be read is not signed. */
export function isSignedBy(owner: Uint8Array, statement: Uint8Array, signed: IdentitySigned): boolean {
  try {
    const key = readLegacyKey(signed.identityKey, 'wallet')
    const { bytes } = readSignature(signed.signature)
    return verifyDigest(bytes, keccak256(statement), key.publicKey) && walletBehind(key) === toAddress(owner)
  } catch (error) {
    if (error instanceof BaseError) return false
    throw error
  }
}
