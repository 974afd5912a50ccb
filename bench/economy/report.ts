import { formatEther } from 'viem'
import { firstStakes } from '../../scripts/ignition/modules/economy.ts'
import { firstClass } from '../../scripts/ignition/modules/pennypost.ts'
import { parseRule } from '../../sdk/policy/index.ts'
import { unattendedRule } from '../../sdk/verifier/index.ts'
import { nodeSettings, unattendedRoom } from '../../service/node/index.ts'
import type { Path, Terms } from './assumptions.ts'
import { factHaul, facts, haulOf, lostOnPayment, spamCosts, stolenHaul } from './costs.ts'
import { type Panel, renderFigure } from './plot.ts'
import { type Outcome, simulate } from './simulate.ts'

/** What a network has that changes nothing: contracts as they are deployed, nodes as they start. */
export const defaults: Terms = {
  stampPrice: Number(formatEther(firstClass.price)),
  stake: {
    amount: Number(formatEther(firstStakes.amount)),
    limit: firstStakes.limit,
    epochSeconds: firstStakes.epochLength,
  },
  payment: { base: 0.1, bond: 2, tip: 0 },
  requestBits: Number(nodeSettings.requestBits.fallback),
  requestsPerDay: Number(nodeSettings.requestsPerDay.fallback),
}

/** The terms that are compared, the defaults first. */
export const variants: readonly (readonly [name: string, terms: Terms])[] = [
  ['the defaults', defaults],
  ['no requests', { ...defaults, requestsPerDay: 0 }],
  ['50 requests a day', { ...defaults, requestsPerDay: 50 }],
  ['requests of 26 bits', { ...defaults, requestBits: 26 }],
  ['stamps at a tenth', { ...defaults, stampPrice: defaults.stampPrice / 10 }],
  ['stamps at ten times', { ...defaults, stampPrice: defaults.stampPrice * 10 }],
  ['with an age on a rollup', { ...defaults, fact: facts.rollup }],
  ['with an age on mainnet', { ...defaults, fact: facts.mainnet }],
  ['with a token of $50', { ...defaults, fact: facts.holding }],
  ['with an age on a rollup, no requests', { ...defaults, fact: facts.rollup, requestsPerDay: 0 }],
  ['stakes of 100 for 64 an hour', { ...defaults, stake: { amount: 100, limit: 64, epochSeconds: 3_600 } }],
]

const shownPaths: readonly Path[] = ['request', 'stake', 'stamp', 'payment', 'fact']
const paths = shownPaths.slice(0, 4)

/** What a month comes to under each of the terms, as a table. */
export function outcomeTable(accounts?: number): string {
  const head = [
    '| terms | unwanted letters, each account | by request · stake · stamp · payment · fact | cents for one | cents for a wanted one | wanted, refused | at open doors | worth, cents |',
    '| --- | --- | --- | --- | --- | --- | --- | --- |',
  ]
  return [...head, ...variants.map(([name, terms]) => outcomeRow(name, simulate(terms, accounts)))].join('\n')
}

function outcomeRow(name: string, outcome: Outcome): string {
  const { unwanted, unwantedPerAccount, centsPerUnwanted, centsPerWanted, welfare } = outcome
  const cells = [
    name,
    unwantedPerAccount.toFixed(1),
    shownPaths.map((path) => unwanted[path].toFixed(1)).join(' · '),
    centsPerUnwanted.toFixed(3),
    centsPerWanted.toFixed(2),
    percent(outcome.wantedRefused),
    percent(outcome.wantedRefusedAtOpenDoors),
    welfare.toFixed(0),
  ]
  return `| ${cells.join(' | ')} |`
}

const percent = (share: number): string => `${(share * 100).toFixed(1)} %`

const factNames = {
  rollup: 'aged accounts, rollup',
  mainnet: 'aged accounts, mainnet',
  holding: 'tokens of $50',
} as const

/** What 1,000 dollars buy in a month, with 10,000 wallets, with one, and spent on stolen ones. */
export function haulTable(terms: Terms = defaults): string {
  const cents = 100_000
  const head = [
    '| way | cents a letter | letters, 10,000 wallets | letters, one wallet | lost of $1,000 |',
    '| --- | --- | --- | --- | --- |',
  ]
  const rows = paths.map((path) => {
    const many = haulOf(path, terms, { cents, wallets: 10_000 })
    const one = haulOf(path, terms, { cents, wallets: 1 })
    const cost = spamCosts(terms)[path]
    return `| ${path} | ${cost.toPrecision(2)} | ${count(many.letters)} | ${count(one.letters)} | ${dollars(many.lostCents)} |`
  })
  const ready = (Object.keys(facts) as (keyof typeof facts)[]).map((kind) => {
    const { accounts, letters, lostCents } = factHaul(kind, cents)
    return `| ${count(accounts)} ${factNames[kind]} | ${(lostCents / letters).toPrecision(2)} | ${count(letters)} | ${count(letters / accounts)} | ${dollars(lostCents)} |`
  })
  const { wallets, letters, lostCents } = stolenHaul(terms, cents)
  const stolen = `| ${count(wallets)} stolen wallets | ${(lostCents / letters).toPrecision(2)} | ${count(letters)} | – | ${dollars(lostCents)} |`
  return [...head, ...rows, ...ready, stolen].join('\n')
}

/** What 1,000 dollars of payments come to, by how many readers call the letters spam, without a tip for them and with one. */
export function bondTable({ payment }: Terms = defaults): string {
  const tipped = { ...payment, tip: 0.5 }
  const head = [
    `| called spam | bond ${payment.bond}: cents a letter | letters | and tip ${tipped.tip}: cents a letter | letters |`,
    '| --- | --- | --- | --- | --- |',
  ]
  const rows = [0, 0.1, 0.3, 0.7, 1].map((share) => {
    const cells = [payment, tipped].flatMap((terms) => {
      const lost = lostOnPayment(terms, share)
      return [lost.toFixed(2), count(100_000 / lost)]
    })
    return `| ${share * 100} % | ${cells.join(' | ')} |`
  })
  return [...head, ...rows].join('\n')
}

/** What it costs in cents to fill an unattended address; with requests, if it took them, and in how many days. */
export function fillingOutcome(terms: Terms = defaults) {
  const { stamp, request } = spamCosts(terms)
  const { letters } = unattendedRoom
  const asked = parseRule(unattendedRule)
  const stamps = asked.kind === 'stamp' ? asked.count : 0
  return { stamps: letters * stamps * stamp, requests: letters * request, days: letters / terms.requestsPerDay }
}

const count = (value: number): string => Math.round(value).toLocaleString('en')
const dollars = (cents: number): string => `$${(cents / 100).toFixed(2)}`

const prices = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100]
const buckets = [0, 1, 2, 3, 5, 8, 10, 15, 20]
/** Cents a week of an account of which the fact is so. */
const accounts = [0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 100]
const [blue, red] = ['#2563eb', '#dc2626']

/** What the price of a stamp and the number of requests do, as a figure. */
export function figure(people: number): string {
  const byPrice = prices.map((stampPrice) => ({ at: stampPrice, ...simulate({ ...defaults, stampPrice }, people) }))
  const byBucket = buckets.map((requestsPerDay) => ({
    at: requestsPerDay,
    ...simulate({ ...defaults, requestsPerDay }, people),
  }))
  const byAccount = accounts.map((centsPerWeek) => {
    const fact = { centsPerWeek, held: facts.rollup.held }
    return { at: centsPerWeek, ...simulate({ ...defaults, fact, requestsPerDay: 0 }, people) }
  })
  const points = <T extends { at: number }>(rows: readonly T[], value: (row: T) => number) =>
    rows.map((row) => [row.at, value(row)] as const)
  const x = { title: 'price of a stamp, tokens', ticks: [0.01, 0.1, 1, 10, 100], isLog: true }
  const panels: Panel[] = [
    {
      title: 'Unwanted letters by stamp',
      x,
      y: { title: 'each account, a month', ticks: [0, 25, 50, 75, 100] },
      series: [{ name: 'unwanted', color: red, points: points(byPrice, ({ unwanted }) => unwanted.stamp) }],
    },
    {
      title: 'Wanted letters not delivered',
      x,
      y: { title: '% of those to open doors', ticks: [0, 20, 40, 60] },
      series: [{ name: 'wanted', color: blue, points: points(byPrice, (row) => row.wantedRefusedAtOpenDoors * 100) }],
    },
    {
      title: 'Requests are filled by spam',
      x: { title: 'requests an account gets a day', ticks: [0, 5, 10, 15, 20] },
      y: { title: 'unwanted, each account, a month', ticks: [0, 50, 100, 150] },
      series: [{ name: 'unwanted', color: red, points: points(byBucket, (row) => row.unwantedPerAccount) }],
    },
    {
      title: 'Unwanted letters by fact',
      x: { title: 'an account that will do, cents a week', ticks: [0.001, 0.01, 0.1, 1, 10, 100], isLog: true },
      y: { title: 'each account, a month', ticks: [0, 50, 100, 150] },
      series: [{ name: 'unwanted', color: red, points: points(byAccount, ({ unwanted }) => unwanted.fact) }],
    },
  ]
  return renderFigure(
    'Unwanted and wanted letters by the price of a stamp, and unwanted ones by requests a day and by what a fact costs',
    panels,
  )
}
