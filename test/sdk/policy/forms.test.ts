import { fc, test as prop } from '@fast-check/vitest'
import { describe, expect, test } from 'vitest'
import { decodeRule, encodeRule } from '../../../sdk/codec/policy.ts'
import { BaseError } from '../../../sdk/errors.ts'
import { formatRule, parseRule, type Rule, ruleFromJson } from '../../../sdk/policy/index.ts'
import { anyRule } from './rules.ts'

describe('the forms of a rule', () => {
  prop.prop([anyRule])('text, JSON and protobuf round-trip', (rule) => {
    expect(parseRule(formatRule(rule))).toEqual(rule)
    expect(ruleFromJson(JSON.parse(JSON.stringify(rule)))).toEqual(rule)
    expect(decodeRule(encodeRule(rule))).toEqual(rule)
  })

  test.each<[string, Rule]>([
    ['connection', { kind: 'connection' }],
    ['stamp 3', { kind: 'stamp', count: 3 }],
    ['request or stamp 1', { kind: 'any', of: [{ kind: 'request' }, { kind: 'stamp', count: 1 }] }],
    [
      'request or stamp 1 and work 20',
      {
        kind: 'any',
        of: [
          { kind: 'request' },
          {
            kind: 'all',
            of: [
              { kind: 'stamp', count: 1 },
              { kind: 'work', bits: 20 },
            ],
          },
        ],
      },
    ],
    ['  ( ( everyone ) )  ', { kind: 'everyone' }],
    ['1 of (request, stamp 1)', { kind: 'atLeast', count: 1, of: [{ kind: 'request' }, { kind: 'stamp', count: 1 }] }],
  ])('"%s" reads as a sentence', (text, rule) => {
    expect(parseRule(text)).toEqual(rule)
  })

  test.each([
    ['', 'ends too early'],
    ['stamp', 'ends too early'],
    ['stamp 0', 'from 1 to 64'],
    ['stamp 65', 'from 1 to 64'],
    ['stamp -1', 'expected a number'],
    ['stamp 1e9', 'expected a number'],
    ['stamp 1 or', 'ends too early'],
    ['stamp 1 request', 'expected "and", "or" or the end'],
    ['(request', 'ends too early'],
    ['telepathy', 'unknown condition "telepathy"'],
    ['constructor', 'unknown condition "constructor"'],
    ['3 of (request, nobody)', 'cannot meet 3 of 2'],
    ['0 of (request)', 'cannot meet 0 of 1'],
    [`${'('.repeat(4000)}request`, 'nests deeper'],
    [Array.from({ length: 65 }, () => 'request').join(' or '), 'more than 64 conditions'],
    ['x'.repeat(8193), 'longer than 8192'],
  ])('"%.40s" is refused', (text, message) => {
    expect(() => parseRule(text)).toThrow(message)
  })

  test.each([
    [null],
    [{}],
    [{ kind: 'stamp' }],
    [{ kind: 'stamp', count: '1' }],
    [{ kind: 'stamp', count: 1, price: 2 }],
    [{ kind: 'stamp', count: 1.5 }],
    [{ kind: 'all', of: [] }],
    [{ kind: 'all', of: 'request' }],
    [{ kind: 'all', of: [{ kind: 'request' }], count: 1 }],
    [{ kind: 'atLeast', of: [{ kind: 'request' }] }],
    [{ kind: 'any', of: [[[]]] }],
  ])('the JSON %j is refused', (value) => {
    expect(() => ruleFromJson(value)).toThrow(BaseError)
  })

  test('a single part is the part itself in every form', () => {
    expect(ruleFromJson({ kind: 'any', of: [{ kind: 'all', of: [{ kind: 'request' }] }] })).toEqual({ kind: 'request' })
  })

  prop.prop([fc.uint8Array({ maxLength: 200 })])('random bytes give a rule or a typed error', (bytes) => {
    expectTyped(() => decodeRule(bytes))
  })

  prop.prop([fc.string()])('random text gives a rule or a typed error', (text) => {
    expectTyped(() => parseRule(text))
  })

  prop.prop([fc.jsonValue()])('random JSON gives a rule or a typed error', (value) => {
    expectTyped(() => ruleFromJson(value))
  })
})

function expectTyped(read: () => Rule): void {
  try {
    expect(parseRule(formatRule(read()))).toBeDefined()
  } catch (error) {
    expect(error).toBeInstanceOf(BaseError)
  }
}
