import type { ConditionMet } from '../codec/envelope-evidence.ts'
import type { Evidence } from '../codec/lane.ts'
import type { PaymentPlace } from '../codec/payment.ts'
import { conditionFromMessage } from '../codec/policy.ts'
import { toHex } from '../crypto/bytes.ts'
import { type Condition, type FactCondition, isFact, isProven, leavesOf, type Rule } from '../policy/index.ts'
import { byCondition } from './by-condition.ts'

/** What evidence is called. */
export type EvidenceKind = NonNullable<Evidence['kind']['case']>

/** A condition that evidence has met. */
export type MetCondition = {
  readonly condition: Condition
  readonly evidence: EvidenceKind
  /** Of a ticket: the number of its class. */
  readonly classNumber?: number | undefined
  /** Of credentials and claims: the keys of the issuers, 64 bytes each. */
  readonly issuers: readonly Uint8Array[]
}

/** What else a recipient knows of the lane that a letter came by. */
export type MetBeside = {
  readonly payments: readonly PaymentPlace[]
  /** The sender's pseudonym, as node and letter have it. */
  readonly tag: Uint8Array | undefined
}

/** The conditions of a rule that verified evidence has met, in the rule's order. */
export function metConditions(evidence: readonly Evidence[], rule: Rule): MetCondition[] {
  const shown = byCondition(evidence)
  return leavesOf(rule).flatMap(({ index, condition }) => {
    const pieces = shown.get(index) ?? []
    const kind = pieces[0]?.kind
    if (!kind?.case) return []
    const issuers = pieces.flatMap(({ kind: { value } }) => (value && 'issuer' in value ? [value.issuer] : []))
    const classNumber = kind.case === 'ticket' ? kind.value.classNumber : undefined
    return [{ condition, evidence: kind.case, classNumber, issuers }]
  })
}

/**
 * Reads what a node says was met; undefined where that cannot be, by itself or by what else the recipient knows: tickets and
 * credentials show a pseudonym, and nothing else does; of a payment its opening is there, and opens as much.
 */
export function readMetConditions(said: readonly ConditionMet[], beside: MetBeside): MetCondition[] | undefined {
  const met = said.map(readOne)
  const isPossible = met.every((one): one is MetCondition => one !== undefined && isMetBy(one, beside))
  if (!isPossible || met.length === 0) return isPossible ? [] : undefined
  return met.some(({ evidence }) => showsTag(evidence)) === (beside.tag !== undefined) ? met : undefined
}

function readOne({ condition, evidence, classNumber, issuers }: ConditionMet): MetCondition | undefined {
  if (!condition || !isKind(evidence)) return undefined
  const isTicket = evidence === 'ticket'
  return {
    condition: conditionFromMessage(condition),
    evidence,
    classNumber: isTicket ? classNumber : undefined,
    issuers,
  }
}

const showsTag = (evidence: EvidenceKind): boolean => evidence === 'ticket' || evidence === 'credential'

/** Whether evidence of that kind meets such a condition. */
function isMetBy({ condition, evidence, classNumber, issuers }: MetCondition, { payments }: MetBeside): boolean {
  if (isFact(condition)) return isFactMetBy(condition, evidence, issuers)
  if (issuers.length > 0) return false
  switch (condition.kind) {
    case 'stamp':
      return evidence === 'ticket'
    case 'stake':
      return evidence === 'ticket' && classNumber === condition.class
    case 'postage':
    case 'bond':
    case 'tip': {
      const part = condition.kind === 'postage' ? 'base' : condition.kind
      return evidence === 'payment' && payments.some(({ terms }) => terms[part] >= condition.amount)
    }
    case 'request':
    case 'work':
      return evidence === 'work'
    default:
      return condition.kind === 'connection' && evidence === 'connection'
  }
}

function isFactMetBy(fact: FactCondition, evidence: EvidenceKind, issuers: readonly Uint8Array[]): boolean {
  if (isProven(fact)) return evidence === 'holding' && issuers.length === 0
  const isAttested = evidence === 'credential' || evidence === 'claim'
  const different = new Set(issuers.filter(({ length }) => length === 64).map(toHex))
  return isAttested && different.size === fact.issuers && issuers.length === fact.issuers
}

const kinds: readonly EvidenceKind[] = ['ticket', 'connection', 'work', 'payment', 'credential', 'claim', 'holding']
const isKind = (text: string): text is EvidenceKind => kinds.some((kind) => kind === text)
