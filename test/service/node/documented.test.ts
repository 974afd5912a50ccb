import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startDocumentedNodes } from '../../helpers/documented.ts'
import { faultsOfDocument, type Operation, operationsOf, validatorOf } from '../../helpers/openapi.ts'

let nodes: Awaited<ReturnType<typeof startDocumentedNodes>>
let operations: readonly Operation[]

beforeAll(async () => {
  nodes = await startDocumentedNodes()
  operations = operationsOf(await (await fetch(`${nodes.taking.url}/openapi.json`)).json())
})
afterAll(() => nodes.close())

/** What no two nodes have in common. */
const own = new Set(['node', 'nodeKey', 'signature', 'ed25519'])
const shared = (json: unknown) => JSON.parse(JSON.stringify(json, (name, value) => (own.has(name) ? 'own' : value)))

/** What is answered there alone, or in full. */
const ofOperator = new Set(['/metrics', '/healthz'])

async function ask({ method, path, query }: Operation, body: unknown) {
  const node = path === '/v1/nullifiers' ? nodes.former : nodes.taking
  const url = new URL(path, ofOperator.has(path) ? node.metricsUrl : node.url)
  url.search = new URLSearchParams(query).toString()
  const headers = { authorization: `Bearer ${nodes.token}` }
  const response = await fetch(url, { method, headers, ...(body !== undefined && { body: JSON.stringify(body) }) })
  return { response, read: async () => parse(await response.text()) }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

const isStream = ({ path }: Operation): boolean => path.includes('/subscribe')

/** The first line of a stream that carries an envelope. */
async function firstOf(response: Response): Promise<unknown> {
  let text = ''
  for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
    text += chunk
    const line = text.split('\n').find((line) => line.includes('contentTopic'))
    if (line) return JSON.parse(line)
  }
  throw new Error('The stream has ended.')
}

describe("what a node's document says", () => {
  test('is whole: every path has a summary, and schemas with examples of what it takes and answers', () => {
    expect(operations.map(({ path }) => path)).toEqual(
      expect.arrayContaining([
        '/message/v1/publish',
        '/v1/lanes',
        '/v1/nullifiers',
        '/v1/info',
        '/healthz',
        '/metrics',
      ]),
    )
    expect(faultsOfDocument(operations)).toEqual([])
  })

  test('is so: each example is answered as it says, by its schema and as its example', {
    timeout: 30_000,
  }, async () => {
    for (const operation of operations.filter((one) => !isStream(one))) {
      for (const [at, body] of operation.bodies.entries()) {
        const { response, read } = await ask(operation, body)
        const answered = await read()
        const { status } = response
        expect([operation.path, status < 300, answered]).toEqual([operation.path, true, expect.anything()])
        const declared = operation.answers.get(`${status}`)
        expect(declared?.type).toBe(response.headers.get('content-type')?.split(';')[0])
        expect(validatorOf(declared?.schema)(answered)).toEqual([])
        const isFirst = at === 0 && operation.path !== '/metrics'
        if (isFirst) expect(shared(answered)).toEqual(shared(declared?.example))
      }
    }
  })

  test('holds for streams', async () => {
    for (const operation of operations.filter(isStream)) {
      const { response } = await ask(operation, operation.bodies[0])
      const declared = operation.answers.get('200')
      const [publish] = operations
      const [{ envelopes }] = publish!.bodies as [{ envelopes: [Record<string, string>] }]
      const later = { ...envelopes[0], timestampNs: `${BigInt(envelopes[0].timestampNs!) + nextNs++}` }
      if (!operation.path.startsWith('/v1/')) await ask(publish!, { envelopes: [later] })
      const line = await firstOf(response)
      expect(validatorOf(declared?.schema)(line)).toEqual([])
      if (operation.path.startsWith('/v1/')) expect(line).toEqual(declared?.example)
    }
  })

  test('holds for refusals: by a policy, and of bodies that cannot be read', async () => {
    const [lane] = operations.filter(({ path }) => path === '/v1/lanes')
    const [body] = lane!.bodies as [object]
    await expectRefusal(lane!, { ...body, units: 2, evidence: [] })
    for (const operation of operations.filter(
      ({ bodySchema, path }) => bodySchema && path !== '/message/v1/subscribe-all',
    ))
      await expectRefusal(operation, 7)
  })
})

/** Asks, and holds the refusal to what the document says of refusals there. */
async function expectRefusal(operation: Operation, body: unknown): Promise<void> {
  const { response, read } = await ask(operation, body)
  const declared = operation.answers.get('4XX')
  expect([operation.path, response.status >= 400]).toEqual([operation.path, true])
  expect(declared?.type).toBe(response.headers.get('content-type')?.split(';')[0])
  expect(validatorOf(declared?.schema)(await read())).toEqual([])
}

let nextNs = 1n
