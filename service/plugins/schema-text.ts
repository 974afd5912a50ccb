/** A JSON schema, as far as our routes use it. */
export type Schema = {
  readonly type?: string | undefined
  readonly format?: string | undefined
  readonly description?: string | undefined
  readonly enum?: readonly unknown[] | undefined
  readonly anyOf?: readonly Schema[] | undefined
  readonly items?: Schema | undefined
  readonly properties?: Readonly<Record<string, Schema>>
  readonly required?: readonly string[] | undefined
}

function comment({ description, items }: Schema): string {
  const text = description ?? items?.description
  return text ? `  // ${text}` : ''
}

/**
 * A schema as people write types: `{`, a property a line with its description, `}`. Only where a schema says what is
 * required is the rest marked with `?`.
 */
export function schemaText(schema: Schema, indent = ''): string {
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(' | ')
  if (schema.anyOf) return schema.anyOf.map((one) => schemaText(one, indent)).join(' | ')
  if (schema.type === 'array') return `[${schemaText(schema.items ?? {}, indent)}]`
  if (schema.type === 'object') return objectText(schema, indent)
  return schema.format === 'byte' ? 'base64' : (schema.type ?? 'any')
}

function objectText({ properties = {}, required }: Schema, indent: string): string {
  const lines = Object.entries(properties).map(([name, value]) => {
    const mark = required && !required.includes(name) ? '?' : ''
    return `${indent}  ${name}${mark}: ${schemaText(value, `${indent}  `)}${comment(value)}\n`
  })
  return lines.length === 0 ? '{}' : `{\n${lines.join('')}${indent}}`
}
