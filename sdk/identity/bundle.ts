import { type PublicKeyBundle, recoverWallet, type SignedPublicKey } from '../codec/index.ts'
import {
  type Address,
  cacheKey,
  concatBytes,
  createCache,
  SignatureInvalidError,
  sha256,
  verifyDigest,
} from '../crypto/index.ts'
import { BaseError } from '../errors.ts'

/** Verifies bundles; one instance verifies each bundle once. */
export type BundleVerifier = (bundle: PublicKeyBundle) => Address

/**
 * A verifier that remembers the bundles it has seen: two curve operations a bundle, none for each further message of its
 * owner. Throws {@link BundleInvalidError}; refusals are not remembered.
 */
export function createBundleVerifier(cacheSize = 10_000): BundleVerifier {
  const cache = createCache<Address>(cacheSize)
  return (bundle) => cache.getOrMake(bundleId(bundle), () => verifyBundle(bundle))
}

/** The account that a bundle belongs to, after checking both of its signatures (XMTP V2). */
export function verifyBundle(bundle: PublicKeyBundle): Address {
  assertPreKey(bundle)
  if (bundle.identityKey.signature.signer !== 'wallet') {
    throw new BundleInvalidError('The identity key is not signed by a wallet.')
  }
  try {
    return recoverWallet(bundle.identityKey)
  } catch (cause) {
    if (cause instanceof SignatureInvalidError)
      throw new BundleInvalidError('No wallet signed the identity key.', { cause })
    throw cause
  }
}

/** Checks that the identity key signed the pre-key. */
export function assertPreKey({ identityKey, preKey }: PublicKeyBundle): void {
  const { bytes, signer } = preKey.signature
  if (signer !== 'key' || !verifyDigest(bytes, sha256(preKey.keyBytes), identityKey.publicKey)) {
    throw new BundleInvalidError('The identity key did not sign the pre-key.')
  }
}

/** A key of a map that is the same for two bundles only if every signed byte and signature is; versions do not differ. */
export function bundleId({ identityKey, preKey }: PublicKeyBundle): string {
  return `${keyId(identityKey)}|${keyId(preKey)}`
}

function keyId({ keyBytes, signature }: SignedPublicKey): string {
  const { bytes, recovery, signer } = signature
  return `${signer}${recovery}${keyBytes.length}${cacheKey(concatBytes(bytes, keyBytes))}`
}

/** The newest of a contact topic's bundles that belongs to the account; `undefined` where none does. */
export function chooseContact<T extends PublicKeyBundle>(
  newestFirst: readonly T[],
  owner: Address,
  verifyBundle: BundleVerifier,
): T | undefined {
  return newestFirst.find((bundle) => isBundleOf(bundle, owner, verifyBundle))
}

function isBundleOf(bundle: PublicKeyBundle, owner: Address, verifyBundle: BundleVerifier): boolean {
  try {
    return verifyBundle(bundle) === owner
  } catch (cause) {
    if (cause instanceof BundleInvalidError) return false
    throw cause
  }
}

/** A bundle whose signatures do not hold. */
export class BundleInvalidError extends BaseError {
  override readonly code = 'bundle.invalid'
}
