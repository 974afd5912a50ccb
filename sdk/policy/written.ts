import { formatAmount, mostOfAsset, type TokenOptions } from './amount.ts'
import type { Parameter, Unit, WrittenValues } from './conditions/condition.ts'
import { type Condition, conditionType } from './conditions/index.ts'
import { makeCondition, valuesOf } from './make-condition.ts'
import { canonicalName } from './names.ts'
import { readAmount } from './read-amount.ts'

/** Values as text and JSON have them, before anything is known of them. */
type Given = Readonly<Record<string, unknown>>

/** Whose decimals an amount of the network's token has, and where a value stands, for errors. */
export type Reading = { readonly token: TokenOptions; whereIs(name: string): string }

/**
 * Makes a condition from values as people write them: amounts are decimals, what may be left out is there or not, and an
 * address may have its checksum. Returns a sentence that says what is wrong with them, as `makeCondition` does.
 */
export function readCondition(kind: string, given: Given, reading: Reading): Condition | string {
  const values: Record<string, unknown> = { ...given }
  for (const parameter of conditionType(kind)?.parameters ?? [])
    values[parameter.name] = readValue(parameter, given, reading)
  return makeCondition(kind, values)
}

function readValue(parameter: Parameter, given: Given, { token, whereIs }: Reading): unknown {
  const value = given[parameter.name]
  if (value === undefined) return fallbackOf(parameter, given as WrittenValues)
  if ('unit' in parameter) {
    return readAmount(value, whereIs(parameter.name), tokenOf(parameter.unit, given as WrittenValues, token))
  }
  return 'form' in parameter && typeof value === 'string' ? (canonicalName(parameter.form, value) ?? value) : value
}

/** The values of a condition by name, as text and JSON have them. */
export function writtenValuesOf(condition: Condition, token: TokenOptions = {}): WrittenValues {
  const values = valuesOf(condition)
  const written = values as WrittenValues
  const parameters = conditionType(condition.kind)?.parameters ?? []
  return Object.fromEntries(
    parameters.map((parameter) => {
      const value = values[parameter.name]
      const isAmount = 'unit' in parameter && typeof value === 'bigint'
      return [parameter.name, isAmount ? formatAmount(value, tokenOf(parameter.unit, written, token)) : value]
    }),
  ) as WrittenValues
}

/** The same without what need not be said. */
export function shortValuesOf(condition: Condition, token: TokenOptions = {}): WrittenValues {
  const values = valuesOf(condition)
  const parameters = conditionType(condition.kind)?.parameters ?? []
  const said = parameters.filter(
    (parameter) => values[parameter.name] !== fallbackOf(parameter, values as WrittenValues),
  )
  const written = writtenValuesOf(condition, token)
  return Object.fromEntries(said.map(({ name }) => [name, written[name]]))
}

const fallbackOf = (parameter: Parameter, values: WrittenValues): number | bigint | string | undefined =>
  'fallback' in parameter ? parameter.fallback?.(values) : undefined

/** Whose smallest units an amount counts. */
const tokenOf = (unit: Unit, values: WrittenValues, token: TokenOptions): TokenOptions =>
  unit === 'token' ? token : { decimals: unit.decimalsOf(values), most: mostOfAsset }
