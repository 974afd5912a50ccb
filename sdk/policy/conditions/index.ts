import { formatAmount, isAskable, type TokenOptions } from '../amount.ts'
import { type BondCondition, bond } from './bond.ts'
import type { ConditionType, Parameter, Values, WrittenValues } from './condition.ts'
import { type ConnectionCondition, connection } from './connection.ts'
import { type EveryoneCondition, everyone } from './everyone.ts'
import { type NobodyCondition, nobody } from './nobody.ts'
import { type PostageCondition, postage } from './postage.ts'
import { type RequestCondition, request } from './request.ts'
import { type StakeCondition, stake } from './stake.ts'
import { type StampCondition, stamp } from './stamp.ts'
import { type TipCondition, tip } from './tip.ts'
import { type WorkCondition, work } from './work.ts'

/** A leaf of a policy. */
export type Condition =
  | ConnectionCondition
  | RequestCondition
  | StampCondition
  | PostageCondition
  | BondCondition
  | TipCondition
  | StakeCondition
  | WorkCondition
  | EveryoneCondition
  | NobodyCondition

const conditionTypes: Readonly<Record<Condition['kind'], ConditionType>> = {
  connection,
  request,
  stamp,
  postage,
  bond,
  tip,
  stake,
  work,
  everyone,
  nobody,
}

/** The type of a condition by its kind; undefined for a kind that this version does not know. */
export function conditionType(kind: string): ConditionType | undefined {
  return Object.hasOwn(conditionTypes, kind) ? conditionTypes[kind as Condition['kind']] : undefined
}

/**
 * Makes a condition from its kind and its values by name, or returns a sentence that says what is wrong with them.
 * Every form of a policy (text, JSON, protobuf) comes through here, with amounts in the token's smallest unit.
 */
export function makeCondition(kind: string, values: Readonly<Record<string, unknown>>): Condition | string {
  const type = conditionType(kind)
  if (!type) return `unknown condition "${kind}"`
  const known = new Set(type.parameters.map(({ name }) => name))
  const stray = Object.keys(values).find((name) => !known.has(name))
  if (stray) return `"${kind}" takes no "${stray}"`
  for (const parameter of type.parameters) {
    if (!fits(parameter, values[parameter.name])) return `"${kind}" takes ${describe(parameter)}`
  }
  return { kind, ...values } as Condition
}

/** The values of a condition by name. */
export function valuesOf({ kind: _, ...values }: Condition): Values {
  return values
}

/** The values of a condition by name, as text and JSON have them. */
export function writtenValuesOf(condition: Condition, token: TokenOptions = {}): WrittenValues {
  const write = (value: number | bigint) => (typeof value === 'bigint' ? formatAmount(value, token) : value)
  return Object.fromEntries(Object.entries(valuesOf(condition)).map(([name, value]) => [name, write(value)]))
}

/** Whether a condition of a kind takes an amount of that name. */
export const takesAmount = (kind: string, name: string): boolean =>
  conditionType(kind)?.parameters.some((parameter) => parameter.name === name && 'unit' in parameter) ?? false

function fits(parameter: Parameter, value: unknown): boolean {
  if ('unit' in parameter) return typeof value === 'bigint' && isAskable(value)
  return typeof value === 'number' && Number.isInteger(value) && value >= parameter.min && value <= parameter.max
}

function describe(parameter: Parameter): string {
  if ('unit' in parameter) return `an ${parameter.name} of tokens, such as 0.5`
  return `a ${parameter.name} from ${parameter.min} to ${parameter.max}`
}
