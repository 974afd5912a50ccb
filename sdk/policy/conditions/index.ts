import type { ConditionType } from './condition.ts'
import { type ConnectionCondition, connection } from './connection.ts'
import { type EveryoneCondition, everyone } from './everyone.ts'
import { type NobodyCondition, nobody } from './nobody.ts'
import { type RequestCondition, request } from './request.ts'
import { type StampCondition, stamp } from './stamp.ts'
import { type WorkCondition, work } from './work.ts'

/** A leaf of a policy. */
export type Condition =
  | ConnectionCondition
  | RequestCondition
  | StampCondition
  | WorkCondition
  | EveryoneCondition
  | NobodyCondition

const conditionTypes: Readonly<Record<Condition['kind'], ConditionType>> = {
  connection,
  request,
  stamp,
  work,
  everyone,
  nobody,
}

/** The type of a condition by its kind; undefined for a kind that this version does not know. */
export function conditionType(kind: string): ConditionType | undefined {
  return Object.hasOwn(conditionTypes, kind) ? conditionTypes[kind as Condition['kind']] : undefined
}

/**
 * Makes a condition from its kind and its numbers by name, or returns a sentence that says what is wrong with them.
 * Every form of a policy (text, JSON, protobuf) comes through here.
 */
export function makeCondition(kind: string, values: Readonly<Record<string, unknown>>): Condition | string {
  const type = conditionType(kind)
  if (!type) return `unknown condition "${kind}"`
  const known = new Set(type.parameters.map(({ name }) => name))
  const stray = Object.keys(values).find((name) => !known.has(name))
  if (stray) return `"${kind}" takes no "${stray}"`
  for (const { name, min, max } of type.parameters) {
    const value = values[name]
    if (typeof value !== 'number' || !Number.isInteger(value) || value < min || value > max) {
      return `"${kind}" takes a ${name} from ${min} to ${max}`
    }
  }
  return { kind, ...values } as Condition
}

/** The numbers of a condition by name. */
export function valuesOf({ kind: _, ...values }: Condition): Readonly<Record<string, number>> {
  return values
}
