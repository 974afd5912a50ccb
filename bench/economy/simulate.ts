import { assumptions, type Path, rules, type Terms } from './assumptions.ts'
import { type Costs, honestCosts, spamCosts } from './costs.ts'
import { createRandom, type Random } from './random.ts'

/** What a month came to, in letters and cents. */
export type Outcome = {
  /** Unwanted letters that were delivered to each account, by the path they took. */
  readonly unwanted: Readonly<Record<Path, number>>
  readonly unwantedPerAccount: number
  /** What campaigns paid for each of those. */
  readonly centsPerUnwanted: number
  /** What somebody new paid for each first letter that was delivered. */
  readonly centsPerWanted: number
  /** Of the wanted letters, how many were not sent or not delivered; and among those to accounts that let anybody in. */
  readonly wantedRefused: number
  readonly wantedRefusedAtOpenDoors: number
  /** What all letters were worth to their senders less all costs and nuisance, for each account. */
  readonly welfare: number
}

type Tally = {
  wanted: number
  delivered: number
  open: number
  openDelivered: number
  honestCents: number
  value: number
  spamCents: number
  unwanted: Record<Path, number>
}

/** A month of a network under some terms; the same in every run. */
export function simulate(terms: Terms, accounts: number = assumptions.accounts): Outcome {
  const random = createRandom(20_261_123)
  const campaigns = Float64Array.from({ length: assumptions.spam.campaigns }, () =>
    random.lognormal(assumptions.spam.value),
  )
  const costs = { honest: honestCosts(terms), spam: spamCosts(terms) }
  const tally: Tally = {
    wanted: 0,
    delivered: 0,
    open: 0,
    openDelivered: 0,
    honestCents: 0,
    value: 0,
    spamCents: 0,
    unwanted: { request: 0, stake: 0, stamp: 0, payment: 0 },
  }
  for (const { share, paths } of rules) {
    const spam = planSpam(paths, campaigns, costs.spam)
    const bucket = terms.requestsPerDay * assumptions.days
    for (let i = 0; i < Math.round(share * accounts); i++) visit(tally, { random, paths, spam, bucket, costs })
  }
  return summarise(tally, accounts)
}

/** How many campaigns write to one account, by their cheapest path; and how many of those turned away would pay. */
type SpamPlan = {
  readonly count: Readonly<Record<Path, number>>
  readonly wouldStamp: number
}

function planSpam(paths: readonly Path[], values: Float64Array, costs: Costs): SpamPlan {
  const count = { request: 0, stake: 0, stamp: 0, payment: 0 }
  let wouldStamp = 0
  for (const value of values) {
    const [cheapest] = paths.toSorted((a, b) => costs[a] - costs[b])
    if (!cheapest || value <= costs[cheapest]) continue
    count[cheapest]++
    if (cheapest === 'request' && value > costs.stamp) wouldStamp++
  }
  return { count, wouldStamp: count.request > 0 ? wouldStamp / count.request : 0 }
}

type Visit = {
  readonly random: Random
  readonly paths: readonly Path[]
  readonly spam: SpamPlan
  readonly bucket: number
  readonly costs: { readonly honest: Costs; readonly spam: Costs }
}

/** One account's month: everybody's letters to it. */
function visit(tally: Tally, { random, paths, spam, bucket, costs }: Visit): void {
  const letters = random.poisson(assumptions.honest.letters)
  const asRequests = paths.includes('request') ? letters : 0
  const arrivals = spam.count.request + asRequests
  const pass = arrivals > bucket ? bucket / arrivals : 1

  const requests = spam.count.request * pass
  const fallBack = (spam.count.request - requests) * spam.wouldStamp
  const delivered = { ...spam.count, request: requests, stamp: spam.count.stamp + fallBack }
  for (const path of ['request', 'stake', 'stamp', 'payment'] as const) {
    tally.unwanted[path] += delivered[path]
    tally.spamCents += delivered[path] * costs.spam[path]
  }
  tally.spamCents += (spam.count.request - requests) * costs.spam.request // worked for nothing
  for (let i = 0; i < letters; i++) write(tally, { random, paths, pass, costs: costs.honest })
}

type Writing = {
  readonly random: Random
  readonly paths: readonly Path[]
  readonly pass: number
  readonly costs: Costs
}

/** One wanted letter: without money first, as the client does, then with the cheapest money, if it is worth it. */
function write(tally: Tally, { random, paths, pass, costs }: Writing): void {
  const value = random.lognormal(assumptions.honest.value)
  tally.wanted++
  if (paths.length > 0) tally.open++
  let spent = 0
  let isDelivered = paths.includes('stake') && random.uniform() < assumptions.honest.stakers
  if (!isDelivered && paths.includes('request') && value > costs.request) {
    spent += costs.request
    isDelivered = random.uniform() < pass
  }
  const price = Math.min(
    ...(['stamp', 'payment'] as const).filter((path) => paths.includes(path)).map((path) => costs[path]),
  )
  if (!isDelivered && value > price) {
    spent += price
    isDelivered = true
  }
  tally.honestCents += spent
  if (!isDelivered) return
  tally.delivered++
  if (paths.length > 0) tally.openDelivered++
  tally.value += value
}

function summarise(tally: Tally, accounts: number): Outcome {
  const total = Object.values(tally.unwanted).reduce((sum, count) => sum + count, 0)
  const { request, stake, stamp, payment } = tally.unwanted
  return {
    unwanted: {
      request: request / accounts,
      stake: stake / accounts,
      stamp: stamp / accounts,
      payment: payment / accounts,
    },
    unwantedPerAccount: total / accounts,
    centsPerUnwanted: total > 0 ? tally.spamCents / total : 0,
    centsPerWanted: tally.delivered > 0 ? tally.honestCents / tally.delivered : 0,
    wantedRefused: 1 - tally.delivered / tally.wanted,
    wantedRefusedAtOpenDoors: 1 - tally.openDelivered / tally.open,
    welfare: (tally.value - tally.honestCents - total * assumptions.spam.nuisance) / accounts,
  }
}
