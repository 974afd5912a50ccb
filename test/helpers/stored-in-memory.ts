import { randomBytes } from 'node:crypto'
import type { Envelope, Leak } from '../../sdk/codec/index.ts'
import { toHex } from '../../sdk/crypto/index.ts'
import { QUOTE_LIFETIME, unitsOf } from '../../sdk/verifier/index.ts'
import type { OpenStore } from '../../service/node/open-store.ts'
import type {
  Change,
  KeptBlocks,
  KeptNullifier,
  LaneRecord,
  NewEnvelope,
  NewLane,
  NodeStore,
  Parked,
  PolicyVersion,
  StoredEnvelope,
  StoreQuery,
  Tally,
  TopicState,
} from '../../service/node/store/index.ts'

// A node's store without a database, for hours of letters in virtual time, where PGlite takes half of the processor. It does what
// every store does (test/service/node/store.test.ts), and forgets only what is kept for hours or days.

const day = 86_400
const pageBytes = 1024 * 1024

const keyOf = ({ contentTopic, timestampNs, digest }: Pick<NewEnvelope, 'contentTopic' | 'timestampNs' | 'digest'>) =>
  `${contentTopic} ${timestampNs} ${toHex(digest)}`
const tallyKey = ({ kind, who, day }: Omit<Tally, 'count'>) => `${kind} ${who} ${day}`
const placeOf = ({ wallet, recipient }: Pick<Parked, 'wallet' | 'recipient'>) => `${wallet} ${recipient}`

type Position = Pick<Envelope, 'timestampNs'> & { readonly digest: Uint8Array }

const compare = (a: Position, b: Position): number =>
  Number(a.timestampNs - b.timestampNs) || Buffer.compare(a.digest, b.digest)

const sizeOf = ({ message, evidence }: NewEnvelope): number => message.length + (evidence?.length ?? 0)

/** The first of some envelopes whose sizes come to no more than a bound: one at least, or the one that reaches it too. */
function cut(envelopes: readonly StoredEnvelope[], bytes: number, isReaching: boolean): StoredEnvelope[] {
  let sum = 0
  const end = envelopes.findIndex((envelope, i) => {
    const before = sum
    sum += sizeOf(envelope)
    return i > 0 && (isReaching ? before >= bytes : sum > bytes)
  })
  return envelopes.slice(0, end < 0 ? undefined : end)
}

/** In the place of a database, for a node that is gone with its process. */
export const openInMemory: OpenStore = async () => ({
  store: storeInMemory(),
  seed: randomBytes(32),
  database: { listen: () => undefined },
})

/** A store that is gone with its process. */
export function storeInMemory(): NodeStore {
  const envelopes = new Map<string, StoredEnvelope>()
  const byTopic = new Map<string, StoredEnvelope[]>()
  const lanes = new Map<string, Omit<NewLane, 'nullifiers'>>()
  const nullifiers = new Map<string, KeptNullifier & { readonly use: Uint8Array }>()
  const leaks = new Map<string, Leak>()
  const topics = new Map<string, Omit<TopicState, 'used'>>()
  const policies = new Map<string, PolicyVersion[]>()
  const blocks = new Map<string, KeptBlocks>()
  const tallies = new Map<string, Tally>()
  const parked = new Map<string, Parked>()
  const checkpoints = new Map<bigint, Uint8Array>()
  const secrets = new Map<string, Uint8Array>()
  const listeners = new Set<(stored: readonly StoredEnvelope[]) => void>()
  let position = 0n

  const all = (wanted: readonly string[]): StoredEnvelope[] => wanted.flatMap((topic) => byTopic.get(topic) ?? [])

  /** Before anything is changed. */
  function refuse({ newLane, leak }: Change): void {
    const isThere =
      (newLane && lanes.has(toHex(newLane.lane.use))) ||
      newLane?.nullifiers.some(({ nullifier }) => nullifiers.has(toHex(nullifier))) ||
      (leak && leaks.has(toHex(leak.secret)))
    if (isThere) throw new Error('There is one of that key.')
  }

  function open({ nullifiers: used, ...rest }: NewLane): void {
    lanes.set(toHex(rest.lane.use), rest)
    for (const one of used) nullifiers.set(toHex(one.nullifier), { ...one, use: rest.lane.use })
  }

  function move(state: Pick<LaneRecord, 'use' | 'usedUnits' | 'usedEnvelopes' | 'counter'>): void {
    const found = lanes.get(toHex(state.use))
    if (!found) return
    const { usedUnits, usedEnvelopes, counter } = state
    lanes.set(toHex(state.use), { ...found, lane: { ...found.lane, usedUnits, usedEnvelopes, counter } })
  }

  function setPolicy(owner: string, version: PolicyVersion): void {
    const known = policies.get(owner) ?? []
    const old = known.find((one) => one.version === version.version)
    const others = known.filter((one) => one !== old)
    const kept = old ? { ...old, supersededAt: version.supersededAt } : version
    policies.set(
      owner,
      [...others, kept].sort((a, b) => (a.version < b.version ? 1 : -1)),
    )
  }

  function setBlocks(owner: string, list: KeptBlocks): void {
    if ((blocks.get(owner)?.version ?? -1n) < list.version) blocks.set(owner, list)
  }

  function setTally(tally: Tally): void {
    const count = Math.max(tallies.get(tallyKey(tally))?.count ?? 0, tally.count)
    tallies.set(tallyKey(tally), { ...tally, count })
  }

  function add(envelope: NewEnvelope): StoredEnvelope | undefined {
    position++
    if (envelopes.has(keyOf(envelope))) return undefined
    const stored = { ...envelope, sequence: position }
    envelopes.set(keyOf(envelope), stored)
    const list = byTopic.get(envelope.contentTopic) ?? []
    byTopic.set(envelope.contentTopic, list)
    list.push(stored)
    return stored
  }

  /** What is written beside envelopes. */
  function applyRest({ newLane, leak, topics: states, park, unpark, ...change }: Change): void {
    each(newLane && [newLane], open)
    each(leak && [leak], (one) => leaks.set(toHex(one.secret), one))
    each(states, ({ topic, owner, claimed, closed, open }) => topics.set(topic, { owner, claimed, closed, open }))
    each(change.policies, ({ owner, version }) => setPolicy(owner, version))
    each(change.blocks, ({ owner, list }) => setBlocks(owner, list))
    each(change.tallies, setTally)
    each(park && [park], (one) => parked.set(placeOf(one), one))
    each(unpark, (key) => parked.delete(placeOf(key)))
    each(change.lanes, move)
  }

  function apply(change: Change): readonly bigint[] {
    if (Object.values(change).every(isEmpty)) return []
    refuse(change)
    applyRest(change)
    const { envelopes: sent = [] } = change
    if (sent.length === 0) position++ // what stores no envelope counts too
    const stored = sent.flatMap((envelope) => add(envelope) ?? [])
    if (stored.length > 0) each([...listeners], (listener) => listener(stored))
    return sent.map((envelope) => envelopes.get(keyOf(envelope))?.sequence ?? 0n)
  }

  /** One page of the merged order, which a topic's own list, in the order of sequences, is sorted into. */
  function page({ topics: wanted, startTimeNs, endTimeNs, cursor, descending, limit, bytes = pageBytes }: StoreQuery) {
    const sign = descending ? -1 : 1
    const after = cursor && { timestampNs: cursor.senderTimeNs, digest: cursor.digest }
    const found = all(wanted)
      .filter(({ timestampNs }) => timestampNs >= startTimeNs && (endTimeNs === 0n || timestampNs <= endTimeNs))
      .filter((one) => !after || sign * compare(one, after) > 0)
      .sort((a, b) => sign * compare(a, b))
    const envelopes = cut(found.slice(0, limit), bytes, false)
    return { envelopes, more: found.length > envelopes.length }
  }

  return {
    write: async (change) => {
      await turn()
      return apply(change)
    },
    onStored(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    position: () => position,
    waiting: () => 0,
    async page(query) {
      await turn()
      return page(query)
    },
    async after({ topics: wanted, sequence, limit, bytes = pageBytes }) {
      await turn()
      const found = all(wanted).filter((one) => one.sequence > sequence)
      const inOrder = found.sort((a, b) => Number(a.sequence - b.sequence))
      return cut(inOrder.slice(0, limit), bytes, true)
    },
    find: async (key) => envelopes.get(keyOf(key)),
    lane: async (use) => lanes.get(toHex(use))?.lane,
    async lanesOf(topic, holder, now) {
      const found = [...lanes.values()].map(({ lane }) => lane).filter((lane) => lane.topic === topic)
      const open = found.filter((lane) => Buffer.compare(lane.holder, holder) === 0 && lane.expiresAt > now)
      return open.sort((a, b) => a.expiresAt - b.expiresAt)
    },
    async grant(use) {
      const { grant, shown } = lanes.get(toHex(use)) ?? {}
      return grant && { grant, shown }
    },
    usedNullifiers: async (wanted) => wanted.flatMap((nullifier) => nullifiers.get(toHex(nullifier)) ?? []),
    leaks: async () => [...leaks.values()],
    async topic(topic) {
      const { owner = '', claimed = false, closed = false, open = false } = topics.get(topic) ?? {}
      return { owner, claimed, closed, open, used: open || byTopic.has(topic) }
    },
    async unattended(topic) {
      const units = all([topic]).map(({ message }) => unitsOf(message))
      const unused = [...lanes.values()].filter(({ lane }) => lane.topic === topic && lane.usedEnvelopes === 0)
      const open = unused.map(({ lane: { use, units, expiresAt } }) => ({ use, units, expiresAt }))
      return { letters: units.length, units: units.reduce((sum, one) => sum + one, 0), open }
    },
    policies: async (owner) => policies.get(owner)?.slice(0, 20) ?? [],
    blocks: async (owner) => blocks.get(owner) ?? { version: 0n, salt: new Uint8Array(32), entries: new Uint8Array() },
    tally: async (key) => tallies.get(tallyKey(key))?.count ?? 0,
    parked: async (wallet, recipient) => parked.get(placeOf({ wallet, recipient })),
    async parkedPlaces() {
      const places = [...parked.values()].sort((a, b) => a.parkedAt - b.parkedAt)
      return places.map(({ topic: _, publish, ...place }) => ({ ...place, bytes: publish.length }))
    },
    async parkedTotals() {
      const all = [...parked.values()]
      return { count: all.length, bytes: all.reduce((sum, { publish }) => sum + publish.length, 0) }
    },
    checkpoints: async () => checkpointsAfter(-1n),
    checkpointsAfter: async (sequence, limit) => checkpointsAfter(sequence).slice(0, limit),
    checkpoint: async (sequence) => checkpoints.get(sequence),
    addCheckpoint: async (sequence, signed) => void checkpoints.set(sequence, signed),
    async secret(name, make) {
      if (!secrets.has(name)) secrets.set(name, make())
      return secrets.get(name)!
    },
    ping: async () => undefined,
    probe: async () => undefined,
    async sweep(now) {
      forget(parked, ({ parkedAt }) => parkedAt < now - 7 * day)
      forget(tallies, (tally) => tally.kind !== 'held' && tally.day < Math.floor(now / day) - 1)
      forget(nullifiers, ({ until }) => until !== undefined && until < now)
      for (const [owner, versions] of policies) {
        policies.set(
          owner,
          versions.filter(({ supersededAt = now }) => supersededAt >= now - QUOTE_LIFETIME),
        )
      }
    },
    close: async () => undefined,
  }

  function checkpointsAfter(sequence: bigint): Uint8Array[] {
    const found = [...checkpoints].filter(([number]) => number > sequence)
    return found.sort(([a], [b]) => Number(a - b)).map(([, signed]) => signed)
  }
}

/** Others have their turn meanwhile, as where a database is asked. */
const turn = (): Promise<void> => new Promise(setImmediate)

const isEmpty = (part: unknown): boolean => part === undefined || (Array.isArray(part) && part.length === 0)

function each<T>(list: readonly T[] | undefined, act: (one: T) => void): void {
  for (const one of list ?? []) act(one)
}

function forget<V>(map: Map<string, V>, isOver: (value: V) => boolean): void {
  for (const [key, value] of map) if (isOver(value)) map.delete(key)
}
