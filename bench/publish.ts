import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startNode } from '../service/node/index.ts'
import { startPostgres } from '../test/helpers/postgres.ts'
import type { PublishJob, PublishResult } from './publish-child.ts'
import { median, type Row } from './row.ts'

const rounds = 9
const connectionCounts = [32, 128] as const
const requestsInAll = 3840

type Server = { readonly port: number; readonly opensLanes: boolean; close(): Promise<void> }

/**
 * Publishing under open lanes, one envelope a request, verified, stored and acknowledged: accepted a second, beside a bare
 * Fastify route that parses the same body and answers as much. The clients have a process of their own.
 */
export async function benchPublish(): Promise<Row[]> {
  const clients = fork(new URL('publish-child.ts', import.meta.url), { stdio: 'inherit' })
  const postgres = await startPostgres()
  const dataDir = await mkdtemp(join(tmpdir(), 'pennypost-bench-'))
  const servers = {
    bare: await startBare(),
    PGlite: await startOurs({ dataDir: join(dataDir, 'pglite') }),
    PostgreSQL: await startOurs({ dataDir: join(dataDir, 'postgres'), databaseUrl: await postgres.database() }),
  }
  try {
    const rows: Row[] = []
    for (const connections of connectionCounts) rows.push(...(await compare(clients, servers, connections)))
    return rows
  } finally {
    clients.kill()
    for (const server of Object.values(servers)) await server.close()
    await postgres.stop()
    await rm(dataDir, { recursive: true, force: true })
  }
}

type Kind = 'bare' | 'PGlite' | 'PostgreSQL'

/** All servers in turn, round by round; the first round warms up. */
async function compare(clients: ChildProcess, servers: Record<Kind, Server>, connections: number): Promise<Row[]> {
  const results: Record<Kind, PublishResult[]> = { bare: [], PGlite: [], PostgreSQL: [] }
  const requests = Math.floor(requestsInAll / connections)
  for (let round = 0; round <= rounds; round++) {
    for (const kind of ['bare', 'PGlite', 'PostgreSQL'] as const) {
      const { port, opensLanes } = servers[kind]
      const result = await ask(clients, { port, opensLanes, connections, requests })
      if (round > 0) results[kind].push(result)
    }
  }
  return (['PGlite', 'PostgreSQL'] as const).flatMap((kind) => rowsOf(kind, connections, results))
}

const goals = { PGlite: { 32: 0.14, 128: 0.17 }, PostgreSQL: { 32: 0.15, 128: 0.22 } } as const

function rowsOf(kind: 'PGlite' | 'PostgreSQL', connections: number, results: Record<Kind, PublishResult[]>): Row[] {
  const of = (which: Kind, value: keyof PublishResult): number => median(results[which].map((result) => result[value]))
  const row = (value: keyof PublishResult, name: string, unit: string): Row => {
    const [subject, anchor] = [of(kind, value), of('bare', value)]
    return { name, subject, anchor, ratio: subject / anchor, unit, beside: 'bare Fastify' }
  }
  const title = `publish from ${connections} connections on ${kind}`
  const goal = { atLeast: goals[kind][connections as 32 | 128] }
  return [
    { ...row('perSecond', title, '/s'), goal },
    row('p50', `${title}, p50`, 'ms'),
    row('p99', `${title}, p99`, 'ms'),
  ]
}

async function ask(clients: ChildProcess, job: PublishJob): Promise<PublishResult> {
  clients.send(job)
  const [result] = (await once(clients, 'message')) as [PublishResult]
  return result
}

async function startOurs(config: { dataDir: string; databaseUrl?: string }): Promise<Server> {
  const node = await startNode({ port: 0, logLevel: 'silent', rateLimits: 'off', ...config })
  return { port: Number(new URL(node.url).port), opensLanes: true, close: node.close }
}

type Body = { body: { envelopes: unknown[] } }

/** What any node costs: HTTP by the same Fastify, the parsing of the body, and an answer of the same size. */
async function startBare(): Promise<Server> {
  const app = createRequire(new URL('../service/package.json', import.meta.url))('fastify')()
  const receipt = { digest: 'A'.repeat(44), sequence: '1000000', signature: 'A'.repeat(88) }
  app.post('/v1/publish', async ({ body }: Body) => ({ receipts: body.envelopes.map(() => receipt) }))
  await app.listen({ port: 0, host: '127.0.0.1' })
  const { port } = app.server.address() as AddressInfo
  return { port, opensLanes: false, close: () => app.close() }
}
