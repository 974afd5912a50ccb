/** What is asked of one field of an attestation. */
export type FieldTest = {
  readonly field: string
  readonly operator: '=' | '>=' | '<='
  /** As the text has it: a whole number for `>=` and `<=`; anything without spaces, parentheses and commas for `=`. */
  readonly value: string
}

/** So many fields may be tested. */
const mostTests = 4

const pattern = /^([A-Za-z_$][\w$]{0,63}) (=|>=|<=) ([^\s(),]{1,128})$/
const whole = /^(0|-?[1-9]\d{0,77})$/

/** Reads `score >= 40 where level = gold`; undefined for any other text. An empty text asks nothing. */
export function readTests(text: string): readonly FieldTest[] | undefined {
  if (text === '') return []
  const read = text.split(' where ').map(readTest)
  const tests = read.filter((test) => test !== undefined)
  return tests.length === read.length && tests.length <= mostTests ? tests : undefined
}

function readTest(text: string): FieldTest | undefined {
  const [, field = '', operator, value = ''] = pattern.exec(text) ?? []
  if (operator === '=') return { field, operator, value: valueText(value) }
  if (operator !== '>=' && operator !== '<=') return undefined
  return whole.test(value) ? { field, operator, value } : undefined
}

/** The one text of some tests: each once, in the order of their letters. */
export function canonicalTests(text: string): string | undefined {
  const tests = readTests(text)?.map(({ field, operator, value }) => `${field} ${operator} ${value}`)
  return tests && [...new Set(tests)].sort().join(' where ')
}

/** The one text of a value: bytes, accounts among them, are in lower case. */
export const valueText = (value: string): string => (/^0x[0-9a-fA-F]*$/.test(value) ? value.toLowerCase() : value)
