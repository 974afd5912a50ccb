import type { TokenOptions } from './amount.ts'
import type { Condition } from './conditions/index.ts'
import { formatCondition } from './format.ts'
import { leavesOf, type Rule } from './rule.ts'

/** What it costs to meet a condition without being who it is meant for. */
export type Faking = {
  /** In the policy language. */
  readonly condition: string
  /** For a person: an estimate, as docs/economics.md has it. */
  readonly explanation: string
}

/**
 * Says for each condition of a rule what faking it costs, so that whoever writes a policy knows what holds a stranger back. The
 * estimates are those of docs/economics.md.
 *
 * @example
 * ```ts
 * import { explainFaking, parseRule } from '@pennypost/sdk/policy'
 *
 * for (const { condition, explanation } of explainFaking(parseRule('stamp 1 or age eip155:1 >= 90 days')))
 *   console.log(`${condition}: ${explanation}`)
 * ```
 */
export function explainFaking(rule: Rule, token: TokenOptions = {}): Faking[] {
  const explained = new Map<string, Faking>()
  for (const { condition } of leavesOf(rule)) {
    const text = formatCondition(condition, token)
    explained.set(text, { condition: text, explanation: fakingOf[condition.kind] })
  }
  return [...explained.values()]
}

/** One sentence or two of each kind; a test holds them and docs/economics.md together. */
export const fakingOf: Readonly<Record<Condition['kind'], string>> = {
  everyone: 'Nothing: a machine writes as well as a person.',
  nobody: 'It cannot be faked.',
  connection:
    'The key of an account that the recipient has connected with: some $2 for a stolen wallet, until it is noticed.',
  request:
    "A ten-thousandth of a cent of computing time for a letter: what holds it back is the number of the recipient's places.",
  work: 'A ten-thousandth of a cent of computing time at 20 bits, and twice as much for each further bit.',
  stamp: 'The price of the stamps, a cent each by default: there is nothing to fake, only to pay.',
  stake: 'About a hundredth of a cent of interest for a letter; the penalty, for a ticket that is used twice.',
  postage: 'The amount itself.',
  bond: 'The amount, where the recipient calls the letter spam; nothing otherwise.',
  tip: 'The amount, where the recipient gives its verdict; nothing otherwise.',
  holds:
    'What it costs to hold so much when a week begins, during one block that everybody knows ahead: a fee and the interest of a block where it can be borrowed.',
  age: 'What such an account costs, a few dollars where they are sold; or a fee, for who has made it so long ago.',
  txCount: 'The fees: a sixteenth of a cent for a transaction on a rollup, a hundred times as much on mainnet.',
  connected: 'The key of the one who vouches, or its favour.',
  attested: 'What the attester takes for it, or can be made to believe; what is revoked counts for a week at most.',
  interacted: 'The fee of one transaction: a sixteenth of a cent on a rollup, a hundred times as much on mainnet.',
  member: 'A place on the list, or the key of an account that has one: some $2 for a stolen wallet.',
  after: "It cannot be faked: the node's clock decides.",
  before: "It cannot be faked: the node's clock decides, an hour late at most.",
}
