import type { Release } from '../codec/index.ts'
import {
  type Address,
  addressToBytes,
  checkWalletSignature,
  concatBytes,
  encodeWords,
  type Hex,
  keccak256,
  parseWalletSignature,
  toAddress,
  toHex,
  utf8,
  WalletSignatureError,
} from '../crypto/index.ts'
import { shownDomain } from '../verifier/index.ts'

/** What an account releases to which identity key of its own. */
export type ReleaseTerms = {
  /** 32 bytes. */
  readonly networkId: Uint8Array
  readonly account: Address
  /** Names of letters, 32 bytes each. */
  readonly letters: readonly Uint8Array[]
  /** secp256k1, 65 bytes, uncompressed. */
  readonly identityKey: Uint8Array
}

/** The most letters that one release names. */
export const mostReleased = 256

const types = {
  Release: [
    { name: 'network', type: 'bytes32' },
    { name: 'account', type: 'address' },
    { name: 'letters', type: 'bytes32[]' },
    { name: 'identityKey', type: 'bytes' },
  ],
} as const

const hex = (bytes: Uint8Array): Hex => `0x${toHex(bytes)}`

/** What the account signs (EIP-712). Its domain has no chain, since nothing is sent to one; the network binds it instead. */
export const releaseTypedData = ({ networkId, account, letters, identityKey }: ReleaseTerms) =>
  ({
    domain: shownDomain,
    types,
    primaryType: 'Release',
    message: { network: hex(networkId), account, letters: letters.map(hex), identityKey: hex(identityKey) },
  }) as const

const hashOf = (text: string): Uint8Array => keccak256(utf8(text))

/** The 32 bytes that the account's key signs. */
export function releaseDigest({ networkId, account, letters, identityKey }: ReleaseTerms): Uint8Array {
  const { name, version } = shownDomain
  const domain = encodeWords([hashOf('EIP712Domain(string name,string version)'), hashOf(name), hashOf(version)])
  const type = hashOf('Release(bytes32 network,address account,bytes32[] letters,bytes identityKey)')
  const named = keccak256(concatBytes(...letters))
  const release = encodeWords([type, networkId, addressToBytes(account), named, keccak256(identityKey)])
  return keccak256(concatBytes(Uint8Array.of(0x19, 1), keccak256(domain), keccak256(release)))
}

/** A release as it travels, of a wallet's signature over {@link releaseTypedData}. Throws {@link WalletSignatureError}. */
export function toRelease(terms: ReleaseTerms, signature: string): Omit<Release, '$typeName' | '$unknown'> {
  const checked = checkWalletSignature(signature, { digest: releaseDigest(terms), account: terms.account })
  const { bytes, recovery } = parseWalletSignature(checked)
  return {
    account: addressToBytes(terms.account),
    letters: [...terms.letters],
    identityKey: terms.identityKey,
    signature: concatBytes(bytes, Uint8Array.of(recovery)),
  }
}

/** Whether a release is one: shapes, bounds, and the account's signature. */
export function isReleased(networkId: Uint8Array, release: Release): boolean {
  const { account, letters, identityKey, signature } = release
  const isShaped = account.length === 20 && identityKey.length === 65 && signature.length === 65
  if (!isShaped || letters.length < 1 || letters.length > mostReleased) return false
  if (letters.some(({ length }) => length !== 32)) return false
  const terms = { networkId, account: toAddress(account), letters, identityKey }
  try {
    checkWalletSignature(toHex(signature), { digest: releaseDigest(terms), account: terms.account })
    return true
  } catch (error) {
    if (error instanceof WalletSignatureError) return false
    throw error
  }
}
