import type { FastifyInstance } from 'fastify'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { networkIdOf, zeroAddress } from '../../../sdk/crypto/index.ts'
import { DatabaseUnavailableError } from '../../../service/plugins/database/postgres.ts'
import { buildApp } from '../../../service/prover/app.ts'
import { createSigner } from '../../../service/prover/checkpoints/index.ts'
import { createMetrics } from '../../../service/prover/metrics.ts'
import type { ProverStore } from '../../../service/prover/store/index.ts'
import { mistype, walletOf } from '../../helpers/accounts.ts'
import { makeNode, type TestNode } from '../../helpers/node.ts'

/** A prover's HTTP interface over a store that has signed nothing, or one thing, or is down. */
function makeProver(state: 'empty' | 'signed' | 'down' | 'broken') {
  const newest = { sequence: 1n, operations: 3, checkpoint: new Uint8Array(), signed: new Uint8Array() }
  const answer = async () => {
    if (state === 'down') throw new DatabaseUnavailableError('PostgreSQL cannot be reached.')
    if (state === 'broken') throw new TypeError('what nobody foresaw')
    return state === 'signed' ? newest : undefined
  }
  const noteTree = walletOf(0x31).address
  const none = {
    postage: [],
    stakes: [],
    payments: [],
    connections: [],
    nodes: [],
    checkpointRegistry: undefined,
    registry: zeroAddress,
  }
  return buildApp({
    store: { newestSigned: answer, signedAfter: answer } as unknown as ProverStore,
    progress: () => ({ head: undefined, wellAt: undefined, fault: undefined }),
    facts: undefined,
    proposed: () => undefined,
    findings: () => [],
    watched: () => ({ reports: [], nodes: new Map() }),
    signer: createSigner(`0x${'11'.repeat(32)}`),
    network: { name: 'test', networkId: networkIdOf('test'), chainId: 1n, noteTree, ...none },
    capacity: 4,
    clock: () => 1_700_000_000.5,
    metrics: createMetrics(),
    rateLimits: 'on',
    pollMs: 1_000,
    signing: 'on',
    trustProxy: 'off',
    logLevel: 'silent',
  })
}

type Asked = { readonly method?: 'GET' | 'POST' | 'DELETE'; readonly url: string; readonly payload?: string }

/** Asks, and holds the answer to the one form that refusals have. */
async function expectProblem(
  app: FastifyInstance,
  { method = 'GET', ...asked }: Asked,
  [status, code]: [number, string],
) {
  const answer = await app.inject({ method, ...asked })
  const problem = answer.json()
  expect([answer.statusCode, problem.code]).toEqual([status, code])
  expect(answer.headers['content-type']).toMatch(/^application\/problem\+json\b/)
  const { type, title, detail, ...rest } = problem
  expect(type).toBe(`urn:pennypost:${code}`)
  expect(title.toLowerCase()).toBe(code.replaceAll(/[.-]/g, ' '))
  expect(detail).toMatch(/^[^\n]+$/)
  expect(detail).not.toContain('foresaw')
  expect(rest).toMatchObject({ status, code })
  return answer
}

describe('every refusal of a prover has the one form', () => {
  const mistyped = mistype(walletOf(0x11).address)

  test.each<[state: Parameters<typeof makeProver>[0], asked: Asked, status: number, code: string]>([
    ['empty', { url: '/v1/nothing' }, 404, 'path.unknown'],
    ['empty', { method: 'POST', url: '/v1/info' }, 405, 'method.unknown'],
    ['empty', { url: '/v1/leaves?from=-1' }, 400, 'request.invalid'],
    ['empty', { url: '/v1/connections' }, 400, 'request.invalid'],
    ['empty', { url: '/%zz' }, 400, 'request.invalid'],
    ['empty', { url: `/v1/connections?account=${mistyped}` }, 400, 'address.malformed'],
    ['empty', { url: '/v1/checkpoints/latest' }, 404, 'checkpoint.none'],
    ['empty', { url: '/v1/leaves' }, 404, 'checkpoint.none'],
    ['empty', { url: '/v1/operations' }, 404, 'checkpoint.none'],
    ['signed', { url: '/v1/leaves?operations=4' }, 404, 'operations.not-signed'],
    ['down', { url: '/v1/checkpoints' }, 503, 'database.unavailable'],
    ['broken', { url: '/v1/checkpoints' }, 500, 'server.failed'],
  ])('a prover that is %s and asked %o answers %i %s', async (state, asked, status, code) => {
    const app = await makeProver(state)
    await expectProblem(app, asked, [status, code])
    await app.close()
  })
})

describe('every refusal of a node has the one form', () => {
  let node: TestNode
  beforeAll(async () => {
    node = await makeNode({ rateLimits: 'on' })
  })
  afterAll(() => node.close())

  test.each<[asked: Asked, status: number, code: string]>([
    [{ url: '/v1/nothing' }, 404, 'path.unknown'],
    [{ url: '/v1/lanes' }, 405, 'method.unknown'],
    [{ method: 'DELETE', url: '/v1/info' }, 405, 'method.unknown'],
    [{ url: '/nothing' }, 404, 'path.unknown'],
    [{ method: 'POST', url: '/' }, 405, 'method.unknown'],
    [{ url: '/%zz' }, 400, 'request.invalid'],
    [{ url: '/v1/%zz' }, 400, 'request.invalid'],
    [{ method: 'POST', url: '/v1/lanes', payload: '{' }, 400, 'body.malformed'],
    [{ method: 'POST', url: '/v1/publish', payload: '{}' }, 400, 'body.malformed'],
    [{ method: 'POST', url: '/v1/publish', payload: ' '.repeat(15_000_000) }, 413, 'body.too-large'],
    [{ method: 'POST', url: '/v1/topics/close', payload: '{"topic":"/xmtp/0/m"}' }, 400, 'topic.malformed'],
    [{ method: 'POST', url: '/v1/topics/close', payload: '{"topic":"/xmtp/0/m-a/proto"}' }, 404, 'lane.unknown'],
    [{ method: 'POST', url: '/v1/subscribe', payload: '{}' }, 400, 'query.malformed'],
  ])('asked %o it answers %i %s', async (asked, status, code) => {
    const { headers } = await expectProblem(node.app, asked, [status, code])
    if (status === 405) expect(headers.allow).toBe(asked.url === '/v1/lanes' ? 'POST' : 'GET, HEAD')
  })

  test('in the JSON of gRPC where XMTP V2 is spoken, for what the framework refuses too', async () => {
    for (const url of ['/message/v1/nothing', '/message/v1/%zz']) {
      const answer = await node.app.inject(url)
      expect(answer.json()).toEqual({
        code: expect.any(Number),
        message: expect.stringMatching(/^[a-z]+\./),
        details: [],
      })
    }
  })
})
