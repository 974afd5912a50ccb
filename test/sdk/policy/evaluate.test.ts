import { fc, test as prop } from '@fast-check/vitest'
import { describe, expect, test } from 'vitest'
import {
  effectiveRule,
  effectiveUnattendedRule,
  evaluateRule,
  explainRule,
  formatRule,
  leavesOf,
  parseRule,
  quoteRule,
} from '../../../sdk/policy/index.ts'
import { anyRule } from './rules.ts'

describe('evaluateRule', () => {
  test.each<[string, number[], boolean]>([
    ['everyone', [], true],
    ['nobody', [0], false],
    ['stamp 1', [], false],
    ['stamp 1', [0], true],
    ['request and stamp 1', [0], false],
    ['request and stamp 1', [0, 1], true],
    ['request or stamp 1', [1], true],
    ['2 of (request, stamp 1, work 9)', [0], false],
    ['2 of (request, stamp 1, work 9)', [0, 2], true],
    ['(request or nobody) and (nobody or stamp 1)', [1, 2], false],
    ['(request or nobody) and (nobody or stamp 1)', [0, 3], true],
  ])('"%s" with conditions %j is %s', (text, satisfied, ok) => {
    expect(evaluateRule(parseRule(text), new Set(satisfied)).ok).toBe(ok)
  })

  test('a refusal names every condition that would help, and none that cannot', () => {
    const verdict = evaluateRule(parseRule('(request or nobody) and stamp 2'), new Set([0]))
    expect(verdict).toEqual({ ok: false, missing: [{ index: 2, condition: { kind: 'stamp', count: 2 } }] })
  })

  prop.prop([anyRule, fc.array(fc.nat(30)), fc.array(fc.nat(30))])('more evidence never hurts', (rule, some, more) => {
    const before = evaluateRule(rule, new Set(some))
    if (before.ok) expect(evaluateRule(rule, new Set([...some, ...more])).ok).toBe(true)
  })

  prop.prop([anyRule])('what is missing is enough, unless nothing is', (rule) => {
    const verdict = evaluateRule(rule, new Set())
    const everything = evaluateRule(rule, new Set(leavesOf(rule).map(({ index }) => index)))
    if (verdict.ok || !everything.ok) return
    expect(evaluateRule(rule, new Set(verdict.missing.map(({ index }) => index))).ok).toBe(true)
  })
})

describe('quoteRule', () => {
  const price = ({ kind, ...values }: { kind: string }) => {
    if (kind === 'stamp') return { money: 10n * BigInt((values as { count: number }).count), effort: 0 }
    if (kind === 'work') return { money: 0n, effort: 2 ** (values as { bits: number }).bits }
    return undefined
  }

  test.each<[string, bigint | undefined, number[]]>([
    ['everyone', 0n, []],
    ['nobody', undefined, []],
    ['connection or stamp 3', 30n, [1]],
    ['stamp 3 or stamp 2', 20n, [1]],
    ['stamp 1 or work 20', 0n, [1]],
    ['work 20 or work 10 or work 15', 0n, [1]],
    ['work 10 or work 20', 0n, [0]],
    ['(work 30 and work 30) or (work 29 and work 29 and work 29)', 0n, [2, 3, 4]],
    ['stamp 1 and stamp 2', 30n, [0, 1]],
    ['2 of (stamp 5, stamp 1, stamp 2)', 30n, [1, 2]],
    ['stamp 1 and connection', undefined, []],
  ])('the cheapest way through "%s" costs %s', (text, money, indexes) => {
    const quote = quoteRule(parseRule(text), price)
    expect(quote?.money).toBe(money)
    expect(quote?.conditions.map(({ index }) => index) ?? []).toEqual(indexes)
  })

  test.each([
    ['everyone', 0],
    ['work 4', 16],
    ['work 4 and stamp 1 and work 5 and everyone', 48],
  ])('and "%s" takes %s hashes', (text, effort) => {
    expect(quoteRule(parseRule(text), price)?.effort).toBe(effort)
  })

  prop.prop([anyRule])('the quoted conditions are enough', (rule) => {
    const quote = quoteRule(rule, () => ({ money: 1n, effort: 1 }))
    if (quote) expect(evaluateRule(rule, new Set(quote.conditions.map(({ index }) => index))).ok).toBe(true)
  })
})

test('a first contact needs the floor, and the connection or the rule', () => {
  const rule = effectiveRule(parseRule('work 8'), parseRule('request or stamp 1'))
  expect(leavesOf(rule).map(({ condition }) => condition.kind)).toEqual(['work', 'connection', 'request', 'stamp'])
  expect(evaluateRule(rule, new Set([1])).ok).toBe(false)
  expect(evaluateRule(rule, new Set([0, 1])).ok).toBe(true)
})

test('mail to an unattended address needs the floor and the rule, and nothing that only a recipient could grant', () => {
  const floor = parseRule('connection or 2 of (request, work 8, stamp 1)')
  const rule = effectiveUnattendedRule(floor, parseRule('stamp 2'))
  expect(formatRule(rule)).toBe('(nobody or 2 of (nobody, work 8, stamp 1)) and stamp 2')
  expect(leavesOf(rule)).toHaveLength(leavesOf(floor).length + 1)
  expect(evaluateRule(rule, new Set([4])).ok).toBe(false)
  expect(evaluateRule(rule, new Set([2, 3])).ok).toBe(false)
  expect(evaluateRule(rule, new Set([2, 3, 4])).ok).toBe(true)
})

test('a rule explains itself in words', () => {
  expect(explainRule(parseRule('connection or (stamp 2 and work 20)'))).toBe(
    'the recipient has connected with you, or (you use 2 stamps, and you spend computing time (20 bits of work))',
  )
})
