import type { NodeConfig } from '../../service/node/index.ts'
import { createDice, type Dice } from './dice.ts'
import { type Figure, measureClue } from './guessing.ts'
import { createPerson, type Letter, type Person, type Presence, type Privacy } from './letter-traffic.ts'
import type { Seen } from './observer.ts'
import { type SimulatedNetwork, startSimulatedNetwork } from './simulated-network.ts'
import { analyseTraffic } from './traffic-analysis.ts'

/** What happened, as the observer saw it and as it was. */
export type Story = {
  readonly seen: readonly Seen[]
  readonly letters: readonly Letter[]
  readonly senders: readonly string[]
  readonly hours: readonly Hour[]
}

/** A part of a story in unix seconds. */
export type Hour = { readonly name: string; readonly from: number; readonly to: number }

export type StoryOptions = {
  readonly seed: string
  readonly privacy?: Privacy
  readonly node?: Partial<NodeConfig>
}

const peopleOnASide = 8
const [start, hourSeconds] = [1_750_000_000, 3600]
/** Everybody comes within so much, and things have settled after so much. */
const [comingSeconds, settledSeconds] = [600, 1800]
const settling = { from: start + settledSeconds, rest: 1800 } as const

type Cast = {
  readonly network: SimulatedNetwork
  readonly dice: Dice
  readonly senders: readonly Person[]
  readonly recipients: readonly Person[]
  /** The recipients, who are there throughout. */
  readonly there: readonly Presence[]
}

/** Eight who write, and eight who are there to be written to, at the price of a little work. */
async function gather({ seed, privacy, node = {} }: StoryOptions): Promise<Cast> {
  const dice = createDice(seed)
  const network = await startSimulatedNetwork({ startSeconds: start, dice: dice.fork('network'), node })
  const side = (name: string) =>
    Array.from({ length: peopleOnASide }, (_, i) => createPerson({ network, dice, name: `${name} ${i}` }))
  const [senders, recipients] = [side('sender'), side('recipient')]
  const coming = recipients.map(async (recipient) => {
    await network.time.sleep(1000 * comingSeconds * dice.fraction())
    const presence = await recipient.come(privacy)
    const set = await presence.client.policy.set('work 4')
    if (!set.ok) throw new Error(set.message)
    return presence
  })
  return { network, dice, senders, recipients, there: await network.time.drive(Promise.all(coming)) }
}

async function end({ network, senders, there }: Cast, letters: readonly Letter[], hours: readonly Hour[]) {
  const { time, observer } = network
  await time.advance(settling.rest)
  for (const presence of there) await time.drive(presence.leave())
  await time.advance(1)
  await network.close()
  return { seen: observer.seen, letters, senders: senders.map(({ address }) => address), hours }
}

/** A letter to be written by somebody at some time. */
type Plan = { readonly at: number; readonly sender: number; readonly recipient: string }

/** Letters at any times of an hour; everybody writes as many as the others, so that naming always the same is no better. */
function planHour({ dice, recipients }: Cast, { from, to }: Hour, count: number): Plan[] {
  const senders = dice.shuffle(Array.from({ length: count }, (_, i) => i % peopleOnASide))
  return senders.map((sender) => ({
    at: from + (to - from) * dice.fraction(),
    sender,
    recipient: dice.pick(recipients).address,
  }))
}

const sleepUntil = ({ time }: SimulatedNetwork, at: number) => time.sleep(1000 * Math.max(0, at - time.now()))

const plansOf = (plans: readonly Plan[], sender: number) =>
  plans.filter((plan) => plan.sender === sender).sort((a, b) => a.at - b.at)

/** A quiet and a busy hour of people who are there throughout. */
export async function tellOnlineHours(options: StoryOptions): Promise<Story> {
  const cast = await gather(options)
  const { network, dice } = cast
  const quiet = { name: 'a quiet hour', from: settling.from, to: settling.from + hourSeconds }
  const busy = { name: 'a busy hour', from: quiet.to, to: quiet.to + hourSeconds }
  const plans = [...planHour(cast, quiet, 24), ...planHour(cast, busy, 72)]
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
  const plans = planHour(cast, hours, 64)
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

/** How well each clue names the senders and the topics of letters of an hour. */
export function measureHour(
  { seen, letters, senders }: Story,
  { from, to }: Hour,
): Record<'senders' | 'topics', Figure[]> {
  const found = analyseTraffic(seen, { candidates: senders, from, to })
  const truths = found.letters.map(({ id }) => letters.find(({ request }) => request.id === id))
  if (truths.includes(undefined)) throw new Error('A letter was delivered that nobody wrote.')
  const sender = {
    columns: truths.map((letter) => senders.indexOf(letter?.sender ?? '')),
    isPossible: truths.map(() => senders.map(() => true)),
  }
  const columns = truths.map((letter) => found.topics.indexOf(letter?.topic ?? ''))
  // Whoever knows that lanes are always open before the letter does not guess later ones: chance is among the others.
  const isAhead = columns.every((column, i) => found.isOpen[i]?.[column])
  const isPossible = isAhead ? found.isOpen : found.isOpen.map((row) => row.map(() => true))
  return {
    senders: found.senders.map((clue) => measureClue(clue, sender)),
    topics: found.topicClues.map((clue) => measureClue(clue, { columns, isPossible })),
  }
}
