import type { PublicKeyBundle } from '../codec/index.ts'
import { createCache, equalBytes, x3dhSecret } from '../crypto/index.ts'
import { type BundleVerifier, bundleId, createBundleVerifier } from './bundle.ts'
import type { Identity } from './identity.ts'

/** An identity with a memory: what was verified or agreed with a peer once is not computed again. */
export type Keyring = {
  identity: Identity
  /** The account of a bundle; throws `BundleInvalidError`. */
  verifyBundle: BundleVerifier
  /** The X3DH secret with a peer, whose bundle is verified first. */
  secretWith(peer: PublicKeyBundle, options: SecretOptions): Uint8Array
}

/** Which side this account is, and which of its pre-keys the peer used; the newest unless told. */
export type SecretOptions = { role: 'sender' | 'recipient'; mine?: PublicKeyBundle }

/** Opens a keyring over an identity. */
export function createKeyring(identity: Identity, cacheSize = 10_000): Keyring {
  const verifyBundle = createBundleVerifier(cacheSize)
  const secrets = createCache<Uint8Array>(cacheSize)

  function agree(peer: PublicKeyBundle, preKeySecret: Uint8Array, role: SecretOptions['role']): Uint8Array {
    verifyBundle(peer)
    return x3dhSecret(
      {
        identitySecret: identity.keys.identityKey.secret,
        preKeySecret,
        peerIdentityKey: peer.identityKey.publicKey,
        peerPreKey: peer.preKey.publicKey,
      },
      role,
    )
  }

  return {
    identity,
    verifyBundle,
    secretWith(peer, { role, mine = identity.bundle }) {
      const index = findPreKey(identity, mine)
      const preKey = identity.keys.preKeys[index] ?? identity.preKey
      return secrets.getOrMake(`${role}${index}${bundleId(peer)}`, () => agree(peer, preKey.secret, role))
    },
  }
}

/** Which pre-key a bundle advertises; the newest where it is none of ours, as stock clients assume. */
function findPreKey({ keys }: Identity, mine: PublicKeyBundle): number {
  const index = keys.preKeys.findIndex(({ publicKey }) => equalBytes(publicKey.publicKey, mine.preKey.publicKey))
  return Math.max(index, 0)
}

/** Whether a bundle is the account's own, in either form. */
export function isOwnBundle({ bundle }: Pick<Identity, 'bundle'>, other: PublicKeyBundle): boolean {
  return equalBytes(bundle.identityKey.publicKey, other.identityKey.publicKey)
}
