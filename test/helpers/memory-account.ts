import { orAborted } from '../../sdk/async.ts'
import { Blocking } from '../../sdk/client/account/blocking.ts'
import { Connections } from '../../sdk/client/account/connections.ts'
import { Policies } from '../../sdk/client/account/policies.ts'
import { SharedLists } from '../../sdk/client/account/shared-lists.ts'
import { Consents } from '../../sdk/client/mailbox/consents.ts'
import { createOwnBlocks } from '../../sdk/client/mailbox/own-blocks.ts'
import type { Mailroom } from '../../sdk/client/sending/mailroom.ts'
import { createClock } from '../../sdk/client/session/clock.ts'
import type { Tell } from '../../sdk/client/session/events.ts'
import type { Storage } from '../../sdk/client/session/options.ts'
import { createSealedStorage } from '../../sdk/client/session/sealed-storage.ts'
import { createSafeStorage } from '../../sdk/client/session/storage.ts'
import {
  createBlockList,
  type Envelope,
  ownedTopic,
  readOwnCopy,
  signBlockList,
  signSharedList,
} from '../../sdk/codec/index.ts'
import { type Address, addressToBytes, preferFastSecp256k1 } from '../../sdk/crypto/index.ts'
import { createIdentity, createKeyring } from '../../sdk/identity/index.ts'
import { createSealedKeys } from '../../sdk/letters/index.ts'
import { logPlaceOf } from '../../sdk/log/index.ts'
import { NodeRefusedError } from '../../sdk/transport/index.ts'
import { faultOfVersion, verifyBlockList, verifySignedPolicy } from '../../sdk/verifier/index.ts'
import { walletOf } from './accounts.ts'
import type { Dice } from './dice.ts'
import { createMemoryLog, openLog } from './memory-log.ts'
import { networkId } from './node.ts'
import type { VirtualTime } from './virtual-time.ts'

await preferFastSecp256k1()
const identity = await createIdentity(walletOf(0xb0), { createdMs: 1_700_000_000_000n })
const target = { networkId, owner: addressToBytes(identity.address) }
const { secret } = identity.keys.identityKey

/** A version of the account's list of blocks, and when the node took it. */
export type TakenList = { readonly at: number; readonly list: ReturnType<typeof verifyBlockList> }

type Edges = { readonly time: VirtualTime; readonly dice: Dice }

/** What the node shows in the place of each envelope, and how many requests it goes on to answer. */
type Lie = {
  show: (envelope: Envelope) => Envelope[]
  answers: number /** Takes two policies of one version. */
  forks?: boolean
  /** What it does not take. */
  refuses?: (envelope: Envelope) => boolean
}

type Call = { readonly signal?: AbortSignal | undefined } | undefined

/** The account's own topics as a node keeps them: the newest list of blocks, and consents in their order. */
function createOwnTopics({ time, dice }: Edges) {
  const envelopes: Envelope[] = []
  const lists: TakenList[] = []
  const policies: bigint[] = []
  const way = () => time.sleep(10 + dice.below(90))

  const takers: Record<string, (envelope: Envelope) => void> = {
    [ownedTopic('blocks', identity.address)]({ message }) {
      const list = verifyBlockList(message, target)
      if (faultOfVersion(list.version, lists.at(-1)?.list.version ?? 0n)) throw refusing('blocks.version-too-low')
      lists.push({ at: time.now(), list })
    },
    [ownedTopic('policy', identity.address)]({ message }) {
      const { version } = verifySignedPolicy(message, target).document
      if (version <= (policies.at(-1) ?? 0n) && !lie.forks) throw refusing('policy.version-too-low')
      policies.push(version)
    },
  }
  function take(envelope: Envelope): void {
    if (lie.refuses?.(envelope)) throw refusing('allowance.used-up')
    takers[envelope.contentTopic]?.(envelope)
    envelopes.push(envelope)
  }
  const lie: Lie = { show: (envelope) => [envelope], answers: Number.POSITIVE_INFINITY }
  const page = (topic: string) => ({
    envelopes: envelopes.filter(({ contentTopic }) => contentTopic === topic).flatMap((envelope) => lie.show(envelope)),
  })
  const ask = async <T>(answer: () => T, call: Call): Promise<T> => {
    if (lie.answers-- <= 0) return orAborted(new Promise<never>(() => undefined), call?.signal)
    await orAborted(way(), call?.signal)
    const value = answer()
    await orAborted(way(), call?.signal)
    return value
  }
  return {
    envelopes,
    lists,
    policies,
    lie,
    named: {
      publish: (more: readonly Envelope[], call?: Call) => ask(() => more.forEach(take), call),
      queryPage: ({ contentTopics: [topic = ''] }: { contentTopics: string[] }, call?: Call) =>
        ask(() => ({ envelopes: page(topic).envelopes.reverse().slice(0, 10) }), call),
      async *query({ contentTopics: [topic = ''] }: { contentTopics: string[] }, call?: Call) {
        yield await ask(() => page(topic), call)
      },
    },
  }
}

const refusing = (reason: string) => new NodeRefusedError({ status: 409, reason, message: 'There is a newer one.' })

/** The clients of one account that block and allow others, over its own topics and nothing else. */
export function createMemoryAccount(edges: Edges) {
  const { envelopes, lists, policies, lie, named } = createOwnTopics(edges)
  const pages = createMemoryLog()
  const { time, dice } = edges

  /** A client of the account; `tags` are the pseudonyms that letters have shown to it. */
  function client(copySeconds: number, tags: (peer: Address) => Uint8Array[] = () => [], kept?: Storage) {
    const ending = new AbortController()
    const random = dice.bytes
    const told: string[] = []
    const tell: Tell = (event) => void (event.kind === 'degraded' && told.push(event.code))
    const place = logPlaceOf(identity.address, identity.keys.identityKey.secret)
    const session = {
      named,
      network: { id: networkId },
      keyring: createKeyring(identity),
      clock: createClock(time.now, random),
      privacy: { copySeconds },
      sleep: time.sleep,
      signal: ending.signal,
      tell,
      anonymous: named,
      log: openLog(pages),
      copies: {
        catchUp: async () => session.log.flush(),
      },
      sealedKeys: createSealedKeys(secret),
      sealed: createSealedStorage(createSafeStorage(kept, tell), { networkId, place, random }),
      random,
    }
    const nothing = async () => undefined
    const inbox = { sync: nothing, readOnce: nothing, threads: () => [], tagsOf: tags }
    const blocks = createOwnBlocks(session as never)
    const consents = new Consents({ ...session, blocks } as never)
    const mailroom = { session, consents, blocks, inbox } as unknown as Mailroom
    const connections = new Connections(mailroom, {} as never)
    const blocking = new Blocking(mailroom, connections)
    let sharedLists: SharedLists | undefined
    return {
      log: session.log,
      policies: new Policies(session as never, walletOf(0xb0) as never),
      consents,
      /** What was said to be degraded. */
      told,
      connections,
      blocking,
      /** Begins to look for newer versions with the first use. */
      get sharedLists() {
        sharedLists ??= new SharedLists(mailroom, blocking)
        return sharedLists
      },
      close: () => ending.abort(new Error('closed')),
    }
  }

  return {
    address: identity.address,
    lists,
    /** What another account writes at the node. */
    publish: (envelope: Envelope) => named.publish([envelope]),
    /** What the node has taken so far, whatever it shows. */
    taken: () => [...envelopes],
    /** The versions of the account's policy in the order in which the node took them. */
    policies,
    /** By default there is none. */
    lie,
    client,
    /** A list without any block, as the owner's key signs it: of a version that no client would give it. */
    listOf(version: bigint): Uint8Array {
      const list = createBlockList({ ...target, version, blocks: [] }, { secret, random: dice.bytes })
      return signBlockList(list, { key: identity.keys.identityKey.publicKey, secret })
    },
    /** An empty shared list of the account's, of a version that no client would give it. */
    sharedListOf(version: bigint): Envelope {
      const { publicKey: key } = identity.keys.identityKey
      const message = signSharedList({ ...target, version, accounts: [] }, { key, secret })
      return { contentTopic: ownedTopic('sharedlist', identity.address), timestampNs: 1n, message }
    },
    /** What the owner's clients know of the newest list. */
    blocks: () => {
      const newest = lists.at(-1)
      return newest ? readOwnCopy(newest.list, secret).blocks : []
    },
  }
}

export type MemoryAccount = ReturnType<typeof createMemoryAccount>
