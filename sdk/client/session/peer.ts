import {
  decodeContact,
  type EnvelopePage,
  ownedTopic,
  type PolicyDocument,
  type PublicKeyBundle,
} from '../../codec/index.ts'
import { type Address, addressToBytes } from '../../crypto/index.ts'
import { BaseError } from '../../errors.ts'
import { chooseContact, type Keyring } from '../../identity/index.ts'
import { isSmallOrder, keyIdOf } from '../../letters/index.ts'
import type { Rule } from '../../policy/index.ts'
import type { AnonymousNode } from '../../transport/index.ts'
import { verifySignedPolicy } from '../../verifier/index.ts'

/** What an account has published about how to write to it. */
export type PeerPolicy = {
  /** 0 where it has published none. */
  readonly version: bigint
  /** Absent: the network's default. */
  readonly rule: Rule | undefined
  /** What letters are sealed to; absent for accounts that only have stock clients. */
  readonly sealedKey: { readonly key: Uint8Array; readonly keyId: Uint8Array } | undefined
  readonly document: PolicyDocument | undefined
}

/** An account that can be written to. */
export type Peer = {
  readonly address: Address
  readonly bundle: PublicKeyBundle
  /** Only the form of XMTP V1 was published. */
  readonly isLegacy: boolean
  readonly policy: PeerPolicy
}

/** Whom a letter is for, as far as its price goes. */
export type Recipient = Pick<Peer, 'address' | 'policy'>

type Edges = {
  readonly anonymous: Pick<AnonymousNode, 'queryPage'>
  readonly keyring: Pick<Keyring, 'verifyBundle'>
  readonly networkId: Uint8Array
}

/** Of an account that has published none. */
export const noPolicy: PeerPolicy = { version: 0n, rule: undefined, sealedKey: undefined, document: undefined }

/** Reads what an account has published; undefined where it has no contact bundle. Says nothing about who asks. */
export async function readPeer(edges: Edges, address: Address, signal?: AbortSignal): Promise<Peer | undefined> {
  const [bundle, policy] = await Promise.all([readContact(edges, address, signal), readPolicy(edges, address, signal)])
  return bundle && { address, bundle, isLegacy: bundle.version === 'v1', policy }
}

/** Asks for the newest contact bundles of an account. */
export const contactRequest = (address: Address) =>
  ({ contentTopics: [ownedTopic('contact', address)], limit: 5, direction: 'descending' }) as const

/** Asks for the newest policy documents of an account. */
export const policyRequest = (address: Address) =>
  ({ contentTopics: [ownedTopic('policy', address)], limit: 10, direction: 'descending' }) as const

/** The newest contact bundle that is the account's own. */
export async function readContact(
  { anonymous, keyring }: Omit<Edges, 'networkId'>,
  address: Address,
  signal?: AbortSignal,
) {
  const page = await anonymous.queryPage(contactRequest(address), { signal })
  return contactOf(page, address, keyring)
}

/** The same of many accounts, in their order, with as few requests as the node takes. */
export async function readContacts(
  { anonymous, keyring }: Pick<Edges, 'keyring'> & { readonly anonymous: Pick<AnonymousNode, 'batchQuery'> },
  addresses: readonly Address[],
  signal?: AbortSignal,
) {
  const pages = await anonymous.batchQuery(addresses.map(contactRequest), { signal })
  return pages.map((page, i) => contactOf(page, addresses[i] as Address, keyring))
}

/** The newest contact bundle of a page that is the account's own. */
export function contactOf({ envelopes }: EnvelopePage, address: Address, { verifyBundle }: Edges['keyring']) {
  const bundles = envelopes.flatMap(({ message }) => orNothing(() => decodeContact(message)))
  return chooseContact(bundles, address, verifyBundle)
}

/** The newest version of an account's policy document that it has signed. */
export async function readPolicy(
  { anonymous, networkId }: Omit<Edges, 'keyring'>,
  address: Address,
  signal?: AbortSignal,
): Promise<PeerPolicy> {
  return policyOf(await anonymous.queryPage(policyRequest(address), { signal }), address, networkId)
}

/** The newest version in a page that the account has signed. */
export function policyOf(
  { envelopes }: Pick<EnvelopePage, 'envelopes'>,
  address: Address,
  networkId: Uint8Array,
): PeerPolicy {
  const target = { networkId, owner: addressToBytes(address) }
  const valid = envelopes.flatMap(({ message }) => orNothing(() => verifySignedPolicy(message, target)))
  const [newest] = valid.sort((a, b) => (a.document.version > b.document.version ? -1 : 1))
  if (!newest) return noPolicy
  // A key that would fix what is agreed with it is none: nothing could be sealed to it.
  const first = newest.document.sealedKeys.find(({ key }) => !isSmallOrder(key))
  const sealedKey = first && { key: first.key, keyId: keyIdOf(first.key) }
  return { version: newest.document.version, rule: newest.rule, sealedKey, document: newest.document }
}

/** The value in a list, or an empty list where reading throws a typed error. */
export function orNothing<T>(read: () => T): T[] {
  try {
    return [read()]
  } catch (error) {
    if (error instanceof BaseError) return []
    throw error
  }
}
