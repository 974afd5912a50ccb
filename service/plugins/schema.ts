// JSON schemas, as far as the document of a service needs them.

type Schema = Readonly<Record<string, unknown>>
type Properties = Readonly<Record<string, Schema>>

const described = (schema: Schema, description?: string): Schema =>
  description === undefined ? schema : { ...schema, description }

export const text = (description?: string): Schema => described({ type: 'string' }, description)

export const integer = (description?: string): Schema => described({ type: 'integer' }, description)

export const yesOrNo = (description?: string): Schema => described({ type: 'boolean' }, description)

/** 64 bits are more than a number of JSON holds. */
export const uint64 = (description = 'Decimal.'): Schema => ({ type: 'string', pattern: '^[0-9]{1,20}$', description })

export const bytes = (description = 'Base64.'): Schema => ({
  type: 'string',
  pattern: '^[A-Za-z0-9+/]*={0,2}$',
  contentEncoding: 'base64',
  description,
})

export const oneOf = (values: readonly string[], description?: string): Schema =>
  described({ type: 'string', enum: values }, description)

export const list = (items: Schema, description?: string): Schema => described({ type: 'array', items }, description)

export const orNull = (schema: Schema): Schema => ({ anyOf: [schema, { type: 'null' }] })

/** What a caller sends: whatever is left out has its default, and what is unknown is not read. */
export const input = (properties: Properties, description?: string): Schema =>
  described({ type: 'object', properties }, description)

/** What is answered: all of this, the optional where there is any, and nothing else. */
export const answer = (properties: Properties, optional: Properties = {}): Schema => ({
  type: 'object',
  properties: { ...properties, ...optional },
  required: Object.keys(properties),
  additionalProperties: false,
})

/** A schema with what the page shows and sends. */
export const exampled = (schema: Schema, ...examples: readonly unknown[]): Schema => ({ ...schema, examples })

/** The same with several, each under what it shows. */
export const named = (schema: Schema, examples: Readonly<Record<string, unknown>>): Schema => ({
  ...schema,
  'x-examples': Object.fromEntries(Object.entries(examples).map(([name, value]) => [name, { value }])),
})

/** An answer in another form than JSON, or with words of its own. */
export const media = (description: string, type: string, schema: Schema, example: unknown) => ({
  description,
  content: { [type]: { schema, example } },
})
