import { isAskable, mostOfAsset } from './amount.ts'
import type { ConditionType, Form, Parameter, Values } from './conditions/condition.ts'
import { type Condition, conditionKinds, conditionType } from './conditions/index.ts'
import { canonicalName } from './names.ts'
import { nearest } from './nearest.ts'

/**
 * Makes a condition from its kind and its values by name, or returns a sentence that says what is wrong with them.
 * Every form of a policy (text, JSON, protobuf) comes through here, with amounts in smallest units.
 */
export function makeCondition(kind: string, values: Readonly<Record<string, unknown>>): Condition | string {
  const type = conditionType(kind)
  if (!type) return `unknown condition "${kind.slice(0, 100)}"${suggestionFor(kind)}`
  const { parameters }: ConditionType = type
  const stray = Object.keys(values).find((given) => !parameters.some(({ name }) => name === given))
  if (stray) return `"${kind}" takes no "${stray}"`
  for (const parameter of type.parameters) {
    const wrong = faultOfValue(kind, parameter, values[parameter.name])
    if (wrong) return wrong
  }
  const fault = type.faultOf?.(values as Values)
  return fault ? `"${kind}" ${fault}` : ({ kind, ...values } as Condition)
}

/** What is wrong with one value by itself; undefined if nothing is. */
export const faultOfValue = (kind: string, parameter: Parameter, value: unknown): string | undefined =>
  fits(parameter, value) ? undefined : `"${kind}" takes ${describe(parameter)}`

/** The values of a condition by name. */
export function valuesOf({ kind: _, ...values }: Condition): Values {
  return values
}

function suggestionFor(kind: string): string {
  const near = nearest(kind, conditionKinds)
  return near ? `; did you mean "${near}"?` : `; there are ${conditionKinds.join(', ')}`
}

function fits(parameter: Parameter, value: unknown): boolean {
  if ('unit' in parameter)
    return typeof value === 'bigint' && isAskable(value, parameter.unit === 'token' ? undefined : mostOfAsset)
  if ('form' in parameter) return typeof value === 'string' && isCanonical(parameter.form, value)
  if (parameter.isOptional && value === undefined) return true
  return typeof value === 'number' && Number.isInteger(value) && value >= parameter.min && value <= parameter.max
}

/** One name has one text, so that one fact has one class. */
const isCanonical = (form: Form, text: string): boolean => canonicalName(form, text) === text

function describe(parameter: Parameter): string {
  if ('unit' in parameter) {
    return parameter.unit === 'token'
      ? `an ${parameter.name} of tokens, such as 0.5`
      : `an ${parameter.name} of the asset, such as >= 0.5`
  }
  if ('form' in parameter) return formNames[parameter.form]
  return `a ${parameter.name} from ${parameter.min} to ${parameter.max}`
}

const formNames: Readonly<Record<Form, string>> = {
  chain: 'a chain by CAIP-2, such as eip155:1',
  asset: 'an asset by CAIP-19, such as eip155:1/erc721:0x… or eip155:1/slip44:60',
  contract: 'a contract by CAIP-10, such as eip155:1:0x…',
  address: 'an address, 0x and 40 digits',
  hash: '32 bytes, 0x and 64 digits',
  tests: 'up to four tests of fields, such as score >= 40 where level = gold',
  time: 'a moment by ISO 8601 in UTC, such as 2026-12-01T12:00:00Z',
}
