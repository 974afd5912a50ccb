import { fc, test } from '@fast-check/vitest'
import { describe, expect } from 'vitest'
import { Budget, type Money } from '../../../sdk/client/postage/budget.ts'
import { gatherEvidence } from '../../../sdk/client/postage/gather-evidence.ts'

const amount = fc.bigInt({ min: 0n, max: 20n })
const money = fc.record({ price: amount, bond: amount })
const item = fc.constantFrom('a', 'b', 'c')
const asks = fc.array(fc.record({ item, money, isPayment: fc.boolean() }), { maxLength: 30 })
const nothing: Money = { price: 0n, bond: 0n }

/** Takes what is asked for, in this order; answers what was granted. */
function takeAll(budget: Budget, all: readonly { item: string; money: Money; isPayment: boolean }[]) {
  return all.filter(({ item, money, isPayment }) =>
    isPayment ? budget.takePayment(item, money) : budget.take(item, money),
  )
}

describe('a budget', () => {
  test.prop([asks, amount, amount])(
    'is never exceeded, whatever is asked for in whatever order',
    (all, price, bond) => {
      const budget = new Budget()
      budget.begin({ maxPrice: price, maxBond: bond })
      takeAll(budget, all)
      expect(budget.spent().price <= price && budget.spent().bond <= bond).toBe(true)
    },
  )

  test.prop([asks, asks, amount, money])(
    'counts in a later call what was spent before, with every bound there is',
    (first, second, maxPrice, quoted) => {
      const budget = new Budget()
      budget.begin({ maxPrice })
      takeAll(budget, first)
      const before = budget.spent()
      const quote = { ...quoted, seconds: 0, spent: before }
      for (let call = 0; call < 3; call++) {
        budget.begin({ maxPrice, quote })
        takeAll(budget, second)
      }
      expect(budget.spent().price <= maxPrice).toBe(true)
      expect(budget.spent().price <= before.price + quoted.price).toBe(true)
      expect(budget.spent().bond <= before.bond + quoted.bond).toBe(true)
    },
  )

  test.prop([item, money, fc.nat(5)])(
    'takes the money for one thing once, however often that is asked for',
    (name, one, times) => {
      const budget = new Budget()
      budget.begin({ maxPrice: one.price, maxBond: one.bond })
      for (let i = 0; i <= times; i++) expect(budget.take(name, one)).toBe(true)
      expect(budget.spent()).toEqual(one)
      expect(budget.spent([name])).toEqual(nothing)
      expect(budget.left([name])).toMatchObject({ price: one.price, bond: one.bond })
    },
  )

  test.prop([asks, amount, money])(
    'has never less than nothing left, and a refusal takes nothing',
    (all, maxPrice, agreed) => {
      const budget = new Budget()
      for (const ask of all) {
        budget.begin({ maxPrice, maxBond: maxPrice })
        budget.agree({ ...agreed, seconds: 1, spent: nothing })
        const before = budget.spent()
        if (takeAll(budget, [ask]).length === 0) expect(budget.spent()).toEqual(before)
        const { price = 0n, bond = 0n, seconds } = budget.left()
        expect(price >= 0n && bond >= 0n && seconds >= 0).toBe(true)
      }
    },
  )

  test.prop([asks])('grants one payment in each call', (all) => {
    const budget = new Budget()
    for (let call = 0; call < 2; call++) {
      budget.begin({})
      const paid = takeAll(
        budget,
        all.map((ask) => ({ ...ask, isPayment: true })),
      )
      expect(new Set(paid.map((ask) => ask.item)).size).toBeLessThanOrEqual(1)
    }
  })

  test.prop([asks, amount])('that is copied to ask for a price changes nothing', (all, maxPrice) => {
    const budget = new Budget()
    budget.begin({ maxPrice })
    const copy = budget.copy()
    copy.begin({})
    takeAll(copy, all)
    expect(budget.spent()).toEqual(nothing)
  })

  test.prop([fc.double({ min: 0, max: 1e6, noNaN: true }), fc.double({ min: 0, max: 1e6, noNaN: true })])(
    'allows no more seconds of work than the caller, whatever was quoted',
    (maxEffort, seconds) => {
      const budget = new Budget()
      budget.begin({ maxEffort, quote: { ...nothing, seconds, spent: nothing } })
      budget.agree({ ...nothing, seconds: seconds * 2, spent: nothing })
      expect(budget.left().seconds).toBeLessThanOrEqual(maxEffort)
    },
  )

  test('leaves a quoted work the time that bad luck takes, and no call less than a minute without being told', () => {
    const budget = new Budget()
    expect([budget, budget.copy()].map((one) => one.left().seconds)).toEqual([60, 60])
    budget.begin({ maxEffort: 1000, quote: { ...nothing, seconds: 2, spent: nothing } })
    expect(budget.left().seconds).toBe(42)
  })

  test('does not cut off a work of a few hashes that a busy device is slow to begin, and begins none that was not quoted', () => {
    const secondsLeft = (seconds: number) => {
      const budget = new Budget()
      budget.begin({ quote: { ...nothing, seconds, spent: nothing } })
      return budget.left().seconds
    }
    expect([0.000_01, 0.4, 1].map(secondsLeft)).toEqual([10, 10, 21])
    expect(secondsLeft(0)).toBe(0)
  })
})

describe('work that takes longer than was allowed', () => {
  test.each([
    ['that nothing was spent, where that is so', 0n, /Nothing was spent/],
    ['that what was spent counts, where something was', 7n, /What was spent on this message counts/],
  ])('says %s', async (_, price, said) => {
    const budget = new Budget()
    budget.begin({ maxEffort: 0.02 })
    budget.take('a stamp for the letter', { price, bond: 0n })
    const buyer = { budget, purse: {}, session: { tell: () => undefined } } as never
    const quote = { conditions: [{ index: 0, condition: { kind: 'work', bits: 200 } }], stampMoney: 0n } as never
    const target = { use: new Uint8Array(32), topic: '', toward: { recipient: new Uint8Array(20) } }
    const refusal = await gatherEvidence(buyer, quote, target)
    expect(refusal).toMatchObject({ code: 'effort.too-high', message: expect.stringMatching(said) })
  })
})

describe('a limit that is none', () => {
  const spent = { price: 0n, bond: 0n }
  const quote = { price: 1n, bond: 0n, seconds: 0, spent }
  test.each<[string, object]>([
    ...['maxPrice', 'maxBond'].flatMap((name): [string, object][] =>
      [0.5, 1, '0', null, Number.NaN, -1n, {}].map((value) => [name, { [name]: value }]),
    ),
    ...['1', null, Number.NaN, -1, 1n, {}].map((value): [string, object] => ['maxEffort', { maxEffort: value }]),
    ...['1', null, 1, { base: 1 }, { bond: -1n }, { tip: null }].map((value): [string, object] => [
      'payment',
      { payment: value },
    ]),
    ...[{}, null, 1n, { ...quote, price: undefined }, { ...quote, seconds: '1' }, { ...quote, spent: {} }].map(
      (value): [string, object] => ['quote', { quote: value }],
    ),
  ])('is named: %s in %o', (name, options) => {
    const begin = () => new Budget().begin(options as never)
    expect(begin).toThrow(expect.objectContaining({ code: 'limit.malformed' }))
    expect(begin).toThrow(`\`${name}\` is `)
  })

  test.each([{}, { maxPrice: 0n, maxBond: 5n, maxEffort: 0.01, quote }, { maxEffort: Number.POSITIVE_INFINITY }])(
    'is not among %o',
    (options) => expect(() => new Budget().begin(options)).not.toThrow(),
  )
})
