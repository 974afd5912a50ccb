import fc from 'fast-check'
import type { Rule } from '../../../sdk/policy/index.ts'

const condition: fc.Arbitrary<Rule> = fc.oneof(
  fc.constantFrom<Rule>({ kind: 'connection' }, { kind: 'request' }, { kind: 'everyone' }, { kind: 'nobody' }),
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
