export { formatAmount, mostDecimals, parseAmount, type TokenOptions, usualDecimals } from './amount.ts'
export { type Asset, readAsset, readChain, readContract } from './caip.ts'
export { mostAttestations } from './conditions/attested.ts'
export type { Parameter } from './conditions/condition.ts'
export type { HoldsCondition } from './conditions/holds.ts'
export { type Condition, conditionKinds, conditionType } from './conditions/index.ts'
export { mostInteractions } from './conditions/interacted.ts'
export { effectiveRule, effectiveUnattendedRule, takesRecipient } from './effective.ts'
export { type Evaluation, evaluateRule } from './evaluate.ts'
export { explainCondition, explainRule } from './explain.ts'
export { explainFaking, type Faking } from './explain-faking.ts'
export {
  type ChainFact,
  chainOf,
  type FactCondition,
  factClassOf,
  factKinds,
  isFact,
  isProven,
  plainFactOf,
  predicateOf,
} from './fact.ts'
export { type FieldTest, readTests, valueText } from './field-tests.ts'
export { formatCondition, formatRule } from './format.ts'
export { ruleFromJson, ruleToJson } from './json.ts'
export { makeCondition, valuesOf } from './make-condition.ts'
export { parseRule } from './parse.ts'
export { type Cost, compareCost, type PriceCondition, type Quote, quoteRule } from './quote.ts'
export { PolicyTooPreciseError } from './read-amount.ts'
export { DecimalsUnknownError, type DecimalText, resolveDecimals, type TokenDecimals } from './resolve-decimals.ts'
export {
  NameInvalidError,
  NameNotNormalError,
  type NameOptions,
  NameUnknownError,
  type ResolvedName,
  type ResolvedText,
  resolveName,
  resolveNames,
} from './resolve-names.ts'
export { isCondition, type Leaf, leavesOf, PolicyMalformedError, RULE_LIMITS, type Rule } from './rule.ts'
export { ruleAt, type Times } from './rule-at.ts'
export { readTime } from './time.ts'
