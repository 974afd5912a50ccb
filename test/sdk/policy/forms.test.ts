import { fc, test as prop } from '@fast-check/vitest'
import { describe, expect, test } from 'vitest'
import { decodeRule, encodeRule } from '../../../sdk/codec/policy.ts'
import { BaseError } from '../../../sdk/errors.ts'
import { formatAmount, formatRule, parseAmount, parseRule, type Rule, ruleFromJson } from '../../../sdk/policy/index.ts'
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
    ['stake 2', { kind: 'stake', class: 2 }],
    ['tip 0.5', { kind: 'tip', amount: '0.5' }],
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
    ['stake 0', 'from 1 to 1000000'],
    ['postage', 'ends too early'],
    ['postage 0', 'an amount of tokens'],
    ['bond 0.50', 'an amount of tokens'],
    ['bond .5', 'an amount of tokens'],
    ['tip -1', 'an amount of tokens'],
    ['tip 1e3', 'an amount of tokens'],
    ['tip 0.0000000000000000001', 'an amount of tokens'],
    ['tip 79228162515', 'an amount of tokens'],
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
    [{ kind: 'tip', amount: 1 }],
    [{ kind: 'tip', amount: ' 1' }],
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

describe('amounts', () => {
  prop.prop([fc.bigInt({ min: 0n, max: 2n ** 96n - 1n })])('have one text each, which is read back', (amount) => {
    expect(parseAmount(formatAmount(amount))).toBe(amount)
  })

  prop.prop([fc.string({ unit: fc.constantFrom('0', '1', '9', '.', '-', 'e', ' ') })])(
    'are read from that text only',
    (text) => {
      const amount = parseAmount(text)
      if (amount !== undefined) expect(formatAmount(amount)).toBe(text)
    },
  )
})

function expectTyped(read: () => Rule): void {
  try {
    expect(parseRule(formatRule(read()))).toBeDefined()
  } catch (error) {
    expect(error).toBeInstanceOf(BaseError)
  }
}
