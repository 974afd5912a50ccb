import type { Seen } from './observer.ts'

/** What an attacker who knows the code reads out of a record, before guessing. */
export type Facts = {
  /** Wallets that have shown themselves, and what they did in their own name or on topics known to be theirs. */
  readonly wallets: ReadonlyMap<string, WalletFacts>
  /** Letters that were delivered, in the order of their times. */
  readonly letters: readonly SeenLetter[]
  /** Conversation topics. */
  readonly topics: ReadonlyMap<string, TopicFacts>
}

export type WalletFacts = {
  /** Requests with its token, or for its own keys. */
  readonly named: number[]
  /** Reads and writes of its log. */
  readonly logReads: number[]
  readonly logWrites: number[]
  /** The sizes of its writes, in their order. */
  readonly logSizes: number[]
  /** Writes of its log beside which it asks otherwise than beside most. */
  readonly oddWrites: number[]
  /** When it showed its token beside the first reading of a tree. */
  readonly trees: number[]
  /** When it listened in its own name. */
  readonly streams: { readonly from: number; readonly to: number }[]
}

/** Of a wallet that has not asked for anything. */
export const nothingSeen = (): WalletFacts => ({
  named: [],
  logReads: [],
  logWrites: [],
  logSizes: [],
  oddWrites: [],
  trees: [],
  streams: [],
})

export type SeenLetter = {
  readonly id: number
  readonly at: number
  readonly recipient: string
  /** When the lane ends under which it came. */
  readonly expiresAt: number | undefined
  /** Stamps that were shown for it. */
  readonly tickets: number
  /** When somebody asked the prover for the tree, just before the lane was asked for. */
  readonly treeAt: number | undefined
  /** Whether that was all of the tree, as whoever asks for the first time does. */
  readonly isTreeWhole: boolean
  /** When a stream brought it to its recipient. */
  readonly deliveredAt: number | undefined
}

export type TopicFacts = {
  readonly lanes: { readonly at: number; readonly expiresAt: number; readonly units: number }[]
  /** Queries, and streams as they begin. */
  readonly reads: number[]
  readonly streams: number[]
  readonly writes: number[]
  /** When streams began and ended. */
  readonly spans: { readonly from: number; readonly to: number }[]
}

const ownerOf = (topic: string, kind: string): string | undefined =>
  new RegExp(`^/xmtp/0/${kind}-(0x[0-9a-fA-F]{40})[/]`).exec(topic)?.[1]

const isWrite = ({ path, status }: Seen): boolean => path.endsWith('/publish') && status === 200
const isStream = ({ path }: Seen): boolean => path.endsWith('/subscribe')
const isRead = ({ path }: Seen): boolean => path.endsWith('query') || path.endsWith('/subscribe')

/** Whose keys or log a request asks for: nobody but the account does that. */
const selfOf = ({ topics }: Seen): string | undefined =>
  topics.map((topic) => ownerOf(topic, 'privatestore') ?? ownerOf(topic, 'log')).find(Boolean)

const nameOf = (seen: Seen): string | undefined => seen.wallet ?? selfOf(seen)

/** Reads a record. */
export function readFacts(seen: readonly Seen[]): Facts {
  const owners = readOwners(seen)
  const wallets = new Map<string, WalletFacts>()
  const of = (wallet: string): WalletFacts => {
    const facts = wallets.get(wallet) ?? nothingSeen()
    wallets.set(wallet, facts)
    return facts
  }
  for (const request of seen) {
    const name = nameOf(request)
    const owner = request.topics.map((topic) => ownerOf(topic, 'log') ?? owners.get(topic)).find(Boolean)
    if (name) noteNamed(of(name), request)
    if (owner) noteLog(of(owner), request)
  }
  for (const { path, at } of seen) if (isWhole(path)) noteTree(wallets, at)
  for (const [wallet, { logWrites, oddWrites }] of wallets) {
    const requests = seen.filter((request) => nameOf(request) === wallet)
    oddWrites.push(...oddOnes(logWrites, requests))
  }
  return { wallets, letters: readLetters(seen), topics: readTopics(seen) }
}

function noteNamed({ named, streams }: WalletFacts, request: Seen): void {
  const { at, endedAt } = request
  named.push(at)
  if (isStream(request)) streams.push({ from: at, to: endedAt ?? Number.POSITIVE_INFINITY })
}

/** The times beside which other requests stand than beside most of them. */
function oddOnes(times: readonly number[], requests: readonly Seen[]): number[] {
  const shapes = times.map((at) => {
    const near = requests.filter((request) => Math.abs(request.at - at) < together)
    return near.map(({ path, topics }) => `${path} ${topics.length}`).join()
  })
  const counts = new Map<string, number>()
  for (const shape of shapes) counts.set(shape, (counts.get(shape) ?? 0) + 1)
  const [usual] = [...counts].sort((a, b) => b[1] - a[1])[0] ?? []
  return times.filter((_, i) => shapes[i] !== usual)
}

function noteTree(wallets: ReadonlyMap<string, WalletFacts>, at: number): void {
  for (const { named, trees } of wallets.values()) {
    if (named.some((time) => Math.abs(time - at) < together / 2)) trees.push(at)
  }
}

function noteLog({ logReads, logWrites, logSizes }: WalletFacts, request: Seen): void {
  if (isWrite(request)) {
    logWrites.push(request.at)
    logSizes.push(request.bytes)
  }
  if (isRead(request)) logReads.push(request.at)
}

const isPseudonym = (topic: string): boolean => /^\/xmtp\/0\/(letters|userpreferences)-/.test(topic)

/** Seconds within which two requests count as of one client. */
const together = 2
/** The nearer in time, the more a vote counts: by e in so many seconds. */
const voteScale = 0.3

/**
 * Whose each topic is that has no name in it: topics that are asked for in one request have one owner; that is whoever
 * shows a token for one of them, else whoever shows a token beside such requests.
 */
function readOwners(seen: readonly Seen[]): Map<string, string> {
  const groups = groupTopics(seen.map(({ topics }) => topics.filter(isPseudonym)))
  const named = seen.flatMap((request) => {
    const name = nameOf(request)
    return name ? [{ at: request.at, name }] : []
  })
  const votes = new Map<string, Map<string, number>>()
  for (const request of seen) {
    const group = request.topics.filter(isPseudonym).map((topic) => groups.get(topic))[0]
    if (!group) continue
    const counts = votes.get(group) ?? new Map<string, number>()
    votes.set(group, counts)
    for (const { name, weight } of votesOf(request, named)) counts.set(name, (counts.get(name) ?? 0) + weight)
  }
  return new Map(
    [...groups].flatMap(([topic, group]) => {
      const [best] = [...(votes.get(group) ?? [])].sort((a, b) => b[1] - a[1])
      return best ? [[topic, best[0]]] : []
    }),
  )
}

type Vote = { readonly name: string; readonly weight: number }

/** A token on the topic decides; one beside a reading of it is a hint. */
function votesOf(request: Seen, named: readonly { readonly at: number; readonly name: string }[]): Vote[] {
  if (request.wallet) return [{ name: request.wallet, weight: 1e6 }]
  if (!isRead(request)) return []
  const near = named.filter(({ at }) => Math.abs(at - request.at) < together)
  return near.map(({ at, name }) => ({ name, weight: Math.exp(-Math.abs(at - request.at) / voteScale) }))
}

/** Names each topic after one of those that it stands with, directly or through others. */
function groupTopics(lists: readonly (readonly string[])[]): Map<string, string> {
  const parents = new Map<string, string>()
  const find = (topic: string): string => {
    const parent = parents.get(topic) ?? topic
    return parent === topic ? topic : find(parent)
  }
  for (const [first, ...others] of lists) {
    if (first === undefined) continue
    if (!parents.has(first)) parents.set(first, first)
    for (const other of others) {
      if (!parents.has(other)) parents.set(other, other)
      parents.set(find(other), find(first))
    }
  }
  return new Map([...parents.keys()].map((topic) => [topic, find(topic)]))
}

/** Within so many seconds a ticket is made. */
export const provingSeconds = 5
const isTree = ({ path }: Seen): boolean => /^\/v1\/(checkpoints|leaves|operations)/.test(path)
const isWhole = (path: string): boolean => path.startsWith('/v1/leaves')

function readLetters(seen: readonly Seen[]): SeenLetter[] {
  const trees = seen.filter(isTree)
  const lanes = new Map(seen.flatMap(({ at, lane }) => (lane ? [[lane.use, { ...lane, at }]] : [])))
  return seen.filter(isWrite).flatMap(({ id, at, topics, uses }) => {
    const topic = topics.find((candidate) => ownerOf(candidate, 'sealed'))
    const recipient = topic && ownerOf(topic, 'sealed')
    if (!topic || !recipient) return []
    const deliveries = seen.flatMap((request) => request.deliveries.filter((delivery) => delivery.topic === topic))
    const later = deliveries.map((delivery) => delivery.at).filter((time) => time >= at)
    const deliveredAt = later.length > 0 ? Math.min(...later) : undefined
    const lane = lanes.get(uses[0] ?? '')
    const { expiresAt, tickets = 0, at: lanedAt = at } = lane ?? {}
    const asked = trees.filter((tree) => tree.at <= lanedAt && tree.at > lanedAt - provingSeconds)
    const treeAt = asked.findLast(({ path }) => !isWhole(path))?.at
    const isTreeWhole = asked.some(({ path }) => isWhole(path))
    return [{ id, at, recipient, expiresAt, tickets, treeAt, isTreeWhole, deliveredAt }]
  })
}

/** A conversation's ephemeral topic counts as the stored one. */
function readTopics(seen: readonly Seen[]): Map<string, TopicFacts> {
  const found = new Map<string, TopicFacts>()
  for (const request of seen) {
    const names = new Set(request.topics.map((topic) => topic.replace('/xmtp/0/mE-', '/xmtp/0/m-')))
    for (const topic of names) {
      if (!topic.startsWith('/xmtp/0/m-')) continue
      const facts = found.get(topic) ?? { lanes: [], reads: [], streams: [], writes: [], spans: [] }
      found.set(topic, facts)
      noteTopic(facts, request)
    }
  }
  return found
}

function noteTopic({ lanes, reads, streams, writes, spans }: TopicFacts, request: Seen): void {
  const { at, lane } = request
  if (lane) lanes.push({ at, expiresAt: lane.expiresAt, units: lane.units })
  if (isRead(request)) reads.push(at)
  if (isStream(request)) {
    streams.push(at)
    spans.push({ from: at, to: request.endedAt ?? Number.POSITIVE_INFINITY })
  }
  if (isWrite(request)) writes.push(at)
}

/** One client has two streams at a time for no longer than this. */
const changingSeconds = 60

/** When a second reader was first to be seen at a topic: from then on a letter has begun it, and no later one can. */
export function joinedAt({ spans }: TopicFacts): number {
  const times = spans.flatMap((span, i) =>
    spans.slice(0, i).flatMap((other) => {
      const [from, to] = [Math.max(span.from, other.from), Math.min(span.to, other.to)]
      return to - from > changingSeconds ? [from] : []
    }),
  )
  return Math.min(Number.POSITIVE_INFINITY, ...times)
}
