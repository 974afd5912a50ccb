import { readFile } from 'node:fs/promises'
import { describe, expect, test } from 'vitest'
import {
  factHaul,
  facts,
  farmedCost,
  haulOf,
  lostOnPayment,
  settlingCost,
  spamCosts,
} from '../../bench/economy/costs.ts'
import { bondTable, defaults, figure, fillingOutcome, haulTable, outcomeTable } from '../../bench/economy/report.ts'
import { dollars, forgingTable, reportingOutcome } from '../../bench/economy/signers.ts'
import { simulate } from '../../bench/economy/simulate.ts'
import { unattendedRoom } from '../../service/node/index.ts'

const few = 20_000
const means = { cents: 100_000, wallets: 10_000 }

describe('a simulated month', () => {
  test('dearer stamps bring fewer unwanted letters, and keep wanted ones away', () => {
    const months = [0.1, 1, 10].map((stampPrice) => simulate({ ...defaults, stampPrice }, few))
    const [cheap, fair, dear] = months
    expect(cheap!.unwanted.stamp).toBeGreaterThan(fair!.unwanted.stamp)
    expect(fair!.unwanted.stamp).toBeGreaterThan(dear!.unwanted.stamp)
    expect(cheap!.wantedRefused).toBeLessThan(fair!.wantedRefused)
    expect(fair!.wantedRefused).toBeLessThan(dear!.wantedRefused)
  })

  test('spam takes no more requests than there is room for', () => {
    const { unwanted } = simulate({ ...defaults, requestsPerDay: 1 }, few)
    expect(unwanted.request).toBeGreaterThan(10)
    expect(unwanted.request).toBeLessThanOrEqual(0.6 * 30)
  })

  test('a fact brings as many as its account is cheap for, and hardly a wanted one', () => {
    const [rollup, mainnet, holding, none] = [facts.rollup, facts.mainnet, facts.holding, undefined].map((fact) =>
      simulate({ ...defaults, ...(fact && { fact }) }, few),
    )
    expect(rollup!.unwanted.fact).toBeGreaterThan(mainnet!.unwanted.fact)
    expect(mainnet!.unwanted.fact).toBeGreaterThan(holding!.unwanted.fact)
    expect([holding!.unwanted.fact > 0, none!.unwanted.fact]).toEqual([true, 0])
    expect(rollup!.unwantedPerAccount).toBeGreaterThan(1.8 * none!.unwantedPerAccount)
    expect(none!.wantedRefused - rollup!.wantedRefused).toBeLessThan(0.002)
  })

  test('is the same in every run', () => {
    expect(simulate(defaults, few)).toEqual(simulate(defaults, few))
  })
})

describe('a spammer', () => {
  test.each(['request', 'stamp', 'payment'] as const)('gets no more out of wallets by %s', (path) => {
    expect(haulOf(path, defaults, { ...means, wallets: 1 })).toEqual(haulOf(path, defaults, means))
  })

  test('gets as many letters out of a fact as it has accounts, and gets back what a token costs', () => {
    const [one, two] = [factHaul('mainnet', farmedCost(30)), factHaul('mainnet', 2 * farmedCost(30))]
    expect([one.accounts, two.letters]).toEqual([1, 2 * one.letters])
    expect([factHaul('holding', 4_999).letters, factHaul('holding', 5_000).accounts]).toEqual([0, 1])
    expect(factHaul('holding', 5_000).lostCents).toBeLessThan(50)
  })

  test('has to stake with every wallet', () => {
    const one = haulOf('stake', defaults, { ...means, wallets: 1 })
    expect(one.letters).toBe(16 * 30)
    expect(haulOf('stake', defaults, { cents: 500, wallets: 10_000 }).letters).toBe(0)
  })

  test('loses most of its bonds, which somebody honest does not', () => {
    const bonded = { ...defaults, payment: { base: 0, bond: 10, tip: 0 } }
    expect(spamCosts(bonded).payment).toBeGreaterThan(6.9)
  })

  test('loses bond and tip where readers give their verdict, and the base alone where none does', () => {
    const payment = { base: 0.1, bond: 2, tip: 0.5 }
    expect(lostOnPayment(payment, 0)).toBeCloseTo(0.1, 3)
    expect(lostOnPayment(payment, 0.5)).toBeCloseTo(1.35, 3)
    expect(lostOnPayment(payment, 1)).toBeCloseTo(2.6, 3)
  })
})

test('docs/economics.md says and shows what the simulation gives', async () => {
  const page = await readFile('docs/economics.md', 'utf8')
  expect(page).toContain(outcomeTable())
  expect(page).toContain(haulTable())
  expect(page).toContain(bondTable())
  expect(page).toContain(forgingTable())
  const { reward, mainnet, rollup } = reportingOutcome()
  expect(reward).toBeGreaterThan(mainnet)
  expect(page).toContain(
    `${dollars(reward)} for each signer, and costs ${dollars(mainnet)} of gas on mainnet or ${rollup.toFixed(0)} cents on a rollup`,
  )
  expect(page).toContain(`${settlingCost.toFixed(2)} cents of gas`)
  const { stamps, requests, days } = fillingOutcome()
  const places = `${unattendedRoom.letters} places within ${Math.ceil(days)} days for ${requests.toFixed(2)} cents`
  expect(page).toContain(places)
  expect(page).toContain(`Filling an address costs ${dollars(stamps)} in stamps`)
  await expect(figure(50_000)).toMatchFileSnapshot('../../docs/economics.svg')
})
