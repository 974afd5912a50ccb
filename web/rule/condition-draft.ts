import { BaseError, type Client } from '@pennypost/sdk'
import {
  type Condition,
  conditionType,
  isCondition,
  type Parameter,
  ruleFromJson,
  ruleToJson,
} from '@pennypost/sdk/policy'
import { fieldWords, formExamples } from './condition-words.ts'

type Token = Pick<Client, 'decimals'>

/** A condition as somebody fills it in. */
export type ConditionDraft = {
  readonly kind: Condition['kind']
  readonly values: Readonly<Record<string, string>>
}

/** One thing to fill in. */
export type Field = {
  readonly name: string
  readonly label: string
  readonly example: string
  readonly isNumber: boolean
  /** Whether it may be left empty. */
  readonly isOptional: boolean
}

/** What a kind of condition asks to fill in, in the order of its text. */
export const fieldsOf = (kind: Condition['kind']): readonly Field[] => parametersOf(kind).map(fieldOf)

const parametersOf = (kind: string): readonly Parameter[] => conditionType(kind)?.parameters ?? []

function fieldOf(parameter: Parameter): Field {
  const { name } = parameter
  const example = 'form' in parameter ? formExamples[parameter.form] : 'unit' in parameter ? '0.5' : `${parameter.min}`
  return {
    name,
    label: fieldWords[name] ?? name,
    example,
    isNumber: 'min' in parameter,
    isOptional: 'fallback' in parameter,
  }
}

/** What stands there before anything is filled in: usual numbers. */
const usual: Readonly<Record<string, string>> = { chain: 'eip155:1', days: '90', bits: '20', class: '1' }

/** A condition that is to be filled in. */
export const emptyDraft = (kind: Condition['kind']): ConditionDraft => ({
  kind,
  values: Object.fromEntries(
    fieldsOf(kind).map(({ name, isNumber, isOptional }) => [name, usual[name] ?? (isNumber && !isOptional ? '1' : '')]),
  ),
})

/** The same of a condition that there is. */
export function draftOf(condition: Condition, token: Token): ConditionDraft {
  const { kind: _, ...written } = ruleToJson(condition, token) as Record<string, unknown>
  const values = Object.entries(written).map(([name, value]) => [name, String(value)])
  return { kind: condition.kind, values: { ...emptyValues(condition.kind), ...Object.fromEntries(values) } }
}

const emptyValues = (kind: Condition['kind']) => Object.fromEntries(fieldsOf(kind).map(({ name }) => [name, '']))

/** What was filled in; or what is wrong with it. */
export function readDraft({ kind, values }: ConditionDraft, token: Token): Condition | string {
  const given = parametersOf(kind).flatMap((parameter) => {
    const text = values[parameter.name]?.trim() ?? ''
    if (text === '') return []
    return [[parameter.name, 'min' in parameter ? Number(text) : text]]
  })
  try {
    const rule = ruleFromJson({ kind, ...Object.fromEntries(given) }, token)
    return isCondition(rule) ? rule : 'This is no condition.'
  } catch (error) {
    if (!(error instanceof BaseError)) throw error
    return error.message
  }
}
