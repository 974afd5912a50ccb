import fc from 'fast-check'
import { formatAsset } from '../../../sdk/policy/caip.ts'
import { canonicalTests } from '../../../sdk/policy/field-tests.ts'
import type { FactCondition, Rule } from '../../../sdk/policy/index.ts'
import { formatTime } from '../../../sdk/policy/time.ts'

const chainId = fc.bigInt({ min: 0n, max: BigInt(Number.MAX_SAFE_INTEGER) })
const chain = chainId.map((id) => `eip155:${id}`)
const issuers = fc.integer({ min: 1, max: 8 })
const contract = fc
  .bigInt({ min: 0n, max: 2n ** 160n - 1n })
  .map((value) => `0x${value.toString(16).padStart(40, '0')}`)
const hash = fc.bigInt({ min: 0n, max: 2n ** 256n - 1n }).map((value) => `0x${value.toString(16).padStart(64, '0')}`)
const id = fc.bigInt({ min: 0n, max: 2n ** 256n - 1n })
const amount = fc.bigInt({ min: 1n, max: 2n ** 256n - 1n })
const one = fc.constant(1n)
const none = fc.constant(undefined)

/** Any asset, with an amount and the decimals that it may have. */
const held = fc.oneof(
  fc.record({ namespace: fc.constant('erc721' as const), contract, id: none, amount, decimals: fc.constant(0) }),
  fc.record({ namespace: fc.constant('erc721' as const), contract, id, amount: one, decimals: fc.constant(0) }),
  fc.record({ namespace: fc.constant('erc1155' as const), contract, id, amount, decimals: fc.constant(0) }),
  fc.record({ namespace: fc.constant('erc20' as const), contract, id: none, amount, decimals: fc.nat(255) }),
  fc.record({ namespace: fc.constant('slip44' as const), contract: none, id: none, amount, decimals: fc.constant(18) }),
)

/** Tests of fields, in one text. */
const where = fc
  .array(
    fc.oneof(
      fc.tuple(fc.stringMatching(/^[a-z_]{1,8}$/), fc.constantFrom('>=', '<='), fc.bigInt().map(String)),
      fc.tuple(fc.stringMatching(/^[a-z_]{1,8}$/), fc.constant('='), fc.stringMatching(/^[^\s(),]{1,9}$/)),
    ),
    { maxLength: 4 },
  )
  .map((tests) => canonicalTests(tests.map((test) => test.join(' ')).join(' where ')) ?? '')

/** Any fact. */
export const anyFact: fc.Arbitrary<FactCondition> = fc.oneof(
  fc.tuple(chainId, held, issuers).map(
    ([number, { amount: least, decimals, ...rest }, count]): FactCondition => ({
      kind: 'holds',
      asset: formatAsset({ chainId: number, ...rest }),
      amount: least,
      decimals,
      issuers: count,
    }),
  ),
  fc.tuple(chainId, contract, amount, fc.nat(999_999_999)).map(
    ([number, token, least, slot]): FactCondition => ({
      kind: 'holds',
      asset: formatAsset({ chainId: number, namespace: 'erc721', contract: token, id: undefined }),
      amount: least,
      decimals: 0,
      issuers: 0,
      slot,
    }),
  ),
  fc.record({
    kind: fc.constant('connected' as const),
    resolver: fc.tuple(chain, contract).map(([where, address]) => `${where}:${address}`),
    granter: contract,
    issuers,
  }),
  fc.record({
    kind: fc.constant('attested' as const),
    service: fc.tuple(chain, contract).map(([at, address]) => `${at}:${address}`),
    schema: hash,
    attester: contract,
    where,
    issuers,
  }),
  fc.record({
    kind: fc.constant('interacted' as const),
    contract: fc.tuple(chain, contract).map(([where, address]) => `${where}:${address}`),
    issuers,
  }),
  fc.record({
    kind: fc.constant('member' as const),
    root: hash,
    issuers,
  }),
  fc.record({ kind: fc.constant('age' as const), chain, days: fc.integer({ min: 1, max: 36_500 }), issuers }),
  fc.record({ kind: fc.constant('txCount' as const), chain, count: fc.integer({ min: 1, max: 999_999_999 }), issuers }),
)

const condition: fc.Arbitrary<Rule> = fc.oneof(
  anyFact,
  fc.constantFrom<Rule>({ kind: 'connection' }, { kind: 'request' }, { kind: 'everyone' }, { kind: 'nobody' }),
  fc.record({
    kind: fc.constantFrom('after' as const, 'before' as const),
    time: fc.integer({ min: -(2 ** 35), max: 2 ** 37 }).map(formatTime),
  }),
  fc.integer({ min: 1, max: 64 }).map((count): Rule => ({ kind: 'stamp', count })),
  fc.integer({ min: 1, max: 40 }).map((bits): Rule => ({ kind: 'work', bits })),
  fc.integer({ min: 1, max: 1_000_000 }).map((number): Rule => ({ kind: 'stake', class: number })),
  fc
    .tuple(
      fc.constantFrom('postage' as const, 'bond' as const, 'tip' as const),
      fc.bigInt({ min: 1n, max: 2n ** 96n - 1n }),
    )
    .map(([kind, amount]): Rule => ({ kind, amount })),
)

const composition = (part: fc.Arbitrary<Rule>): fc.Arbitrary<Rule> =>
  fc.oneof(
    fc.record({
      kind: fc.constantFrom('all' as const, 'any' as const),
      of: fc.array(part, { minLength: 2, maxLength: 3 }),
    }),
    fc
      .array(part, { minLength: 1, maxLength: 3 })
      .chain((of) => fc.integer({ min: 1, max: of.length }).map((count): Rule => ({ kind: 'atLeast', count, of }))),
  )

/** Any rule in normal form, up to four levels and 27 conditions. */
export const anyRule: fc.Arbitrary<Rule> = [0, 1, 2].reduce((part) => fc.oneof(condition, composition(part)), condition)
