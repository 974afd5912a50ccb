import { type Envelope, encodeContact, ownedTopic } from '../../codec/index.ts'
import { type Address, equalBytes, type RandomBytes } from '../../crypto/index.ts'
import { BaseError } from '../../errors.ts'
import {
  createIdentity,
  createKeyring,
  createToken,
  type Identity,
  openBackup,
  sealBackup,
  type WalletLike,
} from '../../identity/index.ts'
import { createSealedKeys, type SealedKeys } from '../../letters/index.ts'
import type { AnonymousNode, NamedNode, Page } from '../../transport/index.ts'
import type { Clock } from './clock.ts'
import type { Tell } from './events.ts'
import type { ClientNetwork } from './network.ts'
import { contactOf, contactRequest, orNothing, policyOf, policyRequest } from './peer.ts'
import { signPolicy } from './policy-document.ts'
import { publishOpenly } from './publish-openly.ts'
import { RefusedError } from './refused-error.ts'
import { retried } from './retry.ts'

/** What logging in works with. */
export type LoginEdges = {
  readonly anonymous: AnonymousNode
  /** Makes requests in the name of an identity. */
  readonly connect: (token: () => string) => NamedNode
  readonly network: ClientNetwork
  readonly random: RandomBytes
  readonly clock: Clock
  readonly tell: Tell
  readonly signal: AbortSignal | undefined
}

/** What an account has published: a page each of key backups, contact bundles and policies. */
export type Account = Record<'backup' | 'contact' | 'policy', Page>

/** A logged-in account, with the keys that letters to it are sealed to. */
export type Login = {
  readonly identity: Identity
  readonly sealedKeys: SealedKeys
  readonly named: NamedNode
  readonly account: Account
}

type Ask = { readonly wallet: WalletLike; readonly address: Address; readonly mayReplace: boolean }

/** Reads what an account has published. */
export async function readAccount(
  { anonymous, signal }: Pick<LoginEdges, 'anonymous' | 'signal'>,
  address: Address,
): Promise<Account> {
  const backups = { contentTopics: [ownedTopic('privatestore', address)], limit: 1, direction: 'descending' } as const
  const requests = [backups, contactRequest(address), policyRequest(address)]
  const [backup, contact, policy] = await retried(() => anonymous.batchQuery(requests, { signal }), signal)
  return { backup, contact, policy } as Account // as many pages as requests
}

/** The account's keys: from its private store, where a client of it has been before, else new ones. */
export async function login(edges: LoginEdges, ask: Ask, account: Account): Promise<Login> {
  const known = ask.mayReplace ? undefined : await findBackup(edges, ask.address, account)
  if (known) return restore(edges, ask, known)
  edges.tell({ kind: 'identity', step: 'creating' })
  const created = await create(edges, ask, account)
  if (created) return created
  const now = await readAccount(edges, ask.address) // another client of the account has just made its keys
  const [other] = now.backup.envelopes
  if (!other) throw new BackupMissingError('Another client made the keys of this account, and the node hides them.')
  return restore(edges, ask, { account: now, backup: other.message })
}

type Known = { readonly account: Account; readonly backup: Uint8Array }

/**
 * The backup of an account; undefined if the account is new. Who hides a backup must not get it to replace its keys: mail to
 * the old ones would be lost. The pages of an account may be of different moments, and a backup is published first: one that
 * is missing is there when it is asked for again.
 */
async function findBackup(edges: LoginEdges, address: Address, account: Account): Promise<Known | undefined> {
  const isNew = Object.values(account).every(({ envelopes }) => envelopes.length === 0)
  if (isNew) return undefined
  const now = account.backup.envelopes.length > 0 ? account : await readAccount(edges, address)
  const [backup] = now.backup.envelopes
  if (backup) return { account: now, backup: backup.message }
  throw new BackupMissingError(`${address} has published keys, but the node shows no backup of them.`, {
    hint: "Ask another node. Pass `identity: 'new'` to Client.create only if the old keys, and all mail to them, are lost.",
  })
}

async function restore(
  edges: LoginEdges,
  { wallet }: Ask,
  { account, backup }: { account: Account; backup: Uint8Array },
): Promise<Login> {
  edges.tell({ kind: 'identity', step: 'restoring' })
  const identity = await openBackup(backup, wallet)
  const named = edges.connect(createTokenSource(identity, edges.clock))
  const missing = newContacts(identity, account)
  if (missing.length > 0) {
    const published = await publishOpenly(named, envelopesOf(edges, missing), edges.signal)
    if (!published.ok) throw new RefusedError(published)
  }
  edges.tell({ kind: 'identity', step: 'restored' })
  const { identityKey, sealedSeeds } = identity.keys
  return { identity, sealedKeys: createSealedKeys(identityKey.secret, sealedSeeds), named, account }
}

/**
 * Makes keys and publishes them with the account's first policy, all or nothing: of two clients that do so at once, the node
 * takes one. Undefined where that was the other. What a later login needs is tried before anything is published.
 */
async function create(edges: LoginEdges, { wallet, mayReplace }: Ask, account: Account): Promise<Login | undefined> {
  const { random, clock, network } = edges
  const identity = await createIdentity(wallet, { createdMs: BigInt(clock.seconds()) * 1000n, randomBytes: random })
  const backup = await sealBackup(identity, wallet, random)
  await openBackup(backup, wallet)
  const version = mayReplace ? policyOf(account.policy, identity.address, network.id).version + 1n : 1n
  const sealedKeys = createSealedKeys(identity.keys.identityKey.secret)
  const policy = signPolicy({ identity, networkId: network.id }, { version, sealedKeys: [sealedKeys.newest()] })
  const named = edges.connect(createTokenSource(identity, clock))
  const { address } = identity
  const publications = [
    [ownedTopic('privatestore', address), backup],
    ...contacts(identity),
    [ownedTopic('policy', address), policy],
  ] as const
  const published = await publishOpenly(named, envelopesOf(edges, publications), edges.signal)
  if (!published.ok && published.code === 'policy.version-too-low' && !mayReplace) return undefined
  if (!published.ok) throw new RefusedError(published)
  edges.tell({ kind: 'identity', step: 'created' })
  const shown = publications.map(([contentTopic, message]) => ({ contentTopic, timestampNs: 0n, message }))
  return {
    identity,
    sealedKeys,
    named,
    account: { ...account, policy: { ...account.policy, envelopes: shown.slice(-1) } },
  }
}

/** As stock clients do: the old form, then the new one, unless the newest on the network is the own. */
function newContacts(identity: Identity, account: Account): Publication[] {
  const newest = contactOf(account.contact, identity.address, createKeyring(identity))
  const isOwn =
    newest?.version === 'v2' &&
    orNothing(() => encodeContact(newest, 'v2')).some((bytes) =>
      equalBytes(bytes, encodeContact(identity.bundle, 'v2')),
    )
  return isOwn ? [] : contacts(identity)
}

const contacts = ({ address, bundle }: Identity): Publication[] =>
  (['v1', 'v2'] as const).map((version) => [ownedTopic('contact', address), encodeContact(bundle, version)])

type Publication = readonly [topic: string, message: Uint8Array]

const envelopesOf = ({ clock }: LoginEdges, publications: readonly Publication[]): Envelope[] =>
  publications.map(([contentTopic, message]) => ({ contentTopic, timestampNs: clock.nextNs(), message }))

/** A source of bearer tokens for an account, each good for most of an hour. */
export function createTokenSource(identity: Identity, clock: Clock): () => string {
  const lifetime = 3000
  let token = ''
  let madeAt = Number.NEGATIVE_INFINITY
  return () => {
    const now = clock.seconds()
    if (now - madeAt > lifetime || now < madeAt) {
      token = createToken(identity, clock.nextNs())
      madeAt = now
    }
    return token
  }
}

/** The account has keys, and the node does not show the backup of them. */
export class BackupMissingError extends BaseError {
  override readonly code = 'backup.missing'
}
