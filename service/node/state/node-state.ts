import { inPieces } from '../in-pieces.ts'
import { createKeyedLock, type KeyedLock } from '../keyed-lock.ts'
import type {
  KeptBlocks,
  LaneRecord,
  NodeStore,
  ParkedPlace,
  PolicyVersion,
  Tally,
  TopicState,
  UnattendedMail,
} from '../store/index.ts'
import { createStateCache, type StateCache } from './state-cache.ts'

/** What decisions read and change: the store's rows, with what is being written on top. */
export type NodeState = {
  /** Serialises what concerns one use or one nullifier. */
  readonly lock: KeyedLock
  /** By {@link laneKey}. */
  readonly lanes: StateCache<LaneRecord>
  /** By topic; ephemeral topics share the state of their stored ones. */
  readonly topics: StateCache<TopicState>
  /** What waits for unattended addresses, by their topics; it follows from envelopes and lanes. */
  readonly unattended: StateCache<UnattendedMail>
  /** By owner (EIP-55), newest first. */
  readonly policies: StateCache<readonly PolicyVersion[]>
  /** Lists of blocks by owner (EIP-55). */
  readonly blocks: StateCache<KeptBlocks>
  /** By {@link tallyKey}. */
  readonly tallies: StateCache<number>
  /** What is parked, oldest first, under {@link parkedKey}. */
  readonly parked: StateCache<readonly ParkedPlace[]>
}

/** A list has up to 64 KiB. */
const maxBlockLists = 2000

export function createNodeState(store: NodeStore): NodeState {
  return {
    lock: createKeyedLock(),
    lanes: createStateCache((use) => store.lane(Buffer.from(use, 'latin1'))),
    topics: createStateCache((topic) => store.topic(topic)),
    unattended: createStateCache((topic) => store.unattended(topic)),
    policies: createStateCache((owner) => store.policies(owner)),
    blocks: createStateCache((owner) => store.blocks(owner), maxBlockLists),
    tallies: createStateCache((key) => store.tally(readTallyKey(key))),
    parked: createStateCache(() => store.parkedPlaces()),
  }
}

/** The one key of what is parked. */
export const parkedKey = 'all'

/** The bytes as a string: half as long as hex, and made at once. */
export const laneKey = (use: Uint8Array): string =>
  Buffer.from(use.buffer, use.byteOffset, use.length).toString('latin1')

export const tallyKey = ({ kind, who, day }: Omit<Tally, 'count'>): string => `${kind} ${day} ${who}`

export function readTallyKey(key: string): Omit<Tally, 'count'> {
  const [kind, day, who = ''] = key.split(' ')
  return { kind: kind as Tally['kind'], day: Number(day), who }
}

/** One key of one cache. */
export type StateKey = { readonly cache: StateCache<unknown>; readonly key: string }

/** A key whose value will be there when the decision is made. */
export const need = <V>(cache: StateCache<V>, key: string): StateKey => ({ cache: cache as StateCache<unknown>, key })

/** So many are looked up together: an embedded database does nothing else meanwhile. */
const keysAtOnce = 200

/** Loads keys and then decides at once, so that nothing changes between what was read and what is decided. */
export async function withState<T>(keys: readonly StateKey[], decide: () => T): Promise<T> {
  for (let round = 0; round < 2; round++) {
    const missing = keys.filter(({ cache, key }) => !cache.has(key))
    if (missing.length === 0) break
    for await (const piece of inPieces(missing, keysAtOnce))
      await Promise.all(piece.map(({ cache, key }) => cache.load(key)))
  }
  return decide()
}
