import { noteKinds } from '@pennypost/sdk/crypto'
import {
  type Condition,
  evaluateRule,
  explainRule,
  formatAmount,
  formatRule,
  type Leaf,
  leavesOf,
  type Rule,
} from '@pennypost/sdk/policy'
import type { CheckpointView } from '@pennypost/sdk/verifier'
import type { NodeDeps } from '../deps.ts'

/** Where prices stand, and the decimals that they are written with. */
export type Priced = Pick<NodeDeps, 'checkpoint' | 'terms'>

/** The price of one stamp, in the token's smallest unit, of the network's first stamp class. */
function stampPrice(checkpoint: CheckpointView | undefined): bigint | undefined {
  const stamps = checkpoint?.latest.classes.filter(({ kind }) => kind === noteKinds.stamp) ?? []
  return stamps.sort((a, b) => a.number - b.number)[0]?.price
}

/** What a stake of a class is, in the token's smallest unit. */
const stakeAmount = (checkpoint: CheckpointView | undefined, number: number): bigint | undefined =>
  checkpoint?.latest.classes.find((entry) => entry.kind === noteKinds.stake && entry.number === number)?.price

/** An amount with its unit, for a person. */
const tokens = (amount: string): string => `${amount} ${amount === '1' ? 'token' : 'tokens'}`

/** The price of a condition in whole tokens, where money is what it takes. */
export function priceOf({ condition }: Leaf, { checkpoint, terms }: Priced): string | undefined {
  const price = moneyOf(condition, checkpoint())
  return price === undefined ? undefined : formatAmount(price, terms())
}

function moneyOf(condition: Condition, checkpoint: CheckpointView | undefined): bigint | undefined {
  switch (condition.kind) {
    case 'stamp':
      return times(stampPrice(checkpoint), condition.count)
    case 'stake':
      return stakeAmount(checkpoint, condition.class)
    case 'postage':
    case 'bond':
    case 'tip':
      return condition.amount
    default:
      return undefined
  }
}

const times = (price: bigint | undefined, count: number): bigint | undefined =>
  price === undefined ? undefined : price * BigInt(count)

/** What a rule asks of a sender who shows nothing, in plain words, with the prices of stamps and stakes. */
export function explainAsked(rule: Rule, priced: Priced): string {
  const notes = new Set(leavesOf(rule).flatMap(({ condition }) => noteOn(condition, priced) ?? []))
  return explainRule(withoutGranted(rule), priced.terms()) + (notes.size > 0 ? ` (${[...notes].join('; ')})` : '')
}

function noteOn(condition: Condition, { checkpoint, terms }: Priced): string | undefined {
  const one = condition.kind === 'stamp' ? { ...condition, count: 1 } : condition
  const price = moneyOf(one, checkpoint())
  if (price === undefined) return undefined
  if (condition.kind === 'stamp') return `one stamp costs ${tokens(formatAmount(price, terms()))}`
  if (condition.kind !== 'stake') return undefined
  return `a stake of class ${condition.class} is ${tokens(formatAmount(price, terms()))}, which come back`
}

/** The rule without what everybody meets anyway, and without saying anything twice. */
function withoutGranted(rule: Rule): Rule {
  if (rule.kind === 'all')
    return join('all', rule.of.filter((part) => !evaluateRule(part, new Set()).ok).map(withoutGranted))
  if (rule.kind !== 'any') return rule
  const parts = rule.of.map(withoutGranted).flatMap((part) => (part.kind === 'any' ? part.of : [part]))
  return join(
    'any',
    parts.filter((part, i) => parts.findIndex((other) => formatRule(other) === formatRule(part)) === i),
  )
}

function join(kind: 'all' | 'any', of: readonly Rule[]): Rule {
  const [only, second] = of
  return only && !second ? only : { kind, of }
}
