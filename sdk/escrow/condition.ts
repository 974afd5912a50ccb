import { ruleFromMessage } from '../codec/index.ts'
import { evaluateRule, leavesOf, type Rule, ruleAt } from '../policy/index.ts'

/** Conditions that nothing has to be shown for: what time it is decides them. */
const timed = new Set(['after', 'before', 'everyone', 'nobody'])

/** Whether a trustee can decide a condition of a deposit by its clock alone. */
export const isTimed = (condition: Rule): boolean =>
  leavesOf(condition).every(({ condition: { kind } }) => timed.has(kind))

/** Whether such a condition is met at a time (unix seconds). */
export const isDue = (condition: Rule, now: number): boolean => evaluateRule(ruleAt(condition, { now }), new Set()).ok

/** The condition of a deposit; undefined where it has none. Throws where it is no rule. */
export const conditionOf = ({
  condition,
}: {
  readonly condition?: Parameters<typeof ruleFromMessage>[0] | undefined
}): Rule | undefined => condition && ruleFromMessage(condition)
