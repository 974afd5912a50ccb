import { describe, expect, test } from 'vitest'
import {
  type Condition,
  conditionKinds,
  formatRule,
  isCondition,
  parseRule,
  type Rule,
} from '../../sdk/policy/index.ts'
import { composeAs, joinAt, type Path, removeAt, replaceAt } from '../../web/rule/change-rule.ts'
import { draftOf, emptyDraft, fieldsOf, readDraft } from '../../web/rule/condition-draft.ts'
import { fieldWords, kindWords } from '../../web/rule/condition-words.ts'
import { priceRule } from '../../web/rule/price-rule.ts'

const token = { decimals: 18 }
const stamp: Condition = { kind: 'stamp', count: 1 }
const textOf = (rule: Rule | undefined) => rule && formatRule(rule, token)

describe('a rule that is changed by choosing', () => {
  test.each<[string, Path, 'all' | 'any', string]>([
    ['request', [], 'any', 'request or stamp 1'],
    ['request', [], 'all', 'request and stamp 1'],
    ['request or work 20', [1], 'any', 'request or work 20 or stamp 1'],
    ['request or work 20', [0], 'any', 'request or stamp 1 or work 20'],
    ['request or work 20', [1], 'all', 'request or (work 20 and stamp 1)'],
    ['request or (work 20 and tip 1)', [1, 0], 'all', 'request or (work 20 and stamp 1 and tip 1)'],
    ['request or (work 20 and tip 1)', [1, 0], 'any', 'request or ((work 20 or stamp 1) and tip 1)'],
    ['2 of (request, work 20)', [0], 'all', '2 of (request and stamp 1, work 20)'],
  ])('has in “%s” at %j beside it, with %s, a stamp: %s', (text, path, kind, expected) => {
    const joined = joinAt(parseRule(text), path, { kind, condition: stamp })
    expect(textOf(joined)).toBe(expected)
    expect(parseRule(expected)).toEqual(joined)
  })

  test.each<[string, Path, string | undefined]>([
    ['request', [], undefined],
    ['request or work 20', [0], 'work 20'],
    ['request or (work 20 and tip 1)', [1, 1], 'request or work 20'],
    ['request and (work 20 or (tip 1 and stamp 1))', [1, 0], 'request and tip 1 and stamp 1'],
    ['2 of (request, work 20)', [0], 'work 20'],
    ['3 of (request, work 20, tip 1)', [2], '2 of (request, work 20)'],
    ['tip 1 and 1 of (request, work 20)', [1, 0], 'tip 1 and work 20'],
  ])('is “%s” without what lies at %j: %s', (text, path, expected) => {
    expect(textOf(removeAt(parseRule(text), path))).toBe(expected)
  })

  test('has something else at a place, and is composed in another way', () => {
    expect(textOf(replaceAt(parseRule('request or (work 20 and tip 1)'), [1, 0], stamp))).toBe(
      'request or (stamp 1 and tip 1)',
    )
    const three = parseRule('request or work 20 or tip 1')
    if (isCondition(three)) return expect.fail('It is one.')
    expect(textOf(composeAs(three, 'all'))).toBe('request and work 20 and tip 1')
    for (const [asked, count] of [
      [2, 2],
      [9, 3],
      [0, 1],
      [Number.NaN, 1],
      [2.9, 2],
    ] as const) {
      expect(composeAs(three, 'atLeast', asked)).toMatchObject({ kind: 'atLeast', count })
    }
  })
})

const address = `0x${'ab'.repeat(20)}`
const hash = `0x${'cd'.repeat(32)}`

/** What somebody fills in where an empty form does not do. */
const filled: Partial<Record<Condition['kind'], Record<string, string>>> = {
  postage: { amount: '0.1' },
  bond: { amount: '2' },
  tip: { amount: ' 0.5 ' },
  holds: { asset: `eip155:1/erc721:${address}` },
  connected: { resolver: `eip155:1:${address}`, granter: address },
  attested: { service: `eip155:1:${address}`, schema: hash, attester: address, where: 'score >= 40' },
  interacted: { contract: `eip155:1:${address}` },
  member: { root: hash },
  after: { time: '2026-12-01' },
  before: { time: '2026-12-01T12:00Z' },
}

describe('a condition that is filled in', () => {
  test.each(conditionKinds.map((kind) => [kind] as const))('%s, and is the same when it is changed again', (kind) => {
    const empty = emptyDraft(kind)
    expect(typeof readDraft(empty, token) === 'string').toBe(kind in filled)
    const read = readDraft({ kind, values: { ...empty.values, ...filled[kind] } }, token)
    if (typeof read === 'string') return expect.fail(read)
    expect(read.kind).toBe(kind)
    expect(readDraft(draftOf(read, token), token)).toEqual(read)
    expect(parseRule(formatRule(read, token), token)).toEqual(read)
    expect(kindWords[kind]).not.toBe('')
    for (const { name, label } of fieldsOf(kind)) expect(label).toBe(fieldWords[name])
  })

  test('by two issuers, which need not be said', () => {
    const { values } = emptyDraft('age')
    expect(values).toEqual({ chain: 'eip155:1', days: '90', issuers: '' })
    expect(readDraft({ kind: 'age', values: { ...values, issuers: '2' } }, token)).toMatchObject({ issuers: 2 })
  })

  test.each<[string, Parameters<typeof readDraft>[0], RegExp]>([
    ['no number', { kind: 'stamp', values: { count: 'many' } }, /takes a count from 1 to 64/],
    ['too many', { kind: 'stamp', values: { count: '65' } }, /takes a count from 1 to 64/],
    ['nothing', { kind: 'stamp', values: {} }, /takes a count from 1 to 64/],
    ['a fraction of an atom', { kind: 'tip', values: { amount: `0.${'0'.repeat(18)}1` } }, /has 19 decimal places/],
    ['a wrong address', { kind: 'interacted', values: { contract: 'eip155:1:0x12' } }, /takes a contract by CAIP-10/],
  ])('with %s is none, and says why', (_, draft, fault) => {
    expect(readDraft(draft, token)).toMatch(fault)
  })
})

describe('what a stranger pays', () => {
  const pricesOf = (text: string, price: bigint | undefined = 10n) =>
    priceRule(parseRule(text, { decimals: 0 }), price, { decimals: 0 }).map(({ price }) => price)

  test.each<[string, string[]]>([
    ['stamp 2', ['20 tokens']],
    ['request or stamp 1 or everyone', ['computing time', '10 tokens', 'nothing']],
    ['postage 1 and bond 2 and tip 3', ['4 tokens, 2 tokens as a bond']],
    [
      'connection or (age eip155:1 >= 90 days and stamp 1)',
      ['nothing, from those of whom it is so', '10 tokens, from those of whom it is so'],
    ],
    ['work 20 and (stamp 1 or postage 3)', ['3 tokens, computing time']],
    ['nobody', ['nobody can']],
    ['stake 1', ['nothing, from those of whom it is so']],
  ])('by “%s”: %j', (text, prices) => {
    expect(pricesOf(text)).toEqual(prices)
  })

  test('says no amount where nobody knows what a stamp costs', () => {
    expect(priceRule(parseRule('stamp 2 or request'), undefined, token)).toMatchObject([
      { condition: 'stamp 2', explanation: 'you use 2 stamps', price: 'stamps' },
      { price: 'computing time' },
    ])
  })
})
