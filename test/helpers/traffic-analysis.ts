import { assign } from './assignment.ts'
import {
  addScores,
  type LagQuestion,
  lagOf,
  learnLags,
  type Scores,
  scoreCorrelated,
  scoreExponential,
  scoreNear,
  scoreNearest,
} from './lag-model.ts'
import type { Seen } from './observer.ts'
import { readFacts, type SeenLetter, type TopicFacts, type WalletFacts } from './traffic-facts.ts'

// An attack on the record of a passive node by somebody who knows the code. Nothing here is told whose a letter is: each
// clue scores all candidates of every letter, and is measured against the truth by others.

/** One way of guessing: what it says of each letter's candidates. */
export type Clue = { readonly name: string; readonly scores: Scores }

/** What an attacker makes of a record. */
export type Analysis = {
  readonly letters: readonly SeenLetter[]
  readonly senders: readonly Clue[]
  /** Every conversation topic that the record speaks of. */
  readonly topics: readonly string[]
  /** For each letter, whether a topic had a lane by then. */
  readonly isOpen: readonly (readonly boolean[])[]
  readonly topicClues: readonly Clue[]
}

/** Scores every clue there is, for letters from one moment to another. */
export function analyseTraffic(
  seen: readonly Seen[],
  {
    candidates,
    from = 0,
    to = Number.POSITIVE_INFINITY,
  }: { candidates: readonly string[]; from?: number; to?: number },
): Analysis {
  const facts = readFacts(seen)
  const letters = facts.letters.filter(({ at }) => at >= from && at < to)
  const topics = [...facts.topics.keys()]
  const topicFacts = [...facts.topics.values()]
  const ranks = letters.map((letter) => facts.letters.indexOf(letter))
  const topicClues = cluesOfTopics({ letters, ranks }, topicFacts)
  const nobody: WalletFacts = { named: [], logReads: [], logWrites: [], logSizes: [], streams: [] }
  const wallets = candidates.map((wallet) => facts.wallets.get(wallet) ?? nobody)
  const through = throughTopics({ letters, topics: topicFacts, wallets }, topicClues.at(-1)?.scores ?? [])
  return {
    letters,
    senders: [...cluesOfSenders(letters, wallets), through],
    topics,
    isOpen: letters.map(({ at }) => topicFacts.map(({ lanes }) => (lanes[0]?.at ?? Number.POSITIVE_INFINITY) <= at)),
    topicClues,
  }
}

const timesOf = (letters: readonly SeenLetter[]): number[] => letters.map(({ at }) => at)

function cluesOfSenders(letters: readonly SeenLetter[], wallets: readonly WalletFacts[]): Clue[] {
  const about = (events: (facts: WalletFacts) => readonly number[]): LagQuestion => ({
    letters: timesOf(letters),
    events: wallets.map(events),
  })
  const named = about(({ named }) => named)
  const reads = about(({ logReads }) => logReads)
  const writes = about(({ logWrites }) => logWrites)
  const comings = about(({ streams }) => streams.map(({ from }) => from))
  const goings = about(({ streams }) => streams.map(({ to }) => to).sort((a, b) => a - b))
  const presence = scorePresence(letters, wallets)
  const learned = [named, reads, writes, comings, goings].flatMap((question) => [
    learnLags(question, 'before'),
    learnLags(question, 'after'),
  ])
  const copies = scoreCopies(letters, wallets)
  const sizes = scoreSizes(letters, wallets)
  const fixed = addScores(scoreCorrelated(named), scoreCorrelated(reads), scoreCorrelated(writes))
  return [
    { name: 'last named request before', scores: scoreNearest(named, 'before') },
    { name: 'next named request after', scores: scoreNearest(named, 'after') },
    { name: 'nearest read of the log', scores: scoreNear(reads) },
    { name: 'last write of the log before', scores: scoreNearest(writes, 'before') },
    { name: 'next write of the log after', scores: scoreNearest(writes, 'after') },
    { name: 'writes after an exponential delay', scores: scoreExponential(writes) },
    { name: 'writes of the log, each for one letter', scores: copies },
    { name: 'writes of the log, counted', scores: scoreCounts(letters, wallets) },
    { name: 'writes of the log, by their size', scores: sizes },
    { name: 'who is there', scores: presence },
    { name: 'who came last', scores: addScores(presence, scoreNearest(comings, 'before')) },
    { name: 'who goes next', scores: addScores(presence, scoreNearest(goings, 'after')) },
    { name: 'habits, learned', scores: addScores(...learned) },
    { name: 'fixed lags', scores: fixed },
    { name: 'all of it', scores: addScores(...learned, fixed, scoreExponential(writes), copies, sizes, presence) },
  ]
}

const absent = -50

/** Those who listen at the moment of the letter, alike; the others hardly. */
const scorePresence = (letters: readonly SeenLetter[], wallets: readonly WalletFacts[]): Scores =>
  letters.map(({ at }) =>
    wallets.map(({ streams }) => (streams.some(({ from, to }) => from <= at && at <= to) ? 0 : absent)),
  )

/** Each letter has one copy in its sender's log, and each write is the copy of one letter at most. */
function scoreCopies(letters: readonly SeenLetter[], wallets: readonly WalletFacts[]): Scores {
  const none = letters.map(() => wallets.map(() => 0))
  const writes = wallets.flatMap(({ logWrites }, wallet) => logWrites.map((at) => ({ at, wallet })))
  if (writes.length < letters.length) return none
  const question = { letters: timesOf(letters), events: writes.map(({ at }) => [at]) }
  const chosen = assign(learnLags(question, 'after'))
  return letters.map((_, i) => wallets.map((_, wallet) => (writes[chosen[i]!]?.wallet === wallet ? 2 : 0)))
}

/** Bytes within which sizes count as one. */
const sizeStep = 256

/** Writes of each size for themselves, where there are several: what is written to cover others may have a size of its own. */
function scoreSizes(letters: readonly SeenLetter[], wallets: readonly WalletFacts[]): Scores {
  const stepOf = (bytes: number) => Math.floor(bytes / sizeStep)
  const steps = new Set(wallets.flatMap(({ logSizes }) => logSizes.map(stepOf)))
  const none = letters.map(() => wallets.map(() => 0))
  if (steps.size < 2) return none
  const parts = [...steps].map((step) =>
    scoreExponential({
      letters: timesOf(letters),
      events: wallets.map(({ logWrites, logSizes }) => logWrites.filter((_, i) => stepOf(logSizes[i]!) === step)),
    }),
  )
  return addScores(none, ...parts)
}

const countSeconds = 600

/** Who has written more than usual in the ten minutes after the letter. */
function scoreCounts(letters: readonly SeenLetter[], wallets: readonly WalletFacts[]): Scores {
  const times = timesOf(letters)
  const span = Math.max(1, Math.max(...times) - Math.min(...times)) + countSeconds
  return times.map((at) =>
    wallets.map(({ logWrites }) => {
      const found = logWrites.filter((time) => time >= at && time < at + countSeconds).length
      return found - (logWrites.length * countSeconds) / span
    }),
  )
}

type Ranked = {
  readonly letters: readonly SeenLetter[]
  /** How many letters there were before each, in the whole record. */
  readonly ranks: readonly number[]
}

function cluesOfTopics({ letters, ranks }: Ranked, topics: readonly TopicFacts[]): Clue[] {
  const question = (events: (facts: TopicFacts) => readonly number[], from = 0, to = from + 1): LagQuestion => ({
    letters: timesOf(letters),
    events: topics.map((topic) => events(topic).slice(from, to)),
  })
  const openings = question(({ lanes }) => lanes.map(({ at }) => at))
  const reads = question(({ reads }) => reads)
  const streams = question(({ streams }) => streams)
  const writes = question(({ writes }) => writes)
  const second = question(({ reads }) => reads, 1) // the first may be its maker's
  const any = question(({ reads }) => reads, 0, Number.POSITIVE_INFINITY)
  const delivered = { ...reads, letters: letters.map(({ at, deliveredAt }) => deliveredAt ?? at) }
  const learned = [openings, reads, second, any, streams, writes, delivered].flatMap((asked) => [
    learnLags(asked, 'before'),
    learnLags(asked, 'after'),
  ])
  const terms = scoreTerms(letters, topics)
  const fixed = addScores(...[openings, reads, streams, writes].map(scoreCorrelated))
  const all = addScores(...learned, fixed, terms)
  return [
    { name: 'lane opened last before', scores: scoreNearest(openings, 'before') },
    { name: 'lane opened next after', scores: scoreNearest(openings, 'after') },
    { name: 'first read next after', scores: scoreNearest(reads, 'after') },
    { name: 'second read next after', scores: scoreNearest(second, 'after') },
    { name: 'any read next after', scores: scoreNearest(any, 'after') },
    { name: 'first read after the delivery', scores: scoreNearest(delivered, 'after') },
    { name: 'first stream nearest', scores: scoreNear(streams) },
    { name: 'first message next after', scores: scoreNearest(writes, 'after') },
    { name: 'lane opened an exponential delay before', scores: scoreExponential(mirrored(openings)) },
    { name: 'first read after an exponential delay', scores: scoreExponential(reads) },
    { name: 'second read after an exponential delay', scores: scoreExponential(second) },
    { name: 'any read after an exponential delay', scores: scoreExponential(any) },
    { name: 'in the order of their lanes', scores: scoreOrder(ranks, topics) },
    { name: 'terms of the lane', scores: terms },
    { name: 'habits, learned', scores: addScores(...learned) },
    { name: 'fixed lags', scores: fixed },
    { name: 'all of it', scores: all },
    { name: 'all of it, each topic for one letter', scores: chosenOf(all) },
  ]
}

/** The same with time running back. */
const mirrored = ({ letters, events }: LagQuestion): LagQuestion => ({
  letters: letters.map((at) => -at),
  events: events.map((times) => times.map((at) => -at)),
})

/** The topic whose lane was the n-th for the n-th letter: whoever prepares conversations may use the oldest first. */
function scoreOrder(ranks: readonly number[], topics: readonly TopicFacts[]): Scores {
  const openings = topics.map(({ lanes }) => lanes[0]?.at ?? Number.POSITIVE_INFINITY)
  const order = openings.map((at) => openings.filter((other) => other < at).length)
  return ranks.map((rank) => order.map((place) => -Math.abs(place - rank)))
}

/** A lane that ends when the letter's ends, as far as that is rare. */
function scoreTerms(letters: readonly SeenLetter[], topics: readonly TopicFacts[]): Scores {
  const ends = topics.map(({ lanes }) => new Set(lanes.map(({ expiresAt }) => expiresAt)))
  return letters.map(({ expiresAt }) => {
    const isSame = ends.map((set) => expiresAt !== undefined && set.has(expiresAt))
    const share = isSame.filter(Boolean).length / Math.max(1, topics.length)
    return isSame.map((same) => (same ? -Math.log(share) : 0))
  })
}

/** The best of all ways to give each letter a topic of its own. */
function chosenOf(scores: Scores): Scores {
  if ((scores[0]?.length ?? 0) < scores.length) return scores
  const chosen = assign(scores)
  return scores.map((row, i) => row.map((_, c) => (chosen[i] === c ? 1 : 0)))
}

type Parties = {
  readonly letters: readonly SeenLetter[]
  readonly topics: readonly TopicFacts[]
  readonly wallets: readonly WalletFacts[]
}

/** Seconds within which a named request beside one for a topic says who is in the conversation. */
const beside = 1

/** Who shows a token beside what is asked on the topic that the letter most likely has. */
function throughTopics({ letters, topics, wallets }: Parties, chosen: Scores): Clue {
  const votes = topics.map(({ lanes, reads, writes }) => {
    const times = [...lanes.map(({ at }) => at), ...reads, ...writes]
    return wallets.map(({ named }) => times.filter((at) => isBeside(named, at)).length)
  })
  const scores = letters.map((_, i) => {
    const row = chosen[i] ?? []
    const best = row.indexOf(Math.max(...row))
    return votes[best] ?? wallets.map(() => 0)
  })
  return { name: 'who is named beside the likeliest topic', scores }
}

const isBeside = (named: readonly number[], at: number): boolean =>
  Math.min(lagOf(named, at, 'before'), lagOf(named, at, 'after')) < beside
