import type { FastifyInstance } from 'fastify'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { encodeCheckpoint } from '../../../sdk/codec/index.ts'
import { fromBase64, fromBytes, fromHex, networkIdOf, toBytes32, zeroAddress } from '../../../sdk/crypto/index.ts'
import { buildApp } from '../../../service/prover/app.ts'
import { createMetrics } from '../../../service/prover/metrics.ts'
import { examples } from '../../../service/prover/routes/examples.ts'
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

const makeProver = (store: Partial<ProverStore>) =>
  buildApp({
    store: store as ProverStore,
    progress: () => ({ head: 10n, wellAt: now, fault: undefined }),
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
    rateLimits: 'off',
    pollMs: 1_000,
    signing: 'on',
    trustProxy: 'off',
    logLevel: 'silent',
  })

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
    expect(operations).toHaveLength(13)
    expect(faultsOfDocument(operations)).toEqual([])
  })

  test('is so: each example is answered as it says, by its schema and as its example', async () => {
    for (const { path, query, answers } of operations) {
      const { statusCode, headers, payload } = await app.inject({ url: path, query })
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
        url: path,
        query: Object.fromEntries(Object.keys(query).map((name) => [name, '-'])),
      })
      expect(answer.statusCode).toBe(400)
      expect(validatorOf(answers.get('4XX')?.schema)(answer.json())).toEqual([])
    }
  })

  test('is shown on a page, to which the root leads', async () => {
    expect((await app.inject('/')).headers.location).toBe('/docs')
    expect((await app.inject('/docs')).payload).toContain('<title>Pennypost prover</title>')
  })
})
