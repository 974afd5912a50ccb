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
    unwanted: { request: 0, stake: 0, stamp: 0, payment: 0, fact: 0 },
  }
  for (const [i, { share, paths: asked }] of rules.entries()) {
    const paths: readonly Path[] = terms.fact && i === 0 ? [...asked, 'fact'] : asked
    const spam = planSpam(paths, campaigns, costs.spam)
    const bucket = terms.requestsPerDay * assumptions.days
    const { held = 0 } = terms.fact ?? {}
    for (let n = 0; n < Math.round(share * accounts); n++) visit(tally, { random, paths, spam, bucket, costs, held })
  }
  return summarise(tally, accounts)
}

/** How many campaigns write to one account, by their cheapest path; and how many of those turned away would take the next. */
type SpamPlan = {
  readonly count: Readonly<Record<Path, number>>
  readonly next: Path
  readonly wouldTakeNext: number
}

function planSpam(paths: readonly Path[], values: Float64Array, costs: Costs): SpamPlan {
  const count = { request: 0, stake: 0, stamp: 0, payment: 0, fact: 0 }
  const [cheapest, next = 'stamp'] = paths.toSorted((a, b) => costs[a] - costs[b])
  let wouldTakeNext = 0
  for (const value of values) {
    if (!cheapest || value <= costs[cheapest]) continue
    count[cheapest]++
    if (cheapest === 'request' && value > costs[next]) wouldTakeNext++
  }
  return { count, next, wouldTakeNext: count.request > 0 ? wouldTakeNext / count.request : 0 }
}

type Visit = {
  readonly random: Random
  readonly paths: readonly Path[]
  readonly spam: SpamPlan
  readonly bucket: number
  readonly costs: { readonly honest: Costs; readonly spam: Costs }
  /** How many who write have what the fact asks for. */
  readonly held: number
}

/** One account's month: everybody's letters to it. */
function visit(tally: Tally, { random, paths, spam, bucket, costs, held }: Visit): void {
  const letters = random.poisson(assumptions.honest.letters)
  const asRequests = paths.includes('request') ? letters : 0
  const arrivals = spam.count.request + asRequests
  const pass = arrivals > bucket ? bucket / arrivals : 1

  const requests = spam.count.request * pass
  const fallBack = (spam.count.request - requests) * spam.wouldTakeNext
  const delivered = { ...spam.count, request: requests }
  delivered[spam.next] += fallBack
  for (const path of Object.keys(delivered) as Path[]) {
    if (delivered[path] === 0) continue
    tally.unwanted[path] += delivered[path]
    tally.spamCents += delivered[path] * costs.spam[path]
  }
  tally.spamCents += (spam.count.request - requests) * costs.spam.request // worked for nothing
  for (let i = 0; i < letters; i++) write(tally, { random, paths, pass, costs: costs.honest, held })
}

type Writing = {
  readonly random: Random
  readonly paths: readonly Path[]
  readonly pass: number
  readonly costs: Costs
  readonly held: number
}

/** One wanted letter: without money first, as the client does, then with the cheapest money, if it is worth it. */
function write(tally: Tally, { random, paths, pass, costs, held }: Writing): void {
  const value = random.lognormal(assumptions.honest.value)
  tally.wanted++
  if (paths.length > 0) tally.open++
  let spent = 0
  let isDelivered = paths.includes('stake') && random.uniform() < assumptions.honest.stakers
  if (paths.includes('fact')) isDelivered = random.uniform() < held
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
  const { request, stake, stamp, payment, fact } = tally.unwanted
  return {
    unwanted: {
      request: request / accounts,
      stake: stake / accounts,
      stamp: stamp / accounts,
      payment: payment / accounts,
      fact: fact / accounts,
    },
    unwantedPerAccount: total / accounts,
    centsPerUnwanted: total > 0 ? tally.spamCents / total : 0,
    centsPerWanted: tally.delivered > 0 ? tally.honestCents / tally.delivered : 0,
    wantedRefused: 1 - tally.delivered / tally.wanted,
    wantedRefusedAtOpenDoors: 1 - tally.openDelivered / tally.open,
    welfare: (tally.value - tally.honestCents - total * assumptions.spam.nuisance) / accounts,
  }
}
