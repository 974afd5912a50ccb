import {
  evaluateRule,
  explainRule,
  formatAmount,
  formatRule,
  type Leaf,
  leavesOf,
  type Rule,
} from '@pennypost/sdk/policy'
import type { CheckpointView } from '@pennypost/sdk/verifier'

/** The price of one stamp, in the token's smallest unit, of the network's first stamp class. */
export function stampPrice(checkpoint: CheckpointView | undefined): bigint | undefined {
  const stamps = checkpoint?.latest.classes.filter(({ kind }) => kind === 1) ?? []
  return stamps.sort((a, b) => a.number - b.number)[0]?.price
}

/** An amount with its unit, for a person. */
const tokens = (amount: string): string => `${amount} ${amount === '1' ? 'token' : 'tokens'}`

/** The price of a condition in whole tokens, where money is what it takes. */
export function priceOf({ condition }: Leaf, checkpoint: CheckpointView | undefined): string | undefined {
  const price = condition.kind === 'stamp' ? stampPrice(checkpoint) : undefined
  return price !== undefined && condition.kind === 'stamp' ? formatAmount(price * BigInt(condition.count)) : undefined
}

/** What a rule asks of a sender who shows nothing, in plain words, with the price of a stamp. */
export function explainAsked(rule: Rule, checkpoint: CheckpointView | undefined): string {
  const price = stampPrice(checkpoint)
  const asksStamps = leavesOf(rule).some(({ condition }) => condition.kind === 'stamp')
  const stamps = asksStamps && price !== undefined ? ` (one stamp costs ${tokens(formatAmount(price))})` : ''
  return explainRule(withoutGranted(rule)) + stamps
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
