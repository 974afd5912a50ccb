import {
  createIdentityText,
  encodeContact,
  encodeUnsignedKey,
  ownedTopic,
  type SignedPublicKey,
} from '../../sdk/codec/index.ts'
import { concatBytes, fromHex, parseWalletSignature, sha256, signDigest, toBytes32 } from '../../sdk/crypto/index.ts'
import { walletOf } from './accounts.ts'
import { envelope, makeAccount, policyEnvelope, type TestAccount } from './node.ts'

const point = (x: bigint, y: bigint) => concatBytes(Uint8Array.of(4), toBytes32(x), toBytes32(y))
const p = 2n ** 256n - 2n ** 32n - 977n
/** On the curve, with an x so small that x + p fits 32 bytes too. */
const y1 = 0x4218f20ae6c646b363db68605822fb14264ca8d2587fdd6fbc750d587e76a7een

/** Bytes of the form of a secp256k1 point that are none. */
export const badPoints: Record<string, Uint8Array> = {
  'at zero': point(0n, 0n),
  'off the curve': point(1n, 1n),
  'beyond the field': point(1n + p, y1),
  'of ones': new Uint8Array(65).fill(0xff).fill(4, 0, 1),
}

/** X25519 keys that fix what is agreed with them, and other ways to write some. */
export const badSealedKeys: Record<string, Uint8Array> = Object.fromEntries(
  [
    '00'.repeat(32),
    `01${'00'.repeat(31)}`,
    `ec${'ff'.repeat(30)}7f`,
    `ed${'ff'.repeat(30)}7f`,
    `ee${'ff'.repeat(30)}ff`,
    `${'00'.repeat(31)}80`,
    'e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800',
    '5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f11d7',
  ].map((hex) => [`0x${hex.slice(0, 4)}…${hex.slice(-4)}`, fromHex(hex)]),
)

type Keys = { readonly identity?: Uint8Array; readonly preKey?: Uint8Array; readonly sealed?: Uint8Array }

const createdMs = 1_700_000_000_000n

/** A key that its account's wallet has signed, whatever it is. */
async function signByWallet(byte: number, publicKey: Uint8Array): Promise<SignedPublicKey> {
  const keyBytes = encodeUnsignedKey(publicKey, createdMs)
  const signature = parseWalletSignature(await walletOf(byte).signMessage({ message: createIdentityText(keyBytes) }))
  return { keyBytes, publicKey, created: createdMs, signature: { ...signature, signer: 'wallet' } }
}

/** A key that the account's identity key has signed, whatever it is. */
function signByIdentity({ identity }: TestAccount, publicKey: Uint8Array): SignedPublicKey {
  const keyBytes = encodeUnsignedKey(publicKey, createdMs)
  const signature = signDigest(sha256(keyBytes), identity.keys.identityKey.secret)
  return { keyBytes, publicKey, created: createdMs, signature: { ...signature, signer: 'key' } }
}

/** What an account with such keys publishes: its contact, and a policy that asks for nothing. */
export async function badPeer(byte: number, { identity, preKey, sealed = new Uint8Array(32).fill(9) }: Keys) {
  const account = await makeAccount(byte)
  const { bundle } = account.identity
  const made = {
    version: 'v2' as const,
    identityKey: identity ? await signByWallet(byte, identity) : bundle.identityKey,
    preKey: preKey ? signByIdentity(account, preKey) : bundle.preKey,
  }
  const sealedKeys = [{ key: sealed, keyId: sha256(sealed).slice(0, 8) }]
  return {
    account,
    bundle: made,
    envelopes: [
      envelope(ownedTopic('contact', account.address), encodeContact(made, 'v2')),
      policyEnvelope(account, { version: 1n, rule: 'everyone', sealedKeys }),
    ],
  }
}
