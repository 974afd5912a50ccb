import { describe, expect, test } from 'vitest'
import type { Means } from '../../../sdk/client/postage/means.ts'
import type { PaymentMeans } from '../../../sdk/client/postage/payment-means.ts'
import { quoteMeans, quoteRuleFor, worthOf } from '../../../sdk/client/postage/quote.ts'
import { classIdOf } from '../../../sdk/crypto/index.ts'
import { type FactCondition, factClassOf, parseRule } from '../../../sdk/policy/index.ts'
import { factClass } from '../../../sdk/verifier/index.ts'

const token = 10n ** 18n
const none = { base: 0n, bond: 0n, tip: 0n }
const allowed: PaymentMeans = { least: token / 100n, allowed: none, maxBond: undefined, begun: undefined }
const stake = { class: 1, left: 3, nextEpochAt: 1_750_000_000, units: 8, laneTtl: 600 }
const nothing: Means = {
  now: 0,
  hasConnection: false,
  stamps: 0,
  stampPrice: 2n * token,
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
const where = { stampClass: { unitsPerTicket: 4, laneTtl: 86_400 }, isFirstContact: true }
const quote = (text: string, means: Partial<Means> = {}) => quoteMeans(parseRule(text), { ...nothing, ...means })
const begun = (rate: Partial<typeof none>, isPaid = true) => ({ rate: { ...none, ...rate }, isPaid })

describe('stakes in a quote', () => {
  test('cost nothing, and come before anything that does', () => {
    const quoted = quote('stamp 1 or request or stake 1', { stakes: [stake], stamps: 5 })
    expect(quoted).toMatchObject({ ok: true, price: 0n, effort: 0 })
    expect(quoted.ok && worthOf(quoted, where)).toEqual({ units: 8, ttl: 600 })
  })

  test('of another class do not count', () => {
    expect(quote('stake 2', { stakes: [stake] })).toMatchObject({ ok: false, code: 'policy.refused' })
  })

  test('that are used up say when the next epoch begins', () => {
    const usedUp = quote('stake 1 or stamp 1', { stakes: [{ ...stake, left: 0 }] })
    expect(usedUp).toMatchObject({ ok: false, code: 'stake.used-up', retryAt: 1_750_000_000 })
    expect(!usedUp.ok && usedUp.message).toContain('2025-06-15')
  })
})

describe('payments in a quote', () => {
  test.each<[string, string, Partial<PaymentMeans>, object]>([
    [
      'cost base and tip; the bond is apart',
      'postage 1 and bond 5 and tip 0.5',
      {},
      { price: (3n * token) / 2n, payment: { base: token, bond: 5n * token, tip: token / 2n } },
    ],
    [
      'are at least the least',
      'tip 1',
      {},
      { price: token + token / 100n, payment: { base: token / 100n, tip: token } },
    ],
    [
      'are as much as the sender likes',
      'postage 1',
      { allowed: { ...none, tip: token } },
      { price: 2n * token, payment: { base: token, bond: 0n, tip: token } },
    ],
    [
      'already made cost nothing more',
      'postage 1',
      { allowed: undefined, begun: begun({ base: token }) },
      { price: 0n, payment: { base: token } },
    ],
    [
      'begun and not made cost what they will',
      'postage 1',
      { begun: begun({ base: 3n * token }, false) },
      { price: 3n * token, payment: { base: 3n * token } },
    ],
    [
      'already made but too small are made again',
      'postage 2',
      { begun: begun({ base: token }) },
      { price: 2n * token, payment: { base: 2n * token } },
    ],
  ])('%s', (_, text, means, expected) => {
    expect(quote(text, { payment: { ...allowed, ...means } })).toMatchObject({ ok: true, ...expected })
  })

  test('are chosen by price among other ways', () => {
    expect(quote('postage 1 or stamp 1', { payment: allowed, stamps: 9 })).toMatchObject({ price: token, stamps: 0 })
    expect(quote('postage 3 or stamp 1', { payment: allowed, stamps: 9 })).toMatchObject({
      price: 2n * token,
      stamps: 1,
    })
  })

  test.each<[string, string, Partial<Means>, string]>([
    ['not allowed', 'postage 1', {}, 'payment.not-allowed'],
    [
      'not allowed, and begun without being made',
      'postage 1',
      { payment: { ...allowed, allowed: undefined, begun: begun({ base: token }, false) } },
      'payment.not-allowed',
    ],
    [
      'too dear',
      'postage 1 and tip 1',
      { payment: allowed, left: { price: token, bond: undefined, seconds: 60 } },
      'price.too-high',
    ],
    ['with too high a bond', 'bond 3', { payment: { ...allowed, maxBond: 2n * token } }, 'bond.too-high'],
    ['asked for twice', 'postage 1 and postage 2', { payment: allowed }, 'policy.refused'],
    ['of a network that takes none', 'stake 1 and postage 1', { payment: allowed }, 'policy.refused'],
  ])('%s are refused', (_, text, means, code) => {
    expect(quote(text, means)).toMatchObject({ ok: false, code })
  })

  test('that are new are only counted where nothing else will do', async () => {
    const means = async () => ({ ...nothing, payment: allowed })
    expect(await quoteRuleFor(parseRule('postage 1 or request'), means)).toMatchObject({ price: 0n, effort: 2 ** 20 })
    expect(await quoteRuleFor(parseRule('postage 1'), means)).toMatchObject({ price: token })
  })

  test('are worth 64 units', () => {
    const quoted = quote('postage 1', { payment: allowed })
    expect(quoted.ok && worthOf(quoted, where).units).toBe(64)
  })
})

describe('facts in a quote', () => {
  const text = 'age eip155:1 >= 90 days'
  const fact = parseRule(text) as FactCondition
  const held = (issuers: number) => [{ classId: classIdOf(factClassOf(fact)), issuers }]

  test('cost nothing, come before any stamp, and open a lane of the worth of a fact', () => {
    const quoted = quote(`stamp 1 or ${text}`, { facts: held(1), stamps: 5 })
    expect(quoted).toMatchObject({ ok: true, price: 0n, stamps: 0, conditions: [{ index: 1 }] })
    expect(quoted.ok && worthOf(quoted, where)).toEqual({ units: factClass.unitsPerTicket, ttl: factClass.laneTtl })
  })

  test('add up over the issuers that are asked for, and count where so many have attested them', () => {
    const asked = `${text} by 2 issuers`
    const quoted = quote(asked, { facts: held(2) })
    expect(quoted.ok && worthOf(quoted, where).units).toBe(2 * factClass.unitsPerTicket)
    expect(quote(asked, { facts: held(1) })).toMatchObject({ ok: false, code: 'fact.missing' })
  })

  test('that nobody has attested are named, with the condition to ask for', () => {
    const refusal = quote(`stake 1 or ${text}`)
    expect(refusal).toMatchObject({ ok: false, code: 'fact.missing' })
    expect(refusal.ok || refusal.message).toContain(`Delivery takes a fact that is attested: ${text}.`)
    expect(refusal.ok || refusal.missing.map(({ price }) => price)).toEqual([undefined, undefined])
    const other = held(1).map((one) => ({ ...one, classId: one.classId + 1n }))
    expect(quote(text, { facts: other })).toMatchObject({ ok: false, code: 'fact.missing' })
  })

  test('are no price, though they have an amount', () => {
    const refusal = quote(`holds eip155:1/slip44:60 >= 0.5`)
    expect(refusal.ok || refusal.missing.map(({ price }) => price)).toEqual([undefined])
  })
})
