import { type FieldTest, valueText } from '@pennypost/sdk/policy'
import { decodeAbiParameters, type Hex } from 'viem'
import { type FactRefusal, type Found, found, refuse } from './fact-refusal.ts'

/** A field of a schema, as Solidity writes it. */
type Field = { readonly type: string; readonly name: string }

/** What schemas are made of that anybody can look up fields in. Tuples and arrays of arrays are left out: of nothing at all there can be many. */
const fieldPattern = /^(u?int\d{0,3}|bool|address|bytes\d{0,2}|string)(\[(?:[1-9]\d{0,2})?\])? ([A-Za-z_$][\w$]{0,63})$/
const testable = /^(u?int\d*|bool|address|bytes\d+|string)$/
const mostFields = 64
/** What no test looks at and lies elsewhere: its place is one word, wherever that points to, and as often. */
const elsewhere = /^bytes$|^(?:bytes|string)\[|\[\]$/

/**
 * Whether the data of an attestation passes some tests, by the text of its schema. Both are whatever somebody wrote on a chain: a
 * text that is no list of simple fields, and data that is not of them, pass nothing.
 */
export function passesTests(
  { schema, data }: { readonly schema: string; readonly data: Hex },
  tests: readonly FieldTest[],
): Found<boolean> | FactRefusal {
  const fields = readSchema(schema)
  if (!fields) return refuse('fact.schema-unreadable', 'The schema is no list of simple fields.')
  const values = decode(fields, data)
  if (!values) return refuse('fact.attestation-unreadable', 'What is attested is not of its schema.')
  let isPassed = true
  for (const test of tests) {
    const at = fields.findIndex(({ name }) => name === test.field)
    const field = fields[at]
    if (!field || fields.some(({ name }, i) => name === test.field && i !== at))
      return refuse('fact.field-unknown', `The schema has not one field “${test.field}”.`)
    if (!isTestable(field, test))
      return refuse(
        'fact.field-unfit',
        `“${test.field}” is of type ${field.type}, which “${test.operator}” does not fit.`,
      )
    isPassed &&= passes(values[at], test)
  }
  return found(isPassed)
}

function readSchema(schema: string): readonly Field[] | undefined {
  const parts = schema.split(',').map((part) => part.trim().replace(/\s+/g, ' '))
  const fields = parts.flatMap((part): Field[] => {
    const [, base, array = '', name] = fieldPattern.exec(part) ?? []
    return base && name ? [{ type: base + array, name }] : []
  })
  return fields.length === parts.length && parts.length <= mostFields ? fields : undefined
}

function decode(fields: readonly Field[], data: Hex): readonly unknown[] | undefined {
  try {
    const read = fields.map(({ type, name }) => ({ type: elsewhere.test(type) ? 'uint256' : type, name }))
    return decodeAbiParameters(read, data) as readonly unknown[]
  } catch {
    return undefined // whatever is wrong with it, and with types that Solidity has not, such as uint7
  }
}

const isTestable = ({ type }: Field, { operator }: FieldTest): boolean =>
  testable.test(type) && (operator === '=' || type.includes('int'))

function passes(value: unknown, test: FieldTest): boolean {
  if (test.operator === '=') return valueText(String(value)) === test.value
  const [have, want] = [BigInt(value as number | bigint), BigInt(test.value)]
  return test.operator === '>=' ? have >= want : have <= want
}
