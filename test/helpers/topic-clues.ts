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
import type { Clue } from './traffic-analysis.ts'
import type { SeenLetter, TopicFacts } from './traffic-facts.ts'

/** Letters, and what is known of each. */
export type Ranked = {
  readonly letters: readonly SeenLetter[]
  /** How many letters there were before each, in the whole record. */
  readonly ranks: readonly number[]
  /** Named requests of the recipient of each. */
  readonly named: readonly (readonly number[])[]
}

/** What each clue says of the conversations of letters. */
export function cluesOfTopics({ letters, ranks, named }: Ranked, topics: readonly TopicFacts[]): Clue[] {
  const question = (events: (facts: TopicFacts) => readonly number[], from = 0, to = from + 1): LagQuestion => ({
    letters: letters.map(({ at }) => at),
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
  const arrived = { ...writes, letters: delivered.letters }
  const recipients = scoreRecipients({ letters, named }, topics)
  const answers = addScores(learnLags(arrived, 'after'), scoreExponential(arrived), recipients)
  const all = addScores(...learned, fixed, terms, answers)
  return [
    { name: 'lane opened last before', scores: scoreNearest(openings, 'before') },
    { name: 'lane opened next after', scores: scoreNearest(openings, 'after') },
    { name: 'first read next after', scores: scoreNearest(reads, 'after') },
    { name: 'second read next after', scores: scoreNearest(second, 'after') },
    { name: 'any read next after', scores: scoreNearest(any, 'after') },
    { name: 'first read after the delivery', scores: scoreNearest(delivered, 'after') },
    { name: 'first stream nearest', scores: scoreNear(streams) },
    { name: 'first message next after', scores: scoreNearest(writes, 'after') },
    { name: 'first message after the delivery', scores: scoreNearest(arrived, 'after') },
    { name: 'first message after an exponential delay', scores: scoreExponential(arrived) },
    { name: 'where the recipient is named beside', scores: recipients },
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

/** How often the recipient shows a token beside what is asked on a topic after the letter, for one such request of many. */
function scoreRecipients({ letters, named }: Omit<Ranked, 'ranks'>, topics: readonly TopicFacts[]): Scores {
  const times = topics.map(({ reads, writes }) => [...reads, ...writes])
  return letters.map(({ at }, i) =>
    times.map((all) => {
      const later = all.filter((time) => time > at)
      return later.filter((time) => isBeside(named[i] ?? [], time)).length / Math.max(1, later.length)
    }),
  )
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

/** Seconds within which a named request beside one for a topic says who is in the conversation. */
const beside = 1

/** Whether one of some times is beside a moment. */
export const isBeside = (named: readonly number[], at: number): boolean =>
  Math.min(lagOf(named, at, 'before'), lagOf(named, at, 'after')) < beside
