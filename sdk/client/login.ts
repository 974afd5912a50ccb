import { type Envelope, encodeContact, ownedTopic } from '../codec/index.ts'
import { type Address, equalBytes, type RandomBytes } from '../crypto/index.ts'
import {
  createIdentity,
  createKeyring,
  createToken,
  type Identity,
  openBackup,
  sealBackup,
  toWallet,
  type WalletLike,
} from '../identity/index.ts'
import type { NodeClient } from '../transport/index.ts'
import type { Clock } from './clock.ts'
import { patiently } from './patiently.ts'
import { orNothing, readContact } from './peer.ts'
import type { Tell } from './progress.ts'

type Edges = {
  readonly node: NodeClient
  readonly random: RandomBytes
  readonly clock: Clock
  readonly tell: Tell
}

/** The account's keys: from its private store, where a client of it has been before, else new ones. */
export async function login(edges: Edges, wallet: WalletLike): Promise<Identity> {
  const { tell } = edges
  const address = await toWallet(wallet).getAddress()
  const backup = await readBackup(edges, address)
  tell({ kind: 'identity', step: backup ? 'restoring' : 'creating' })
  const identity = backup ? await openBackup(backup, wallet) : await create(edges, wallet)
  await publishContact(edges, identity)
  tell({ kind: 'identity', step: backup ? 'restored' : 'created' })
  return identity
}

async function readBackup({ node }: Edges, address: Address): Promise<Uint8Array | undefined> {
  const contentTopics = [ownedTopic('privatestore', address)]
  const { envelopes } = await patiently(() => node.queryPage({ contentTopics, limit: 1, direction: 'descending' }))
  return envelopes[0]?.message
}

/** The backup is stored before the contact: an account that can be written to can always be recovered. */
async function create(edges: Edges, wallet: WalletLike): Promise<Identity> {
  const { random, clock } = edges
  const identity = await createIdentity(wallet, { createdMs: BigInt(clock.seconds()) * 1000n, randomBytes: random })
  await publish(edges, identity, [
    [ownedTopic('privatestore', identity.address), await sealBackup(identity, wallet, random)],
  ])
  return identity
}

/** As stock clients do: the old form, then the new one, unless the newest on the network is the own. */
async function publishContact(edges: Edges, identity: Identity): Promise<void> {
  const keyring = createKeyring(identity)
  const newest = await readContact({ node: edges.node, keyring }, identity.address)
  const isOwn =
    newest?.version === 'v2' &&
    orNothing(() => encodeContact(newest, 'v2')).some((bytes) =>
      equalBytes(bytes, encodeContact(identity.bundle, 'v2')),
    )
  if (isOwn) return
  const topic = ownedTopic('contact', identity.address)
  await publish(edges, identity, [[topic, encodeContact(identity.bundle, 'v1')]])
  await publish(edges, identity, [[topic, encodeContact(identity.bundle, 'v2')]])
}

async function publish({ node, clock }: Edges, identity: Identity, messages: [topic: string, message: Uint8Array][]) {
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
