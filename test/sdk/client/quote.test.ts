import { describe, expect, test } from 'vitest'
import { Budget } from '../../../sdk/client/postage/budget.ts'
import type { Means } from '../../../sdk/client/postage/means.ts'
import { type CountStamps, meansOf } from '../../../sdk/client/postage/offer.ts'
import { quoteMeans, quoteRuleFor, worthOf } from '../../../sdk/client/postage/quote.ts'
import { revealsOf } from '../../../sdk/client/postage/reveals.ts'
import { describeMissing } from '../../../sdk/client/session/describe-missing.ts'
import { classIdOf } from '../../../sdk/crypto/index.ts'
import { effectiveRule, factClassOf, parseRule } from '../../../sdk/policy/index.ts'
import { factOf } from '../../helpers/credentials.ts'

const noon = Date.parse('2026-12-01T12:00:00Z') / 1000
const nothing: Means = {
  now: noon,
  hasConnection: false,
  stamps: 0,
  stampPrice: 10n,
  stakes: [],
  facts: [],
  claims: [],
  payment: undefined,
  requestBits: 20,
  decimals: 18,
  hashRate: 1_000_000,
  left: { price: undefined, bond: undefined, seconds: 60 },
  spent: { price: 0n, bond: 0n },
  without: new Set(),
}
const rich: Means = { ...nothing, hasConnection: true, stamps: 100 }
const quote = (text: string, means: Partial<Means> = {}) => quoteMeans(parseRule(text), { ...nothing, ...means })

describe('meansOf', () => {
  test.each<[CountStamps, 'auto' | 'none', number]>([
    ['with-stamps', 'auto', 1],
    ['with-stamps', 'none', 0],
    ['without-stamps', 'auto', 0],
    ['without-stamps', 'none', 0],
  ])('%s and postage %s reads the balance, which may need a prover, %i times', async (count, postage, times) => {
    const asked: number[] = []
    const purse = {
      stamps: { balance: async () => ({ stamps: asked.push(1) }) },
      stakeNotes: { available: async () => [] },
      factNotes: { available: async () => [] },
      factClaims: { available: async () => [] },
      stampTerms: async () => undefined,
    }
    const buyer = {
      session: { network: { requestBits: 8 }, clock: { seconds: () => noon } },
      purse,
      budget: new Budget(),
    } as never
    const { stamps, now } = await meansOf(buyer, { postage, hasConnection: false, count, again: [] })
    expect([asked.length, stamps, now]).toEqual([times, times === 1 ? 1 : undefined, noon])
  })
})

describe('quoteMeans', () => {
  test.each([
    ['everyone', {}, { price: 0n, stamps: 0, explanation: 'nothing is asked' }],
    ['connection or stamp 1', { hasConnection: true, stamps: 5 }, { price: 0n, stamps: 0 }],
    ['connection or stamp 2', { stamps: 5 }, { price: 20n, stamps: 2 }],
    ['request or stamp 1', { stamps: 5 }, { price: 0n, effort: 2 ** 20 }],
    ['request or stamp 1', { stamps: 5, without: new Set(['request'] as const) }, { price: 10n, effort: 0 }],
    ['work 8 and stamp 1', { stamps: 1 }, { price: 10n, effort: 256 }],
    ['2 of (stamp 1, stamp 2, connection)', rich, { price: 10n, stamps: 1 }],
    ['stamp 1', { stamps: undefined }, { price: 10n, stamps: 1 }],
    ['stamp 1 or before 2026-12-01T12:00:01Z', { stamps: 5 }, { price: 0n, stamps: 0 }],
    ['stamp 1 or before 2026-12-01T12:00Z', { stamps: 5 }, { price: 10n, stamps: 1 }],
    ['stamp 2 and after 2026-12-01T12:00Z', { stamps: 5 }, { price: 20n, stamps: 2 }],
  ] as const)('finds the cheapest way through "%s"', (text, means, expected) => {
    expect(quote(text, means)).toMatchObject({ ok: true, ...expected })
  })

  test.each([
    ['stamp 1', {}, 'stamps.missing'],
    ['stamp 3', { stamps: 2 }, 'stamps.missing'],
    ['stamp 3', { stamps: 5, left: { price: 29n, bond: undefined, seconds: 60 } }, 'price.too-high'],
    ['connection', { stamps: 5 }, 'policy.refused'],
    ['nobody', rich, 'policy.refused'],
    ['before 2026-12-01T12:00Z', rich, 'policy.refused'],
    ['after 2026-12-02 and connection', {}, 'policy.refused'],
    [
      'after 2026-12-02 and stamp 3',
      { stamps: 5, left: { price: 29n, bond: undefined, seconds: 60 } },
      'policy.refused',
    ],
    ['after 2026-12-02 or stamp 1', {}, 'stamps.missing'],
    ['stamp 1', { stamps: 5, stampPrice: undefined }, 'policy.refused'],
    ['stamp 1', { stamps: 5, without: new Set(['stamp'] as const) }, 'policy.refused'],
    ['request', { requestBits: 60 }, 'effort.too-high'],
    ['work 28', {}, 'effort.too-high'],
    ['work 20 and work 20', { left: { price: 0n, bond: undefined, seconds: 1.5 } }, 'effort.too-high'],
    ['work 8', { left: { price: 0n, bond: undefined, seconds: 0 } }, 'effort.too-high'],
  ] as const)('refuses "%s" where the sender has no way', (text, means, code) => {
    expect(quote(text, means)).toMatchObject({ ok: false, code })
  })

  const allowed = { base: 0n, bond: 3n, tip: 0n }
  test.each([
    [
      'postage 1',
      { payment: { least: 0n, allowed, maxBond: 1n, begun: undefined } },
      /bond of 0\.000000003 tokens; at most 0\.000000001 tokens may/,
    ],
    [
      'bond 5',
      { payment: { least: 0n, allowed, maxBond: 4n, begun: undefined } },
      /bond of 5000000000 tokens; at most 0\.000000004 tokens may/,
    ],
    ['work 20', { left: { price: 0n, bond: undefined, seconds: 0.01 } }, /about 2 seconds of work; at most 0\.01 are/],
  ] as const)('says of "%s" what it takes, and what was allowed', (text, means, message) => {
    const refusal = quote(text, { ...means, decimals: 9 })
    expect(!refusal.ok && refusal.message).toMatch(message)
  })

  test('names conditions by their place in the effective rule, as evidence must', () => {
    const rule = effectiveRule(parseRule('everyone'), parseRule('request and stamp 1'))
    const quoted = quoteMeans(rule, { ...nothing, stamps: 1 })
    expect(quoted.ok && quoted.conditions.map(({ index, condition }) => [index, condition.kind])).toEqual([
      [2, 'request'],
      [3, 'stamp'],
    ])
  })
})

describe('facts in the own name', () => {
  const age = 'age eip155:1 >= 90 days'
  const held = (text: string) => ({ classId: classIdOf(factClassOf(factOf(text))), issuers: 1 })
  const asking = (rule: string, means: Partial<Means>) =>
    quoteRuleFor(parseRule(rule), async () => ({ ...nothing, ...means }))
  const coin = 'holds eip155:1/slip44:60 >= 1'
  const claims = [held(age)]

  test.each<[string, string, Partial<Means>, boolean | string]>([
    ['are shown where nothing else will do', age, { claims }, true],
    ['are not shown where a note will do', age, { claims, facts: [held(age)] }, false],
    ['are not shown where a stamp will do, whatever it costs', `${age} or stamp 1`, { claims, stamps: 1 }, false],
    ['are not shown where work will do', `${age} or work 10`, { claims }, false],
    ['are shown where the stamp is missing', `${age} or stamp 1`, { claims, stamps: 0 }, true],
    ['go with a stamp', `${age} and stamp 1`, { claims, stamps: 1 }, true],
    [
      'do not go with a note',
      `${age} and age eip155:1 >= 9 days`,
      { claims, facts: [held('age eip155:1 >= 9 days')] },
      'fact.missing',
    ],
    ['go together', `${age} and age eip155:1 >= 9 days`, { claims: [...claims, held('age eip155:1 >= 9 days')] }, true],
    ['are not proofs, which are of nobody else', `${coin} by proof`, { claims: [held(coin)] }, 'fact.missing'],
    ['are proofs', `${coin} by proof`, { claims: [{ ...held(coin), issuers: 0, proven: `${coin} by proof` }] }, true],
    [
      'are no proofs where an issuer is asked',
      coin,
      { claims: [{ ...held(coin), issuers: 0, proven: `${coin} by proof` }] },
      'fact.missing',
    ],
    ['are of as many issuers as are asked for', `${age} by 2 issuers`, { claims }, 'fact.missing'],
    ['are nothing where none is asked for', 'stamp 1', { claims, stamps: 1 }, false],
  ])('%s', async (_, rule, means, expected) => {
    const quote = await asking(rule, means)
    expect(quote.ok ? quote.byName : quote.code).toBe(expected)
  })

  test('are said before they are shown: what the issuer, the node and the recipient learn', async () => {
    const named = await asking(age, { claims })
    if (!named.ok) throw new Error(named.message)
    expect(named.explanation).toMatch(/, in your own name$/)
    const reveals = revealsOf(named.conditions, named.byName)
    expect(reveals).toMatchObject({
      byName: true,
      node: expect.stringMatching(/learns your account, that it has age eip155:1 90/),
    })
    expect(revealsOf(named.conditions, false)).toMatchObject({ byName: false, node: expect.stringMatching(/not who/) })
    expect(revealsOf([], false)).toBeUndefined()
  })
})

test('where nothing lacks but that a window opens, the refusal says when', () => {
  const refusal = quote('(after 2026-12-03 and stamp 1) or (after 2026-12-02 and after 2026-12-01T13:00Z)', {
    stamps: 5,
  })
  expect(refusal).toMatchObject({
    code: 'policy.not-yet',
    message: 'Delivery is possible from 2026-12-02T00:00:00Z on.',
    retryAt: Date.parse('2026-12-02') / 1000,
  })
})

describe('quoteRuleFor', () => {
  test('counts stamps, which may need a prover, only where nothing else will do', async () => {
    const asked: string[] = []
    const means = async (count: 'with-stamps' | 'without-stamps') => {
      asked.push(count)
      return { ...nothing, stamps: count === 'with-stamps' ? 5 : undefined }
    }
    expect(await quoteRuleFor(parseRule('request or stamp 1'), means)).toMatchObject({ price: 0n })
    expect(asked).toEqual(['without-stamps'])
    expect(await quoteRuleFor(parseRule('stamp 1'), means)).toMatchObject({ price: 10n })
    expect(asked).toEqual(['without-stamps', 'without-stamps', 'with-stamps'])
  })
})

describe('describeMissing', () => {
  test.each([
    ['(stamp 1 and bond 1) or (stamp 1 and tip 1)', ['stamp 1', 'bond 1', 'tip 1']],
    ['(stamp 1 and bond 1) or (stamp 2 and bond 1)', ['stamp 1', 'bond 1', 'stamp 2']],
    ['stamp 1 and (connection or stamp 1)', ['stamp 1', 'connection', 'stamp 1']],
    ['stamp 1 or (stamp 1 and stamp 1) or stamp 1', ['stamp 1', 'stamp 1']],
    ['2 of (stamp 1, stamp 1, connection)', ['stamp 1', 'stamp 1', 'connection']],
  ])('of "%s" names what ways share once, and as often as one way takes it', (rule, expected) => {
    expect(describeMissing(parseRule(rule), {}).map(({ condition }) => condition)).toEqual(expected)
  })

  test('lists what would help, with prices, and nothing that nobody or everybody meets', () => {
    const missing = describeMissing(parseRule('everyone and (connection or stamp 2 or nobody)'), { stampPrice: 10n })
    expect(missing.map(({ condition, price }) => [condition, price])).toEqual([
      ['connection', undefined],
      ['stamp 2', 20n],
    ])
    expect(describeMissing(parseRule('nobody'), { stampPrice: 10n })).toEqual([])
  })
})

describe('the units that a lane is worth', () => {
  test.each([
    ['request', 1],
    ['request and stamp 1', 1],
    ['stamp 2', 8],
    ['connection', 16],
    ['everyone', 16],
    ['work 4', 16],
    ['stamp 5', 20],
  ])('of "%s" is %i', (text, units) => {
    const quoted = quoteMeans(parseRule(text), rich)
    const where = { stampClass: { unitsPerTicket: 4, laneTtl: 86_400 }, isFirstContact: true }
    expect(quoted.ok && worthOf(quoted, where).units).toBe(units)
  })
})
