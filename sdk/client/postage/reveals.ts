import { isFact, type Leaf, predicateOf } from '../../policy/index.ts'

/** What showing facts tells whom, in sentences for a person. */
export type Reveals = {
  /** Whether the account is named to the node. */
  readonly byName: boolean
  readonly issuer: string
  readonly node: string
  readonly recipient: string
}

/** What a way through a rule tells of the account by the facts that are shown; undefined where none is. */
export function revealsOf(conditions: readonly Leaf[], byName: boolean): Reveals | undefined {
  const facts = conditions.flatMap(({ condition }) => (isFact(condition) ? [predicateOf(condition)] : []))
  if (facts.length === 0) return undefined
  const what = facts.join(' and ')
  const issuer = `knows since it was asked that your account has ${what}; not when, or toward whom, that is shown`
  const recipient = `learns from the letter who you are, and that you have ${what}`
  return byName
    ? { byName, issuer, node: `learns your account, that it has ${what}, and to whom it writes`, recipient }
    : { byName, issuer, node: `learns that somebody has ${what}; not who`, recipient }
}
