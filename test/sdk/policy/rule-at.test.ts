import { fc, test as prop } from '@fast-check/vitest'
import { describe, expect, test } from 'vitest'
import { evaluateRule, formatRule, leavesOf, parseRule, readTime, ruleAt } from '../../../sdk/policy/index.ts'
import { formatTime } from '../../../sdk/policy/time.ts'
import { anyRule } from './rules.ts'

const noon = Date.parse('2026-12-01T12:00:00Z') / 1000

describe('a window of time', () => {
  test.each([
    ['before 2026-12-01T12:00:00Z', noon - 1, 'everyone'],
    ['before 2026-12-01T12:00:00Z', noon, 'nobody'],
    ['after 2026-12-01T12:00:00Z', noon - 1, 'after 2026-12-01T12:00:00Z'],
    ['after 2026-12-01T12:00:00Z', noon, 'everyone'],
    [
      'stamp 1 or (before 2027-01-01 and 1 of (after 2026-01-01, work 4))',
      noon,
      'stamp 1 or (everyone and 1 of (everyone, work 4))',
    ],
  ])('"%s" at %i is "%s"', (text, now, expected) => {
    expect(formatRule(ruleAt(parseRule(text), { now }))).toBe(expected)
  })

  test('that closed since a quote is open still; one that opened since is not', () => {
    const at = (text: string) => formatRule(ruleAt(parseRule(text), { now: noon, quotedSince: noon - 60 }))
    expect(at('before 2026-12-01T11:59:01Z')).toBe('everyone')
    expect(at('before 2026-12-01T11:59:00Z')).toBe('nobody')
    expect(at('after 2026-12-01T12:00:01Z')).toBe('after 2026-12-01T12:00:01Z')
  })

  test('that nobody judges by a time is not met, and one that opens later is what is missing', () => {
    const rule = parseRule('after 2026-12-02 or before 2026-12-01')
    expect(evaluateRule(rule, new Set()).ok).toBe(false)
    const verdict = evaluateRule(ruleAt(rule, { now: noon }), new Set())
    expect(verdict).toEqual({
      ok: false,
      missing: [{ index: 0, condition: { kind: 'after', time: '2026-12-02T00:00:00Z' } }],
    })
  })

  prop.prop([anyRule, fc.integer({ min: 0, max: 2 ** 32 })])('changes no place of a rule', (rule, now) => {
    const [before, after] = [rule, ruleAt(rule, { now })].map(leavesOf)
    expect(after?.length).toBe(before?.length)
    for (const [i, { condition }] of (before ?? []).entries())
      if (!['after', 'before'].includes(condition.kind)) expect(after?.[i]?.condition).toEqual(condition)
  })
})

describe('a moment', () => {
  test.each([
    ['2026-12-01', '2026-12-01T00:00:00Z'],
    ['2026-12-01T07:30Z', '2026-12-01T07:30:00Z'],
    ['2026-12-01T07:30:59Z', '2026-12-01T07:30:59Z'],
    ['2028-02-29', '2028-02-29T00:00:00Z'],
    ['1969-12-31', '1969-12-31T00:00:00Z'],
    ['0000-01-01', '0000-01-01T00:00:00Z'],
  ])('%s is %s', (text, expected) => {
    expect(formatTime(readTime(text) ?? Number.NaN)).toBe(expected)
  })

  test.each([
    '2026-02-30',
    '2027-02-29',
    '2026-13-01',
    '2026-12-01T24:00Z',
    '2026-12-01T23:59:60Z',
    '2026-12-01T12:00:00',
    '2026-12-01T12:00:00+01:00',
    '2026-12-01T12:00:00.5Z',
    '2026-12-01t12:00:00z',
    '2026-12-1',
    '+012026-12-01',
    '1764547200',
    '',
  ])('"%s" is none', (text) => {
    expect(readTime(text)).toBeUndefined()
  })
})
