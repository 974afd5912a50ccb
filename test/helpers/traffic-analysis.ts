import { assign } from './assignment.ts'
import {
  addScores,
  type LagQuestion,
  learnLags,
  type Scores,
  scoreCorrelated,
  scoreExponential,
  scoreNear,
  scoreNearest,
} from './lag-model.ts'
import type { Seen } from './observer.ts'
import { cluesOfTopics, isBeside } from './topic-clues.ts'
import {
  joinedAt,
  nothingSeen,
  provingSeconds,
  readFacts,
  type SeenLetter,
  type TopicFacts,
  type WalletFacts,
} from './traffic-facts.ts'

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
  /** For each letter, whether a topic had a lane by then, and whether it had a second reader. */
  readonly isOpen: readonly (readonly boolean[])[]
  readonly isJoined: readonly (readonly boolean[])[]
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
  const named = letters.map(({ recipient }) => facts.wallets.get(recipient)?.named ?? [])
  const topicClues = cluesOfTopics({ letters, ranks, named }, topicFacts)
  const wallets = candidates.map((wallet) => facts.wallets.get(wallet) ?? nothingSeen())
  const joined = topicFacts.map(joinedAt)
  const through = throughTopics({ letters, topics: topicFacts, wallets }, topicClues.at(-1)?.scores ?? [])
  return {
    letters,
    senders: [...cluesOfSenders(letters, wallets), through],
    topics,
    isOpen: letters.map(({ at }) => topicFacts.map(({ lanes }) => (lanes[0]?.at ?? Number.POSITIVE_INFINITY) <= at)),
    isJoined: letters.map(({ at }) => joined.map((time) => time <= at)),
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
  const proving = { ...named, letters: letters.map(({ at, treeAt }) => treeAt ?? at) }
  const lacking = scoreTrees(letters, wallets)
  const trees = addScores(learnLags(proving, 'before'), learnLags(proving, 'after'), lacking)
  const odd = about(({ oddWrites }) => oddWrites)
  const odds = addScores(learnLags(odd, 'before'), learnLags(odd, 'after'), scoreExponential(odd))
  const fixed = addScores(...[named, reads, writes].map(scoreCorrelated))
  // What repeats another clue in other words, or learns from few events, is left out of the sum: it would count twice, or add noise.
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
    { name: 'writes of the log that look otherwise', scores: odds },
    { name: 'last named request before the tree is read', scores: scoreNearest(proving, 'before') },
    { name: 'next named request after the tree is read', scores: scoreNearest(proving, 'after') },
    { name: 'readings of the tree, learned', scores: trees },
    { name: 'who is there', scores: presence },
    { name: 'who came last', scores: addScores(presence, scoreNearest(comings, 'before')) },
    { name: 'who goes next', scores: addScores(presence, scoreNearest(goings, 'after')) },
    { name: 'habits, learned', scores: addScores(...learned) },
    { name: 'fixed lags', scores: fixed },
    {
      name: 'all of it',
      scores: addScores(...learned, fixed, lacking, scoreExponential(writes), copies, sizes, presence),
    },
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

/** Whoever reads all of the tree for a letter is nobody who has read it since coming. */
const scoreTrees = (letters: readonly SeenLetter[], wallets: readonly WalletFacts[]): Scores =>
  letters.map(({ at, isTreeWhole }) =>
    wallets.map(({ trees, streams }) => {
      const came = streams.findLast(({ from }) => from <= at)?.from ?? at
      const isThere = trees.some((time) => time >= came && time < at - provingSeconds)
      return isTreeWhole && isThere ? absent : 0
    }),
  )

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

type Parties = {
  readonly letters: readonly SeenLetter[]
  readonly topics: readonly TopicFacts[]
  readonly wallets: readonly WalletFacts[]
}

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
