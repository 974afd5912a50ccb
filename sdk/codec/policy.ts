import { create, type MessageInitShape } from '@bufbuild/protobuf'
import { fromBytes, toBytes32 } from '../crypto/abi.ts'
import {
  type ConditionSchema,
  type PolicyDocument,
  PolicyDocumentSchema,
  type Rule as RuleMessage,
  RuleSchema,
} from '../generated/proto/pennypost/v1/policy_pb.ts'
import type { Condition } from '../policy/conditions/index.ts'
import { makeCondition, valuesOf } from '../policy/make-condition.ts'
import { assertRule, isCondition, PolicyMalformedError, RULE_LIMITS, type Rule } from '../policy/rule.ts'
import { decodeProto, encodeProto } from './protobuf.ts'

/** Encodes a rule as `pennypost.v1.Rule`. */
export function encodeRule(rule: Rule): Uint8Array {
  return encodeProto(RuleSchema, ruleToMessage(rule))
}

/** Decodes `pennypost.v1.Rule`; throws a typed error on anything that is not a rule within its limits. */
export function decodeRule(bytes: Uint8Array): Rule {
  if (bytes.length > RULE_LIMITS.bytes)
    throw new PolicyMalformedError(`a rule is larger than ${RULE_LIMITS.bytes} bytes`)
  return ruleFromMessage(decodeProto(RuleSchema, bytes))
}

/** Decodes a policy document; throws a typed error. Does not check the signature over it. */
export function decodePolicyDocument(bytes: Uint8Array): PolicyDocument {
  return decodeProto(PolicyDocumentSchema, bytes)
}

/** The protobuf message of a rule. */
export function ruleToMessage(rule: Rule): RuleMessage {
  if (isCondition(rule)) return create(RuleSchema, { kind: { case: 'condition', value: conditionToMessage(rule) } })
  const of = rule.of.map(ruleToMessage)
  if (rule.kind === 'atLeast') {
    return create(RuleSchema, { kind: { case: 'atLeast', value: { count: rule.count, of } } })
  }
  return create(RuleSchema, { kind: { case: rule.kind, value: { of } } })
}

/** The rule of a protobuf message; throws {@link PolicyMalformedError}. */
export function ruleFromMessage(message: RuleMessage): Rule {
  return assertRule(readRule(message, 1))
}

function readRule({ kind }: RuleMessage, depth: number): Rule {
  if (depth > RULE_LIMITS.depth) throw new PolicyMalformedError(`a rule nests deeper than ${RULE_LIMITS.depth}`)
  if (kind.case === undefined) throw new PolicyMalformedError('a rule has no kind')
  if (kind.case === 'condition') return conditionFromMessage(kind.value)
  const of = kind.value.of.map((part) => readRule(part, depth + 1))
  return kind.case === 'atLeast' ? { kind: kind.case, count: kind.value.count, of } : { kind: kind.case, of }
}

type ConditionMessage = MessageInitShape<typeof ConditionSchema>
type ReadCondition = { readonly kind: { readonly case: string | undefined; readonly value?: object | undefined } }

/** The protobuf message of a condition: the names of kinds and parameters are the same in the language and in protobuf. */
export function conditionToMessage(condition: Condition): ConditionMessage {
  const values = Object.entries(valuesOf(condition)).map(([name, value]) => [
    name,
    typeof value === 'bigint' ? toBytes32(value) : value,
  ])
  return { kind: { case: condition.kind, value: Object.fromEntries(values) } } as ConditionMessage
}

/** The condition of a protobuf message; throws {@link PolicyMalformedError}. */
export function conditionFromMessage({ kind: { case: kind, value = {} } }: ReadCondition): Condition {
  const { $typeName: _, $unknown: __, ...values } = value as Record<string, unknown>
  const read = Object.entries(values).map(([name, value]) => [name, isAmount(value) ? fromBytes(value) : value])
  const condition = makeCondition(kind ?? 'none', Object.fromEntries(read))
  if (typeof condition === 'string') throw new PolicyMalformedError(condition)
  return condition
}

/** One amount has one encoding. */
const isAmount = (value: unknown): value is Uint8Array => value instanceof Uint8Array && value.length === 32
