import {
  createIdentityText,
  encodeToken,
  encodeUnsignedKey,
  type PrivateKey,
  type PrivateKeyBundle,
  type PublicKeyBundle,
  recoverWallet,
  type SignedPublicKey,
} from '../codec/index.ts'
import {
  type Address,
  equalBytes,
  parseWalletSignature,
  publicKeyOf,
  type RandomBytes,
  sha256,
  signDigest,
  randomBytes as systemRandomBytes,
} from '../crypto/index.ts'
import { BaseError } from '../errors.ts'
import { assertPreKey } from './bundle.ts'
import { signWith, toWallet, type WalletLike } from './wallet.ts'

/** An account that can write and read: its keys, and what others know of them. */
export type Identity = { address: Address; keys: PrivateKeyBundle; bundle: PublicKeyBundle; preKey: PrivateKey }

/** The time in milliseconds, which is what XMTP V2 stamps keys with; randomness for tests. */
export type CreateIdentityOptions = { createdMs: bigint; randomBytes?: RandomBytes }

/**
 * Makes the keys of an account (XMTP V2): the wallet signs "Create Identity" once, the identity key signs a pre-key.
 * Publish the bundle to the contact topic and the backup of the keys to the private store.
 */
export async function createIdentity(
  wallet: WalletLike,
  { createdMs, randomBytes = systemRandomBytes }: CreateIdentityOptions,
): Promise<Identity> {
  const identitySecret = randomBytes(32)
  const publicKey = publicKeyOf(identitySecret)
  const keyBytes = encodeUnsignedKey(publicKey, createdMs)
  const signature = parseWalletSignature(await signWith(toWallet(wallet), createIdentityText(keyBytes)))
  const identityKey: PrivateKey = {
    secret: identitySecret,
    publicKey: { keyBytes, publicKey, created: createdMs, signature: { ...signature, signer: 'wallet' } },
  }
  const preKeys = [createPreKey(identitySecret, { createdMs, randomBytes })]
  return toIdentity({ identityKey, preKeys, sealedSeeds: [] })
}

/** Keys as an identity, after checking that they belong together and to a wallet. */
export function toIdentity(keys: PrivateKeyBundle): Identity {
  const { identityKey, preKeys } = keys
  const [preKey] = preKeys
  if (!preKey) throw new IdentityMalformedError('Expected at least one pre-key.')
  for (const key of [identityKey, ...preKeys]) {
    if (!equalBytes(publicKeyOf(key.secret), key.publicKey.publicKey)) {
      throw new IdentityMalformedError('A public key does not match its secret.')
    }
  }
  const bundle = { identityKey: identityKey.publicKey, preKey: preKey.publicKey }
  assertPreKey(bundle)
  return { address: recoverWallet(identityKey.publicKey), keys, bundle, preKey }
}

/** A bearer token for this identity (XMTP V2), good for an hour from `createdNs`. */
export function createToken({ address, bundle, keys }: Identity, createdNs: bigint): string {
  return encodeToken({ address, identityKey: bundle.identityKey, privateKey: keys.identityKey.secret, createdNs })
}

function createPreKey(identitySecret: Uint8Array, options: Required<CreateIdentityOptions>): PrivateKey {
  const secret = options.randomBytes(32)
  const publicKey = publicKeyOf(secret)
  const keyBytes = encodeUnsignedKey(publicKey, options.createdMs)
  const signature = signDigest(sha256(keyBytes), identitySecret)
  const signed: SignedPublicKey = {
    keyBytes,
    publicKey,
    created: options.createdMs,
    signature: { ...signature, signer: 'key' },
  }
  return { secret, publicKey: signed }
}

/** Keys that do not belong together. */
export class IdentityMalformedError extends BaseError {
  override readonly code = 'identity.malformed'
}
