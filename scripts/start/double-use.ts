import type { Hex } from 'viem'
import { decodeLeak, leaksTopic, ownedTopic } from '../../sdk/codec/index.ts'
import {
  addressToBytes,
  ed25519PublicKey,
  equalBytes,
  fromBytes,
  leafOf,
  networkIdOf,
  personHashOf,
  randomBytes,
  secretHashOf,
  toBytes32,
  toHex,
  useOf,
} from '../../sdk/crypto/index.ts'
import { createTicketProver, fullHour, type TicketRequest } from '../../sdk/evidence/index.ts'
import { createNote, followTree, type HeldNote, noteCommitment, type TreeFollower } from '../../sdk/notes/index.ts'
import { readClass, type StakeMade, stake } from '../../sdk/payments/index.ts'
import { createAnonymousNode, createProverClient } from '../../sdk/transport/index.ts'
import type { LocalNetwork } from './network.ts'

// A sender who wants more tickets than its stake gives, and has written a client of its own for that: ours refuses to make
// a second ticket of one message id.

/** A stake in the hands of somebody who does not follow the rules. */
export type Cheater = {
  readonly address: Hex
  readonly secret: bigint
  readonly made: StakeMade
  /** Uses ticket number `messageId` for a lane of its own to somebody; the node's code, or `accepted`. */
  use(messageId: number, target: Target): Promise<string>
}

/** Whom a lane is to, what its policy's version is, and where in its rule `stake 1` is. */
export type Target = { readonly recipient: string; readonly policyVersion: bigint; readonly condition: number }

/** Stakes with a note whose secret the cheater knows. */
export async function stakeToCheat(network: LocalNetwork, privateKey: Hex): Promise<Cheater> {
  const { publicClient, walletClient, account } = network.connect(privateKey)
  const { token, stakeRegistry: stakes } = network.deployment
  const note = createNote(fromBytes(randomBytes(31)))
  const opening = {
    commitment: noteCommitment(note),
    secretHash: secretHashOf(note.secret),
    personHash: personHashOf(note.person),
  }
  const made = await stake({ wallet: walletClient, public: publicClient, token, stakes, class: 1, opening })
  const { epochLength } = await readClass({ public: publicClient, stakes, class: 1 })
  const noteClass = { kind: 'stake', chainId: 31_337n, contract: addressToBytes(stakes), number: 1n } as const
  const held: HeldNote = { ...note, noteClass, limit: made.limit, expiry: 2n ** 40n - 1n, epochLength }

  const trust = { networkId: networkIdOf(network.name), ...network.trust }
  const tree = await followTree({ prover: createProverClient({ url: network.prover.url }), trust })
  await tree.waitFor(made.operation, { pollMs: 100 })
  await tree.find([leafOf({ ...held, commitment: opening.commitment, classId: made.classId })])
  return {
    address: account.address,
    secret: note.secret,
    made,
    use: (messageId, target) => use(network, { note: held, tree, leafIndex: made.leafIndex, messageId, target }),
  }
}

type Use = {
  readonly note: HeldNote
  readonly tree: TreeFollower
  readonly leafIndex: number
  readonly messageId: number
  readonly target: Target
}

/** A prover of its own for each ticket: one that remembers would refuse the second. */
async function use(network: LocalNetwork, { note, tree, leafIndex, messageId, target }: Use): Promise<string> {
  const networkId = networkIdOf(network.name)
  const now = Math.floor(Date.now() / 1000)
  const topic = ownedTopic('sealed', target.recipient)
  const lane = { topic, holder: ed25519PublicKey(randomBytes(32)), units: 1, expiresAt: BigInt(now + 3_600) }
  const { root, ...path } = tree.path(leafIndex)
  const request: TicketRequest = {
    note,
    messageId,
    path,
    root,
    networkId,
    use: useOf({ networkId, ...lane, units: 1n }),
    toward: { recipient: addressToBytes(target.recipient) },
    asOf: fullHour(now),
  }
  const prover = createTicketProver()
  const ticket = await prover.prove(request).finally(() => prover.close())
  const { policyVersion, condition } = target
  const evidence = [{ condition, kind: { case: 'ticket' as const, value: ticket } }]
  const node = createAnonymousNode({ url: network.node.url })
  const answer = await node.openLane({ ...lane, policyVersion, evidence })
  return answer.ok ? 'accepted' : answer.code
}

/** Whether the node has published a secret for everybody to read. */
export async function isPublished(network: LocalNetwork, secret: bigint): Promise<boolean> {
  const node = createAnonymousNode({ url: network.node.url })
  const page = await node.queryPage({ contentTopics: [leaksTopic(networkIdOf(network.name))] })
  return page.envelopes.some(({ message }) => equalBytes(decodeLeak(message).secret, toBytes32(secret)))
}

/** Whether the newest checkpoint that the node follows names a secret. */
export async function isAnnounced(network: LocalNetwork, secret: bigint): Promise<boolean> {
  const tree = await followTree({
    prover: createProverClient({ url: network.prover.url }),
    trust: { networkId: networkIdOf(network.name), ...network.trust },
  })
  const { leaks } = await tree.update()
  return leaks.some((leak) => toHex(leak) === toHex(toBytes32(secret)))
}
