import type { FastifyInstance } from 'fastify'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { encodeCheckpoint } from '../../../sdk/codec/index.ts'
import { fromBase64, fromBytes, fromHex, networkIdOf, toBytes32, zeroAddress } from '../../../sdk/crypto/index.ts'
import { buildApp } from '../../../service/prover/app.ts'
import { type FactJob, type Facts, refuse } from '../../../service/prover/facts/index.ts'
import { createMetrics } from '../../../service/prover/metrics.ts'
import { examples } from '../../../service/prover/routes/examples.ts'
import { factExamples } from '../../../service/prover/routes/fact-examples.ts'
import type { ProverStore } from '../../../service/prover/store/index.ts'
import { checkpointOf } from '../../helpers/node.ts'
import { faultsOfDocument, type Operation, operationsOf, validatorOf } from '../../helpers/openapi.ts'

const now = 1_767_225_600
const signed = fromBase64(examples.checkpoint.checkpoint)
const block = { number: 10n, hash: new Uint8Array(32) }

/** A store that holds what the examples show. */
function makeStore(): Partial<ProverStore> {
  const checkpoint = encodeCheckpoint(checkpointOf({ issuedAt: BigInt(now) }))
  const [{ commitment = '', classId = '', ...logged }] = examples.operations.operations as [
    (typeof examples.operations.operations)[0],
  ]
  const field = (base64: string) => fromBytes(fromBase64(base64))
  const operation = {
    kind: 'append',
    leafIndex: logged.leafIndex,
    commitment: field(commitment),
    classId: field(classId),
    limit: BigInt(logged.limit),
    expiry: BigInt(logged.expiry),
  } as const
  return {
    probe: async () => undefined,
    newestSigned: async () => ({ sequence: 1n, operations: 1, checkpoint, signed }) as never,
    signedAfter: async () => [signed],
    leaves: async () => ({ size: 1, leaves: [toBytes32(5n)] }),
    nodes: async () => [toBytes32(5n)],
    operations: async () => [{ index: 0, block: 10n, operation }] as never,
    connectionsOf: async () => examples.connections.connections as never,
    ledgerBlocks: async () => [block] as never,
    blocks: async () => [block] as never,
    position: async () => ({ operations: 1, chain: new Uint8Array(32), root: 0n }),
  }
}

const { noteTree, signer, issuer, nodes } = examples.info
const lists = { postage: [], stakes: [], payments: [], connections: [] }
const node = { url: nodes[0]!.url, key: new Uint8Array(32).fill(0x11) }

const [entry] = factExamples.log.entries as [(typeof factExamples.log.entries)[0]]
const note = {
  ...entry,
  form: 'note',
  id: factExamples.issued.id,
  block: { number: BigInt(entry.block.number), hash: entry.block.hash },
  classId: 3n,
  signature: { r8x: 7n, r8y: 8n, s: 9n },
  chain: fromHex(entry.hash),
} as never
const issued = { ok: true, value: note } as const
const refused = refuse('fact.not-so', factExamples.refused.detail)

/** One that answers as the examples say. */
const issuing: Facts = {
  key: { x: fromHex(factExamples.log.issuer.x), y: fromHex(factExamples.log.issuer.y) },
  claims: undefined as never,
  ask: async () => issued,
  find: async () => issued,
  log: async () => ({ total: 1, entries: [entry] }),
}
const waiting: FactJob = {
  id: factExamples.waiting.id,
  progress: factExamples.waiting.progress,
  outcome: undefined,
  isOver: false,
  done: new Promise(() => {}),
  next: () => new Promise(() => {}),
}

const makeProver = (store: Partial<ProverStore>, facts: Facts = issuing, rateLimits: 'on' | 'off' = 'off') =>
  buildApp({
    store: store as ProverStore,
    progress: () => ({ head: 10n, wellAt: now, fault: undefined }),
    facts,
    proposed: () => signed,
    findings: () => examples.disputes.disputes as never,
    watched: () => ({ reports: examples.leaks.leaks as never, nodes: new Map([[node.url, undefined]]) }),
    signer: { address: signer } as never,
    issuer: { x: fromHex(issuer.x), y: fromHex(issuer.y) } as never,
    network: {
      ...lists,
      name: 'pennypost-local',
      networkId: networkIdOf('pennypost-local'),
      chainId: 31_337n,
      noteTree: noteTree as `0x${string}`,
      registry: zeroAddress,
      checkpointRegistry: undefined,
      nodes: [node] as never,
    },
    capacity: 4,
    clock: () => now,
    metrics: createMetrics(),
    rateLimits,
    pollMs: 1_000,
    signing: 'on',
    trustProxy: 'off',
    logLevel: 'silent',
  })

/** With what the query has for parts of the path. */
const pathOf = (path: string, query: Readonly<Record<string, string>>) =>
  path.replace(/{(\w+)}/, (_, name) => query[name] ?? '')

describe("what a prover's document says", () => {
  let app: FastifyInstance
  let empty: FastifyInstance
  let operations: readonly Operation[]
  beforeAll(async () => {
    app = await makeProver(makeStore())
    empty = await makeProver({ newestSigned: async () => undefined, signedAfter: async () => [] })
    operations = operationsOf((await app.inject('/openapi.json')).json())
  })
  afterAll(async () => {
    await Promise.all([app.close(), empty.close()])
  })

  test('is whole: every path has a summary, and schemas with examples of what it takes and answers', () => {
    expect(operations).toHaveLength(16)
    expect(faultsOfDocument(operations)).toEqual([])
  })

  test('is so: each example is answered as it says, by its schema and as its example', async () => {
    for (const { method, path, query, bodies, answers } of operations) {
      const body = bodies[0] as object | undefined
      const { statusCode, headers, payload } = await app.inject({
        method: method as 'GET',
        url: pathOf(path, query),
        query,
        ...(body && { body }),
      })
      const declared = answers.get(`${statusCode}`)
      expect([path, statusCode, String(headers['content-type']).split(';')[0]]).toEqual([path, 200, declared?.type])
      if (path === '/metrics') continue
      const answered = JSON.parse(payload)
      expect(validatorOf(declared?.schema)(answered)).toEqual([])
      expect(answered).toEqual(declared?.example)
    }
  })

  test('holds for refusals: by its limits, and where nothing is signed yet', async () => {
    const [latest] = operations.filter(({ path }) => path === '/v1/checkpoints/latest')
    const { statusCode, headers, json } = await empty.inject('/v1/checkpoints/latest')
    const declared = latest?.answers.get('4XX')
    expect([statusCode, String(headers['content-type']).split(';')[0]]).toEqual([404, declared?.type])
    expect(json()).toEqual(declared?.example)
    for (const { path, query, answers } of operations.filter(({ parameters }) => parameters.length > 0)) {
      const answer = await app.inject({
        url: path.replace(/{\w+}/, '-'),
        query: Object.fromEntries(Object.keys(query).map((name) => [name, '-'])),
      })
      expect(answer.statusCode).toBe(400)
      expect(validatorOf(answers.get('4XX')?.schema)(answer.json())).toEqual([])
    }
  })

  test('holds for facts: a request that waits, is refused, is malformed, or that nobody has made', async () => {
    const others = async (found: Awaited<ReturnType<Facts['ask']>> | undefined) =>
      await makeProver({}, { ...issuing, ask: async () => found ?? refused, find: async () => found })
    const [late, poor, none] = [await others(waiting), await others(refused), await others(undefined)]
    const [ask, follow] = ['/v1/facts', '/v1/facts/{id}'].map((path) => operations.find((one) => one.path === path)!)
    const post = { method: 'POST', url: '/v1/facts', body: factExamples.body } as const
    const url = `/v1/facts/${factExamples.issued.id}`
    for (const [answer, status, operation] of [
      [await late.inject(post), 202, ask],
      [await late.inject(url), 202, follow],
      [await poor.inject(post), 403, ask],
      [await poor.inject(url), 403, follow],
    ] as const) {
      const declared = operation?.answers.get(status === 202 ? '202' : '4XX')
      expect([answer.statusCode, answer.json()]).toEqual([status, declared?.example])
    }
    const gone = await none.inject(url)
    expect([gone.statusCode, gone.json().code]).toEqual([404, 'fact.unknown'])
    for (const changes of [{ epoch: 'now' }, { secretHash: '0x5' }, { signature: '0x' }, { subject: undefined }]) {
      const bad = await app.inject({ ...post, body: { ...factExamples.body, ...changes } })
      expect([bad.statusCode, bad.json().code]).toEqual([400, 'fact.malformed'])
    }
    await Promise.all([late.close(), poor.close(), none.close()])
  })

  test('a caller asks for 60 facts a minute, and for what became of them as often as for anything else', async () => {
    const limited = await makeProver({}, issuing, 'on')
    const post = { method: 'POST', url: '/v1/facts', body: factExamples.body } as const
    const codes: number[] = []
    for (let i = 0; i < 61; i++) codes.push((await limited.inject(post)).statusCode)
    expect(codes).toEqual([...Array<number>(60).fill(200), 429])
    expect((await limited.inject(`/v1/facts/${factExamples.issued.id}`)).statusCode).toBe(200)
    expect((await limited.inject({ ...post, remoteAddress: '10.9.8.7' })).statusCode).toBe(200)
    await limited.close()
  })

  test('events say each progress, and then what became of it', async () => {
    const tell = async (found: Awaited<ReturnType<Facts['find']>>) => {
      const one = await makeProver({}, { ...issuing, find: async () => found })
      const accept = { accept: 'text/event-stream' }
      const { headers, payload } = await one.inject({ url: `/v1/facts/${factExamples.issued.id}`, headers: accept })
      await one.close()
      expect(headers['content-type']).toBe('text/event-stream')
      const events = payload
        .trim()
        .split('\n\n')
        .map((event) => event.split('\n'))
      return events.map(([name, data]) => [name?.replace('event: ', ''), JSON.parse(data?.replace('data: ', '') ?? '')])
    }
    let turns = 0
    const job = {
      ...waiting,
      async next() {
        turns += 1
      },
      get isOver() {
        return turns === 2
      },
      get outcome() {
        return turns === 2 ? issued : undefined
      },
    }
    const progress = ['progress', factExamples.waiting]
    expect(await tell(job)).toEqual([progress, progress, ['issued', factExamples.issued]])
    expect(await tell(issued)).toEqual([['issued', factExamples.issued]])
    const failed = ['refused', { code: 'server.failed', detail: 'Something failed.' }]
    expect(await tell({ ...waiting, isOver: true })).toEqual([failed])
  })

  test('is shown on a page, to which the root leads', async () => {
    expect((await app.inject('/')).headers.location).toBe('/docs')
    expect((await app.inject('/docs')).payload).toContain('<title>Pennypost prover</title>')
  })
})
