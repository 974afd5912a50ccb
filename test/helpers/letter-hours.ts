import type { NodeConfig } from '../../service/node/index.ts'
import { createDice, type Dice } from './dice.ts'
import { type Figure, measureClue } from './guessing.ts'
import { type Answers, createPerson, type Letter, type Person, type Presence, type Privacy } from './letter-traffic.ts'
import type { Seen } from './observer.ts'
import { type SimulatedNetwork, startSimulatedNetwork } from './simulated-network.ts'
import { analyseTraffic } from './traffic-analysis.ts'

/** What happened, as the observer saw it and as it was. */
export type Story = {
  readonly seen: readonly Seen[]
  readonly letters: readonly Letter[]
  readonly senders: readonly string[]
  /** Those of them who have bought stamps, as the chain tells everybody. */
  readonly holders: readonly string[]
  readonly hours: readonly Hour[]
}

/** A part of a story in unix seconds. */
export type Hour = { readonly name: string; readonly from: number; readonly to: number }

export type StoryOptions = {
  readonly seed: string
  readonly privacy?: Privacy
  readonly answers?: Answers
  /** In the book of everybody who has stamps. */
  readonly stamps?: number
  /** Without the busy hour. */
  readonly isQuiet?: boolean
  readonly node?: Partial<NodeConfig>
}

const peopleOnASide = 8
const [start, hourSeconds] = [1_750_000_000, 3600]
/** Everybody comes within so much, and things have settled after so much. */
const [comingSeconds, settledSeconds] = [600, 1800]
const settling = { from: start + settledSeconds, rest: 1800 } as const

/** How letters are paid for: by a little work, or by a stamp. */
type Means = 'work' | 'stamp'

type Cast = {
  readonly network: SimulatedNetwork
  readonly dice: Dice
  readonly senders: readonly Person[]
  /** Half of the senders have stamps; they write by work as often as the others. */
  readonly writers: Readonly<Record<Means, readonly number[]>>
  /** Who can be written to by each means. */
  readonly recipients: Readonly<Record<Means, readonly Person[]>>
  /** The recipients, who are there throughout. */
  readonly there: readonly Presence[]
}

/** A book of so many gives more letters than anybody writes without waiting for the next page of its log. */
const enough = 200

/** Eight who write, and eight who are there to be written to, half of them at the price of a little work, half of a stamp. */
async function gather({ seed, privacy, answers, stamps = enough, node = {} }: StoryOptions): Promise<Cast> {
  const dice = createDice(seed)
  const network = await startSimulatedNetwork({ startSeconds: start, dice: dice.fork('network'), node })
  const side = (name: string) =>
    Array.from({ length: peopleOnASide }, (_, i) => createPerson({ network, dice, name: `${name} ${i}` }))
  const [senders, all] = [side('sender'), side('recipient')]
  const everybody = senders.map((_, i) => i)
  const writers = { work: everybody, stamp: everybody.filter((i) => i % 2 === 0) }
  const recipients = { work: all.filter((_, i) => i % 2 === 0), stamp: all.filter((_, i) => i % 2 === 1) }
  const coming = all.map(async (recipient) => {
    await network.time.sleep(1000 * comingSeconds * dice.fraction())
    const presence = await recipient.come(privacy, answers)
    const set = await presence.client.policy.set(recipients.work.includes(recipient) ? 'work 4' : 'stamp 1')
    if (!set.ok) throw new Error(set.message)
    return presence
  })
  const buying = writers.stamp.map(async (writer) => {
    await network.time.sleep(1000 * (comingSeconds / 2) * dice.fraction())
    await senders[writer]?.buy(stamps)
  })
  const [there] = await network.time.drive(Promise.all([Promise.all(coming), Promise.all(buying)]))
  return { network, dice, senders, writers, recipients, there }
}

async function end({ network, senders, writers, there }: Cast, letters: readonly Letter[], hours: readonly Hour[]) {
  const { time, observer } = network
  await time.advance(settling.rest)
  for (const presence of there) await time.drive(presence.leave())
  await time.advance(1)
  await network.close()
  const names = senders.map(({ address }) => address)
  return { seen: observer.seen, letters, senders: names, holders: writers.stamp.map((i) => names[i]!), hours }
}

/** A letter to be written by somebody at some time. */
type Plan = { readonly at: number; readonly sender: number; readonly recipient: string }

/**
 * Letters at any times of an hour; everybody who can writes as many by each means as the others, so that naming always the same
 * is no better.
 */
function planHour({ dice, writers, recipients }: Cast, { from, to }: Hour, counts: Record<Means, number>): Plan[] {
  const planBy = (means: Means) => {
    const able = writers[means]
    const senders = dice.shuffle(Array.from({ length: counts[means] }, (_, i) => able[i % able.length]!))
    return senders.map((sender) => ({
      at: from + (to - from) * dice.fraction(),
      sender,
      recipient: dice.pick(recipients[means]).address,
    }))
  }
  return [...planBy('work'), ...planBy('stamp')]
}

const sleepUntil = ({ time }: SimulatedNetwork, at: number) => time.sleep(1000 * Math.max(0, at - time.now()))

const plansOf = (plans: readonly Plan[], sender: number) =>
  plans.filter((plan) => plan.sender === sender).sort((a, b) => a.at - b.at)

/** A quiet and, unless told otherwise, a busy hour of people who are there throughout. */
export async function tellOnlineHours(options: StoryOptions): Promise<Story> {
  const cast = await gather(options)
  const { network, dice } = cast
  const quiet = { name: 'a quiet hour', from: settling.from, to: settling.from + hourSeconds }
  const busy = { name: 'a busy hour', from: quiet.to, to: quiet.to + hourSeconds }
  const busyPlans = options.isQuiet ? [] : planHour(cast, busy, { work: 40, stamp: 32 })
  const plans = [...planHour(cast, quiet, { work: 16, stamp: 8 }), ...busyPlans]
  const writing = cast.senders.map(async (person, sender) => {
    await sleepUntil(network, start + comingSeconds * (1 + dice.fraction()))
    const presence = await person.come(options.privacy)
    const letters: Letter[] = []
    for (const { at, recipient } of plansOf(plans, sender)) {
      await sleepUntil(network, at)
      letters.push(await presence.write(recipient))
    }
    return { presence, letters }
  })
  const told = await network.time.drive(Promise.all(writing))
  const there = [...cast.there, ...told.map(({ presence }) => presence)]
  const letters = told.flatMap((one) => one.letters)
  return end({ ...cast, there }, letters, [quiet, busy, { name: 'both hours', from: quiet.from, to: busy.to }])
}

/** Seconds on average that somebody looks around before writing, and after. */
const dwellSeconds = 60

/** Four hours of people who come, write one letter and leave: mostly one or none of them is there. */
export async function tellVisits(options: StoryOptions): Promise<Story> {
  const cast = await gather(options)
  const { network, dice } = cast
  const { time } = network
  const hours = { name: 'four hours of visits', from: settling.from, to: settling.from + 4 * hourSeconds }
  const plans = planHour(cast, hours, { work: 64, stamp: 0 })
  const dwell = () => time.sleep(1000 * dice.exponential(dwellSeconds))
  const visiting = cast.senders.map(async (person, sender) => {
    const letters: Letter[] = []
    for (const { at, recipient } of plansOf(plans, sender)) {
      await sleepUntil(network, at)
      const presence = await person.come(options.privacy)
      await dwell()
      letters.push(await presence.write(recipient))
      await dwell()
      await presence.leave()
    }
    return letters
  })
  const letters = await time.drive(Promise.all(visiting))
  return end(cast, letters.flat(), [{ ...hours, to: Number.POSITIVE_INFINITY }])
}

/** Of so many letters before and after one the topics are told from its own. */
const around = 5

/** Their topics: when a topic is in use tells something, so that those of other letters of the time are what is to be told from. */
const aroundOf = (columns: readonly number[], i: number): number[] => [
  ...columns.slice(Math.max(0, i - around), i),
  ...columns.slice(i + 1, i + 1 + around),
]

/**
 * How well each clue names the senders and the topics of letters of an hour. Of topics among all that were open, or among those
 * that letters have begun and that no second reader had joined before: in the end an observer sees which these are.
 */
export function measureHour(
  { seen, letters, senders, holders }: Story,
  { from, to }: Hour,
  among: 'open' | 'begun' = 'open',
): Record<'senders' | 'topics', Figure[]> {
  const found = analyseTraffic(seen, { candidates: senders, from, to })
  const isAble = (tickets: number, sender: string) => tickets === 0 || holders.includes(sender)
  const truths = found.letters.map(({ id }) => letters.find(({ request }) => request.id === id))
  if (truths.includes(undefined)) throw new Error('A letter was delivered that nobody wrote.')
  const sender = {
    columns: truths.map((letter) => senders.indexOf(letter?.sender ?? '')),
    isPossible: found.letters.map(({ tickets }) => senders.map((sender) => isAble(tickets, sender))),
  }
  const columns = truths.map((letter) => found.topics.indexOf(letter?.topic ?? ''))
  const begun = new Set(letters.map(({ topic }) => topic))
  const isBegun = found.topics.map((topic) => begun.has(topic))
  // Whoever knows that lanes are always open before the letter does not guess later ones: chance is among the others.
  const isAhead = columns.every((column, i) => found.isOpen[i]?.[column])
  const isPossible = found.isOpen.map((row, i) =>
    row.map((isOpen, c) => (isOpen || !isAhead) && (among === 'open' || (isBegun[c]! && !found.isJoined[i]![c]))),
  )
  const others = columns.map((own, i) => aroundOf(columns, i).filter((c) => c !== own && isPossible[i]?.[c]))
  return {
    senders: found.senders.map((clue) => measureClue(clue, sender)),
    topics: found.topicClues.map((clue) => measureClue(clue, { columns, isPossible, others })),
  }
}
