import { create } from '@bufbuild/protobuf'
import { fc, test as prop } from '@fast-check/vitest'
import { describe, expect, test } from 'vitest'
import { decodeRule, encodeRule, ruleFromMessage } from '../../../sdk/codec/policy.ts'
import { checksumAddress, toBytes32 } from '../../../sdk/crypto/index.ts'
import { BaseError } from '../../../sdk/errors.ts'
import { RuleSchema } from '../../../sdk/generated/proto/pennypost/v1/policy_pb.ts'
import {
  explainRule,
  formatAmount,
  formatRule,
  parseAmount,
  parseRule,
  type Rule,
  ruleFromJson,
  ruleToJson,
} from '../../../sdk/policy/index.ts'
import { depthOf } from '../../../sdk/policy/rule.ts'
import { anyRule } from './rules.ts'

const tokens = [0, 6, 8, 18]

const moonbirds = '0x23581767a106ae21c074b2276d25e5c3e136a68b'
const moonbirds10 = `eip155:10:${moonbirds}`
const checksummed = checksumAddress(moonbirds)
const attestation = {
  kind: 'attested',
  service: `eip155:10:${moonbirds}`,
  schema: `0x${'ab'.repeat(32)}`,
  attester: moonbirds,
  issuers: 1,
} as const
const collection = { kind: 'holds', asset: `eip155:1/erc721:${moonbirds}`, decimals: 0, issuers: 1 } as const

describe('the forms of a rule', () => {
  prop.prop([anyRule])('text, JSON and protobuf round-trip', (rule) => {
    for (const decimals of tokens) {
      expect(parseRule(formatRule(rule, { decimals }), { decimals })).toEqual(rule)
      const json = JSON.parse(JSON.stringify(ruleToJson(rule, { decimals })))
      expect(ruleFromJson(json, { decimals })).toEqual(rule)
    }
    expect(decodeRule(encodeRule(rule))).toEqual(rule)
  })

  test.each<[string, Rule]>([
    ['connection', { kind: 'connection' }],
    ['stamp 3', { kind: 'stamp', count: 3 }],
    ['stake 2', { kind: 'stake', class: 2 }],
    ['tip 0.5', { kind: 'tip', amount: 500_000_000_000_000_000n }],
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
    ['((((((everyone))))))', { kind: 'everyone' }],
    ['nobody'.padEnd(8192), { kind: 'nobody' }],
    [Array(64).fill('request').join(' or '), { kind: 'any', of: Array(64).fill({ kind: 'request' }) }],
    ['work 40', { kind: 'work', bits: 40 }],
    ['stamp 64', { kind: 'stamp', count: 64 }],
    ['stake 1000000', { kind: 'stake', class: 1_000_000 }],
    ['age eip155:1 >= 90 days', { kind: 'age', chain: 'eip155:1', days: 90, issuers: 1 }],
    ['txCount eip155:10 >= 5 by 2 issuers', { kind: 'txCount', chain: 'eip155:10', count: 5, issuers: 2 }],
    [`holds eip155:1/erc721:${moonbirds}`, { ...collection, amount: 1n }],
    [
      `holds eip155:1/erc721:${checksummed} >= 3 or request`,
      { kind: 'any', of: [{ ...collection, amount: 3n }, { kind: 'request' }] },
    ],
    [`holds eip155:1/erc721:${moonbirds}/7`, { ...collection, asset: `${collection.asset}/7`, amount: 1n }],
    [
      `holds eip155:1/erc20:${moonbirds} >= 100.5 decimals 6 by 3 issuers`,
      { kind: 'holds', asset: `eip155:1/erc20:${moonbirds}`, amount: 100_500_000n, decimals: 6, issuers: 3 },
    ],
    [
      `holds eip155:1/erc20:${moonbirds} >= 100.5 decimals 6 by proof slot 9`,
      { kind: 'holds', asset: `eip155:1/erc20:${moonbirds}`, amount: 100_500_000n, decimals: 6, issuers: 0, slot: 9 },
    ],
    [`holds eip155:1/erc721:${moonbirds} by proof slot 0`, { ...collection, amount: 1n, issuers: 0, slot: 0 }],
    [
      'holds eip155:1/slip44:60 >= 0.5 by proof',
      { kind: 'holds', asset: 'eip155:1/slip44:60', amount: 5n * 10n ** 17n, decimals: 18, issuers: 0 },
    ],
    [
      'holds eip155:1/slip44:60 >= 0.5',
      { kind: 'holds', asset: 'eip155:1/slip44:60', amount: 5n * 10n ** 17n, decimals: 18, issuers: 1 },
    ],
    [
      `connected eip155:5:${checksummed} from ${checksummed} by 2 issuers`,
      { kind: 'connected', resolver: `eip155:5:${moonbirds}`, granter: moonbirds, issuers: 2 },
    ],
    [
      `attested eip155:10:${checksummed} schema 0x${'aB'.repeat(32)} from ${checksummed}`,
      { ...attestation, where: '' },
    ],
    [
      `attested eip155:10:${moonbirds} schema 0x${'ab'.repeat(32)} from ${moonbirds} where score >= 40 where by = ${checksummed} where score >= 40 by 2 issuers`,
      { ...attestation, where: `by = ${moonbirds} where score >= 40`, issuers: 2 },
    ],
    [`interacted eip155:10:${checksummed}`, { kind: 'interacted', contract: `eip155:10:${moonbirds}`, issuers: 1 }],
    [`member 0x${'aB'.repeat(32)} by 2 issuers`, { kind: 'member', root: `0x${'ab'.repeat(32)}`, issuers: 2 }],
    ['after 2026-12-01', { kind: 'after', time: '2026-12-01T00:00:00Z' }],
    ['before 2026-12-01T07:30Z', { kind: 'before', time: '2026-12-01T07:30:00Z' }],
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
    ['stake 1000001', 'from 1 to 1000000'],
    ['work 0', 'from 1 to 40'],
    ['work 41', 'from 1 to 40'],
    ['postage', 'ends too early'],
    ['postage 0', 'an amount of tokens'],
    ['bond 0.50', 'an amount of tokens'],
    ['bond .5', 'an amount of tokens'],
    ['tip -1', 'an amount of tokens'],
    ['tip 1e3', 'an amount of tokens'],
    ['tip 0.0000000000000000001', '“0.0000000000000000001” has 19 decimal places, and the token has 18.'],
    ['tip 79228162515', 'an amount of tokens'],
    ['telepathy', 'unknown condition "telepathy"'],
    ['constructor', 'unknown condition "constructor"'],
    ['agee eip155:1 >= 90 days', 'At character 1: unknown condition "agee"; did you mean "age"?'],
    ['request or holdings', 'At character 12: unknown condition "holdings"; there are connection, request'],
    ['age >= 90 days', 'At character 5: "age" takes a chain by CAIP-2'],
    ['age eip155:1 90 days', 'At character 14: expected ">=", found "90"'],
    ['age eip155:1 >= 90', 'At character 19: a rule ends too early'],
    ['age eip155:1 >= 90 years', 'At character 20: expected "days", found "years"'],
    ['age eip155:01 >= 90 days', 'CAIP-2'],
    ['age eip155:9007199254740992 >= 90 days', 'CAIP-2'],
    ['age cosmos:1 >= 90 days', 'CAIP-2'],
    ['age eip155:1 >= 0 days', 'from 1 to 36500'],
    ['txCount eip155:1 >= 1 by 0 issuers', 'from 1 to 8'],
    ['txCount eip155:1 >= 1 by 9 issuers', 'from 1 to 8'],
    ['holds eip155:1/slip44:60 >= 1 by proof slot 9', "has no slot of a chain's own coin"],
    [`holds eip155:1/erc721:${moonbirds}/7 by proof slot 2`, 'not of a single token'],
    [`holds eip155:1/erc1155:${moonbirds}/7 by proof slot 2`, 'not of a single token'],
    [`holds eip155:1/erc721:${moonbirds} by proof`, 'by the slot of its balances'],
    [`holds eip155:1/erc721:${moonbirds} by 2 issuers slot 2`, 'only by proof'],
    ['age eip155:1 >= 9 days by proof', 'expected a number'],
    [`holds eip155:1/erc1155:${moonbirds}`, 'CAIP-19'],
    [`holds eip155:1/erc20:${moonbirds}/7 >= 1 decimals 6`, 'CAIP-19'],
    [`holds eip155:1/erc20:${moonbirds} >= 1`, 'a decimals from 0 to 255'],
    [`holds eip155:1/erc20:${moonbirds} decimals 6`, 'an amount of the asset'],
    [`holds eip155:1/erc20:${moonbirds} >= 0 decimals 6`, 'an amount of the asset'],
    [`holds eip155:1/erc20:${moonbirds} >= 1.0000001 decimals 6`, 'has 7 decimal places, and the token has 6'],
    [`holds eip155:1/erc20:${moonbirds} >= ${2n ** 256n} decimals 0`, 'an amount of the asset'],
    [`holds eip155:1/erc721:${moonbirds} >= 1.5`, 'has 1 decimal place'],
    [`holds eip155:1/erc721:${moonbirds}/7 >= 2`, 'has one of a single token'],
    [`holds eip155:1/erc721:${moonbirds} >= 1 decimals 2`, 'has 0 decimals there'],
    [`holds eip155:1/erc721:${moonbirds}/${2n ** 256n}`, 'CAIP-19'],
    [`holds eip155:1/erc721:${checksummed.replace('0x2358', '0x2359')}`, 'CAIP-19'],
    ['holds eip155:1/slip44:966 >= 1', 'CAIP-19'],
    [`holds erc721:eip155:1:${moonbirds}`, 'CAIP-19'],
    [`connected ${moonbirds} from ${moonbirds}`, 'At character 11: "connected" takes a contract by CAIP-10'],
    [`connected eip155:5:${moonbirds} from me`, 'takes an address'],
    [`connected eip155:5:${moonbirds}`, 'a rule ends too early'],
    ['stamp 1 or after tomorrow', 'At character 18: "after" takes a moment by ISO 8601 in UTC'],
    ...[
      'where score > 40',
      'where score >= 4.5',
      'where score >= 040',
      'where score >= -0',
      'where 1st = 2',
      'where a = 1 where b = 1 where c = 1 where d = 1 where e = 1',
    ].map((where) => [
      `attested ${moonbirds10} schema 0x${'ab'.repeat(32)} from ${moonbirds} ${where}`,
      'up to four tests',
    ]),
    [`attested ${moonbirds10} schema 0x${'ab'.repeat(32)} from ${moonbirds} where score >= `, 'ends too early'],
    [`attested ${moonbirds10} schema ${moonbirds} from ${moonbirds}`, '32 bytes'],
    [`interacted ${moonbirds}`, 'a contract by CAIP-10'],
    [`member ${moonbirds}`, '32 bytes, 0x and 64 digits'],
    ['before 2026-02-30', 'ISO 8601'],
    ['before', 'a rule ends too early'],
    ['3 of (request, nobody)', 'cannot meet 3 of 2'],
    ['0 of (request)', 'cannot meet 0 of 1'],
    ['stamp 1 or (work 1 and 0 of (request, nobody))', 'cannot meet 0 of 2'],
    [`${'('.repeat(4000)}request`, 'nests deeper'],
    [`${'('.repeat(7)}request${')'.repeat(7)}`, 'nests deeper'],
    ['1 of('.repeat(1600), 'nests deeper'],
    ['1 of(request,'.repeat(600), 'nests deeper'],
    [Array.from({ length: 65 }, () => 'request').join(' or '), 'more than 64 conditions'],
    ['nobody'.padEnd(8193), 'longer than 8192'],
  ])('"%.40s" is refused', (text, message) => {
    expect(() => parseRule(text)).toThrow(message)
  })

  test.each([
    [null],
    [{}],
    [{ kind: 'stamp' }],
    [{ kind: 'stamp', count: '1' }],
    [{ kind: 'tip', amount: 1 }],
    [{ kind: 'stamp', count: 1, amount: '1' }],
    [{ kind: 'tip', amount: ' 1' }],
    [{ kind: 'stamp', count: 1, price: 2 }],
    [{ kind: 'stamp', count: 1.5 }],
    [{ kind: 'all', of: [] }],
    [{ kind: 'any', of: [{ kind: 'nobody' }, { kind: 'all', of: [] }] }],
    [{ kind: 'all', of: [{ kind: 'request' }], price: 2 }],
    [{ kind: 'all', of: 'request' }],
    [{ kind: 'all', of: [{ kind: 'request' }], count: 1 }],
    [{ kind: 'atLeast', of: [{ kind: 'request' }] }],
    [{ kind: 'any', of: [[[]]] }],
  ])('the JSON %j is refused', (value) => {
    expect(() => ruleFromJson(value)).toThrow(BaseError)
  })

  const nested = (levels: number) =>
    Array.from({ length: levels }).reduce<object>((part) => ({ kind: 'atLeast', count: 1, of: [part] }), {
      kind: 'request',
    })

  test('a rule of six levels is read in every form, though its last condition stands in parentheses; none of seven', () => {
    const rule = ruleFromJson(nested(5))
    expect(parseRule(`${'1 of ('.repeat(5)}(request)${')'.repeat(5)}`)).toEqual(rule)
    expect(decodeRule(encodeRule(rule))).toEqual(rule)
    for (const text of [
      'stamp 1 and (stamp 2 or (stamp 3 and (stamp 4 or (stamp 5 and (stamp 6)))))',
      `${'1 of (request, '.repeat(5)}(request)${')'.repeat(5)}`,
    ]) {
      expect(depthOf(parseRule(text))).toBe(6)
    }
    expect(() => parseRule(`${'1 of ('.repeat(6)}request${')'.repeat(6)}`)).toThrow('nests deeper')
    for (const levels of [6, 100_000]) expect(() => ruleFromJson(nested(levels))).toThrow('nests deeper')
  })

  test('an amount in JSON is a decimal text, and nothing else', () => {
    expect(() => ruleFromJson({ kind: 'tip', amount: 1n })).toThrow('an amount of tokens')
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

describe.each(tokens.map((decimals) => [decimals] as const))('amounts of a token with %i decimals', (decimals) => {
  const token = { decimals }

  prop.prop([fc.bigInt({ min: 0n, max: 2n ** 96n - 1n })])('have one text each, which is read back', (amount) => {
    expect(parseAmount(formatAmount(amount, token), token)).toBe(amount)
  })

  prop.prop([fc.string({ unit: fc.constantFrom('0', '1', '9', '.', '-', 'e', ' ') })])(
    'are read from that text only',
    (text) => {
      const amount = parseAmount(text, token)
      if (amount !== undefined) expect(formatAmount(amount, token)).toBe(text)
    },
  )

  test('end where 96 bits do', () => {
    const [last, next] = [2n ** 96n - 1n, 2n ** 96n].map((amount) => formatAmount(amount, token))
    expect([last, next].map((text = '') => parseAmount(text, token))).toEqual([2n ** 96n - 1n, undefined])
  })

  test('are as many of the smallest units as the token says', () => {
    expect(parseRule('tip 5', token)).toEqual({ kind: 'tip', amount: 5n * 10n ** BigInt(decimals) })
    expect(explainRule({ kind: 'tip', amount: 5n * 10n ** BigInt(decimals) }, token)).toBe(
      'you tip the recipient 5 tokens',
    )
  })

  prop.prop([fc.bigInt({ min: 0n, max: 2n ** 60n }), fc.stringMatching(/^[0-9]{0,20}[1-9]$/)])(
    'with more decimal places are refused, with an amount that is not',
    (amount, more) => {
      const [whole, fraction = ''] = formatAmount(amount, token).split('.')
      const text = `${whole}.${fraction.padEnd(decimals, '0')}${more}`
      expect(parseAmount(text, token)).toBeUndefined()
      const error = thrownBy(() => parseRule(`tip ${text}`, token))
      const shorter = / ([0-9.]+)\.$/.exec(error.hint ?? '')?.[1] ?? ''
      expect(parseRule(`tip ${shorter}`, token)).toEqual({ kind: 'tip', amount: amount || 1n })
    },
  )
})

describe('an amount with more decimal places than the token has', () => {
  const token = { decimals: 6 }

  test.each([
    ['tip 0.1234567', 5, '0.1234567', 'Write 0.123456.'],
    ['stamp 1 or (bond 2 and tip 1.0000001)', 28, '1.0000001', 'Write 1.'],
    ['tip 0.0000001', 5, '0.0000001', 'Write 0.000001.'],
  ])('"%s" is refused with its place and what would do', (text, at, amount, hint) => {
    const error = thrownBy(() => parseRule(text, token))
    expect(error).toMatchObject({ code: 'policy.too-precise', hint })
    expect(error.message).toBe(`At character ${at}: “${amount}” has 7 decimal places, and the token has 6. ${hint}`)
    expect(text.slice(at - 1)).toMatch(new RegExp(`^${amount}`))
  })

  test('is refused in JSON with its path', () => {
    const of = [{ kind: 'request' }, { kind: 'bond', amount: '0.5' }]
    const error = thrownBy(() => ruleFromJson({ kind: 'any', of }, { decimals: 0 }))
    expect(error).toMatchObject({ code: 'policy.too-precise', hint: 'Write 1.' })
    expect(error.message).toContain('rule.of[1].amount: “0.5” has 1 decimal places, and the token has none.')
  })
})

test.each([checksummed, moonbirds.toUpperCase().replace('X', 'x')])(
  'an encoded address that is not in lower case (%s) is refused: one fact has one class',
  (address) => {
    const asset = `eip155:1/erc721:${address}`
    const value = { asset, amount: toBytes32(1n), decimals: 0, issuers: 1 }
    const message = create(RuleSchema, {
      kind: { case: 'condition', value: { kind: { case: 'holds', value } } },
    })
    expect(() => ruleFromMessage(message)).toThrow('CAIP-19')
  },
)

test.each([
  ['none', new Uint8Array()],
  ['the text of older versions', new TextEncoder().encode('0.5')],
  ['31 bytes', new Uint8Array(31).fill(1)],
  ['33 bytes', new Uint8Array([...new Uint8Array(32), 1])],
  ['zero', new Uint8Array(32)],
  ['more than 96 bits', new Uint8Array(32).fill(1)],
])('an encoded amount of %s is refused', (_, amount) => {
  const kind = { case: 'tip', value: { amount } } as const
  const message = create(RuleSchema, { kind: { case: 'condition', value: { kind } } })
  expect(() => ruleFromMessage(message)).toThrow('an amount of tokens')
})

function thrownBy(run: () => unknown): BaseError {
  try {
    run()
  } catch (error) {
    if (error instanceof BaseError) return error
  }
  throw new Error('Expected a typed error.')
}

function expectTyped(read: () => Rule): void {
  try {
    expect(parseRule(formatRule(read()))).toBeDefined()
  } catch (error) {
    expect(error).toBeInstanceOf(BaseError)
  }
}
