import { describe, expect, test } from 'vitest'
import type { Checkpoint } from '../../../sdk/codec/index.ts'
import { noteKinds } from '../../../sdk/crypto/index.ts'
import { parseRule } from '../../../sdk/policy/index.ts'
import { readNodeConfig } from '../../../service/node/config.ts'
import { explainAsked, priceOf } from '../../../service/node/gates/explain-refusal.ts'
import { followTerms } from '../../../service/node/network-terms.ts'

describe.each([0, 6, 8, 18])('a token of %i decimals', (decimals) => {
  const unit = 10n ** BigInt(decimals)

  test('is what the rules of the operator are read with', () => {
    const args = ['--default-rule', 'bond 5 and tip 1', '--decimals', String(decimals)]
    expect(readNodeConfig({ env: {}, args })).toMatchObject({
      decimals,
      defaultRule: { of: [{ amount: 5n * unit }, { amount: unit }] },
    })
  })

  test('is what the rules of a checkpoint are read with, whatever the operator said', () => {
    const own = { floor: parseRule('nobody'), defaultRule: parseRule('nobody'), requestBits: 1, decimals: 30 }
    const latest = { floor: 'postage 3', defaultRule: 'bond 5', requestBits: 20, decimals } as Checkpoint
    const terms = followTerms(own, () => ({ latest }) as never)
    expect(terms()).toEqual({
      floor: { kind: 'postage', amount: 3n * unit },
      defaultRule: { kind: 'bond', amount: 5n * unit },
      requestBits: 20,
      decimals,
    })
    const unsaid = { ...latest, floor: '', decimals: 0 }
    expect(followTerms(own, () => ({ latest: unsaid }) as never)()).toBe(own)
  })

  test('is what prices and explanations are written with', () => {
    const classes = [
      { kind: noteKinds.stamp, number: 1, price: 2n * unit },
      { kind: noteKinds.stake, number: 1, price: 1_000n * unit },
    ]
    const priced = { checkpoint: () => ({ latest: { classes } }) as never, terms: () => ({ decimals }) as never }
    const rule = { kind: 'any', of: [parseRule('stamp 3'), parseRule('stake 1'), { kind: 'tip', amount: 7n * unit }] }
    expect(explainAsked(rule as never, priced)).toBe(
      'you use 3 stamps, or you have staked tokens (class 1), or you tip the recipient 7 tokens ' +
        '(one stamp costs 2 tokens; a stake of class 1 is 1000 tokens, which come back)',
    )
    const prices = rule.of.map((condition, index) => priceOf({ index, condition } as never, priced))
    expect(prices).toEqual(['6', '1000', '7'])
  })
})

test('a rule of more decimal places than the token has is refused with its place; of a checkpoint, nobody meets it', () => {
  const args = ['--floor', 'tip 0.1234567', '--decimals', '6']
  expect(() => readNodeConfig({ env: {}, args })).toThrow('PENNYPOST_FLOOR: At character 5: “0.1234567” has 7 decimal')
  const latest = { floor: 'everyone', defaultRule: 'tip 0.5', requestBits: 20, decimals: 0 } as Checkpoint
  expect(followTerms({} as never, () => ({ latest }) as never)().defaultRule).toEqual({ kind: 'nobody' })
})

test.each(['-1', '256', '1.5', 'six'])('PENNYPOST_DECIMALS is not %s', (decimals) => {
  expect(() => readNodeConfig({ env: {}, args: ['--decimals', decimals] })).toThrow('PENNYPOST_DECIMALS')
})
