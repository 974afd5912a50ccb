import { type Envelope, encodeContact, ownedTopic } from '../../codec/index.ts'
import { type Address, equalBytes, type RandomBytes } from '../../crypto/index.ts'
import {
  createIdentity,
  createKeyring,
  createToken,
  type Identity,
  openBackup,
  sealBackup,
  type WalletLike,
} from '../../identity/index.ts'
import type { NodeClient, Page } from '../../transport/index.ts'
import type { Clock } from './clock.ts'
import type { Tell } from './events.ts'
import { contactOf, contactRequest, orNothing, policyRequest } from './peer.ts'
import { patiently } from './retry.ts'

type Edges = {
  readonly node: NodeClient
  readonly random: RandomBytes
  readonly clock: Clock
  readonly tell: Tell
}

/** What an account has published: a page each of key backups, contact bundles and policies. */
export type Account = Record<'backup' | 'contact' | 'policy', Page>

/** Reads what an account has published, without saying who asks. */
export async function readAccount(node: NodeClient, address: Address): Promise<Account> {
  const backups = { contentTopics: [ownedTopic('privatestore', address)], limit: 1, direction: 'descending' } as const
  const requests = [backups, contactRequest(address), policyRequest(address)]
  const [backup, contact, policy] = await patiently(() => node.batchQuery(requests))
  return { backup, contact, policy } as Account // as many pages as requests
}

/** The account's keys: from its private store, where a client of it has been before, else new ones. */
export async function login(
  edges: Edges,
  wallet: WalletLike,
  account: Account,
): Promise<{ identity: Identity; isNew: boolean }> {
  const [stored] = account.backup.envelopes
  edges.tell({ kind: 'identity', step: stored ? 'restoring' : 'creating' })
  const identity = stored ? await openBackup(stored.message, wallet) : await create(edges, wallet)
  if (stored) await publish(edges, identity, newContacts(identity, account))
  edges.tell({ kind: 'identity', step: stored ? 'restored' : 'created' })
  return { identity, isNew: !stored }
}

/** Backup and contact are stored at once: an account that can be written to can always be recovered. */
async function create(edges: Edges, wallet: WalletLike): Promise<Identity> {
  const { random, clock } = edges
  const identity = await createIdentity(wallet, { createdMs: BigInt(clock.seconds()) * 1000n, randomBytes: random })
  const backup = await sealBackup(identity, wallet, random)
  await publish(edges, identity, [[ownedTopic('privatestore', identity.address), backup], ...contacts(identity)])
  return identity
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

async function publish({ node, clock }: Edges, identity: Identity, messages: readonly Publication[]) {
  if (messages.length === 0) return
  const envelopes: Envelope[] = messages.map(([contentTopic, message]) => ({
    contentTopic,
    timestampNs: clock.nextNs(),
    message,
  }))
  await patiently(() => node.publish(envelopes, { token: createToken(identity, clock.nextNs()) }))
}

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
