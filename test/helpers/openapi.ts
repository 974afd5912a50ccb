import { createRequire } from 'node:module'

// An OpenAPI document, as a test reads it that holds a service to what it says.

const fromFastify = createRequire(createRequire(import.meta.resolve('fastify')).resolve('@fastify/ajv-compiler'))
type Fault = { readonly instancePath: string; readonly message?: string }
type Validate = ((value: unknown) => boolean) & { readonly errors?: readonly Fault[] | null }
const { Ajv2020 } = fromFastify('ajv/dist/2020') as {
  Ajv2020: new (options: object) => { compile(schema: object): Validate }
}
const ajv = new Ajv2020({ strict: false, allErrors: true, validateFormats: false })

type Json = Readonly<Record<string, unknown>>
type Media = {
  readonly schema?: Json
  readonly example?: unknown
  readonly examples?: Readonly<Record<string, { value: unknown }>>
}
type Content = Readonly<Record<string, Media>>
type Parameter = {
  readonly name: string
  readonly required?: boolean
  readonly schema: Json & { examples?: string[] }
  readonly example?: string
}
type Described = {
  readonly summary?: string
  readonly parameters?: readonly Parameter[]
  readonly requestBody?: { readonly content: Content }
  readonly responses: Readonly<Record<string, { readonly content?: Content }>>
}
type Document = { readonly paths: Readonly<Record<string, Readonly<Record<string, Described>>>> }

type Answer = { readonly type: string; readonly schema: Json | undefined; readonly example: unknown }

/** One path and method, and what its examples are. */
export type Operation = {
  readonly method: string
  readonly path: string
  readonly summary: string | undefined
  readonly query: Readonly<Record<string, string>>
  /** Those of the body; nothing, once, where it takes none. */
  readonly bodies: readonly unknown[]
  readonly bodySchema: Json | undefined
  readonly parameters: readonly Parameter[]
  /** By status. */
  readonly answers: ReadonlyMap<string, Answer>
}

const examplesOf = ({ example, examples = {} }: Media): unknown[] =>
  example === undefined ? Object.values(examples).map(({ value }) => value) : [example]

const exampleOf = ({ example, schema }: Parameter): string | undefined => example ?? schema.examples?.[0]

/** Every path and method of a document, in its order. */
export const operationsOf = ({ paths }: Document): Operation[] =>
  Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, described]) =>
      operationOf({ path, method: method.toUpperCase() }, described),
    ),
  )

function operationOf(
  at: { path: string; method: string },
  { summary, parameters = [], requestBody, responses }: Described,
): Operation {
  const body = Object.values(requestBody?.content ?? {})[0]
  const answers = Object.entries(responses).flatMap(([status, { content = {} }]) =>
    Object.entries(content).map(
      ([type, media]) => [status, { type, schema: media.schema, example: examplesOf(media)[0] }] as const,
    ),
  )
  const query = parameters.flatMap((one) =>
    exampleOf(one) === undefined ? [] : [[one.name, exampleOf(one) as string]],
  )
  return {
    ...at,
    summary,
    parameters,
    query: Object.fromEntries(query),
    bodies: body ? examplesOf(body) : [undefined],
    bodySchema: body?.schema,
    answers: new Map(answers.toReversed()), // the first form of an answer counts
  }
}

/** Validates by a schema; answers what is wrong. */
export function validatorOf(schema: Json | undefined): (value: unknown) => string[] {
  if (!schema) return () => ['There is no schema.']
  const validate = ajv.compile(schema)
  return (value) =>
    validate(value) ? [] : (validate.errors ?? []).map((error) => `${error.instancePath} ${error.message}`)
}

/** What a document leaves open, or says against itself. */
export const faultsOfDocument = (operations: readonly Operation[]): string[] => operations.flatMap(faultsOf)

function faultsOf({ method, path, summary, bodies, bodySchema, parameters, answers }: Operation): string[] {
  const hasBody = method === 'POST'
  const values = [...answers].map(([status, { schema, example }]) => ({ name: status, schema, example }))
  const shown = [
    ...values,
    ...(hasBody ? bodies.map((example) => ({ name: 'body', schema: bodySchema, example })) : []),
    ...parameters.map((one) => ({ name: one.name, schema: one.schema, example: exampleOf(one) })),
  ]
  const faults = [
    ...(summary ? [] : ['no summary']),
    ...(answers.has('200') ? [] : ['no answer']),
    ...['4XX', '5XX'].filter((status) => !answers.has(status)).map((status) => `no ${status}`),
    ...(hasBody && bodies.length === 0 ? ['no example of a body'] : []),
    ...shown.flatMap(({ name, schema, example }) => [
      ...openPlaces(schema).map((place) => `${name}${place} has no type`),
      ...wrongIn(name, schema, example),
    ]),
  ]
  return faults.map((fault) => `${method} ${path}: ${fault}`)
}

const wrongIn = (name: string, schema: Json | undefined, example: unknown): string[] =>
  example === undefined ? [`${name} has no example`] : validatorOf(schema)(example).map((fault) => `${name}: ${fault}`)

/** Places of a schema where anything goes. */
function openPlaces(schema: Json | undefined, at = ''): string[] {
  if (!schema) return [at]
  const { type, anyOf, properties, items, maxItems } = schema as Json & {
    properties?: Record<string, Json>
    items?: Json
    anyOf?: Json[]
  }
  if (anyOf) return anyOf.flatMap((one, i) => openPlaces(one, `${at}|${i}`))
  if (type === undefined && schema.const === undefined) return [at]
  const inner = Object.entries(properties ?? {}).flatMap(([name, one]) => openPlaces(one, `${at}.${name}`))
  if (type === 'object' && !properties) return [at]
  return type === 'array' && maxItems !== 0 ? [...inner, ...openPlaces(items, `${at}[]`)] : inner
}
