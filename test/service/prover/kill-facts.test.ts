import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import type { PrivateKeyAccount } from 'viem/accounts'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { fromHex } from '../../../sdk/crypto/index.ts'
import { factEpochOf } from '../../../sdk/verifier/index.ts'
import { openPostgres } from '../../../service/plugins/database/index.ts'
import { auditLog, type LogPage } from '../../../service/prover/facts/audit-log.ts'
import { startTestChain, type TestChain } from '../../helpers/chain.ts'
import { bodyOf } from '../../helpers/facts.ts'
import { startFalseEndpoint } from '../../helpers/false-endpoint.ts'
import { freePort, startPostgres } from '../../helpers/postgres.ts'
import { makeDataDir } from '../../helpers/prover.ts'

// A prover that dies while it issues: what it had answered holds, and no account has two notes of one fact and epoch.

let chain: TestChain
let postgres: Awaited<ReturnType<typeof startPostgres>>
let data: Awaited<ReturnType<typeof makeDataDir>>
let endpoint: Awaited<ReturnType<typeof startFalseEndpoint>>
let databaseUrl: string
let url: string
let child: ChildProcess | undefined

beforeAll(async () => {
  ;[chain, postgres, data] = await Promise.all([startTestChain(), startPostgres(), makeDataDir()])
  endpoint = await startFalseEndpoint(chain.rpcUrl)
  databaseUrl = await postgres.database()
  url = `http://127.0.0.1:${await freePort()}`
})
afterAll(async () => {
  child?.kill('SIGKILL')
  await endpoint?.close()
  await chain?.close()
  await postgres?.stop()
  await data?.remove()
})

/** The program that `npm run prover` runs, on PostgreSQL, and the key by which it attests. */
async function start() {
  const env = {
    ...process.env,
    PENNYPOST_PORT: new URL(url).port,
    PENNYPOST_DATA_DIR: data.dataDir,
    PENNYPOST_DATABASE_URL: databaseUrl,
    PENNYPOST_RPC_URL: endpoint.url,
    PENNYPOST_NOTE_TREE: chain.tree,
    PENNYPOST_POSTAGE: chain.postage,
    PENNYPOST_FROM_BLOCK: String(chain.deployedAtBlock),
    PENNYPOST_CONFIRMATIONS: '0',
    PENNYPOST_RATE_LIMITS: 'off',
    PENNYPOST_LOG_LEVEL: 'error',
  }
  const args = ['--disable-warning=ExperimentalWarning', 'service/prover/main.ts', '--poll-ms', '50']
  child = spawn(process.execPath, args, { env, stdio: ['ignore', 'ignore', 'inherit'] })
  const { issuer } = await vi.waitFor(readLog, { timeout: 90_000, interval: 50 })
  return { x: fromHex(issuer.x), y: fromHex(issuer.y) }
}

async function kill(): Promise<void> {
  const exited = child && once(child, 'exit')
  child?.kill('SIGKILL')
  await exited
}

const readLog = async (after = 0) => (await fetch(`${url}/v1/facts/log?after=${after}`)).json()

/** What is answered in the end; undefined where nobody answers any more. */
async function ask(body: object): Promise<{ code?: string; id?: string; credential?: object } | undefined> {
  const headers = { 'content-type': 'application/json' }
  const sent = { method: 'POST', headers, body: JSON.stringify(body) }
  const answer = await fetch(`${url}/v1/facts`, sent).then(
    (response) => response.json(),
    () => undefined,
  )
  if (answer?.status !== 'waiting') return answer
  await new Promise((resolve) => setTimeout(resolve, 50))
  return ask(body)
}

/** Resolves when the chain is asked for the so manieth time; from then on nothing is answered. */
function calls(count: number, isMeant: (method: string) => boolean): Promise<void> {
  let left = count
  return new Promise((resolve) => {
    endpoint.lie = ({ method }) => {
      if (isMeant(method)) left -= 1
      if (left > 0) return undefined
      resolve()
      return 'hang'
    }
  })
}

const now = () => Date.now() / 1000
const conditionOf = (round: number) => `holds eip155:31337/slip44:60 >= ${round}`

test('nothing that was answered is lost, and no account has two notes, whenever the prover is killed', async () => {
  const issuer = await start()
  const accounts = [1, 2, 3, 4].map((i) => chain.walletAt(i).account as PrivateKeyAccount)
  const database = await openPostgres('test', databaseUrl)
  const notes = async () => Number((await database.read({ text: 'select count(*)::int as n from fact_notes' }))[0]?.n)
  const answered = new Map<object, object>()
  const bodies: object[] = []

  /** When the database has one note more, whether or not anybody was answered. */
  const atNote = async () => {
    const before = await notes()
    while ((await notes()) === before) await new Promise(setImmediate)
  }
  const isBlock = (method: string) => method.startsWith('eth_getBlock')
  const isState = (method: string) => method === 'eth_getBalance'
  const moments = [() => calls(1, isBlock), () => calls(1, isState), () => calls(3, isState), atNote]

  for (const [round, moment] of moments.entries()) {
    const asked = await Promise.all(
      accounts.map((account) => bodyOf(account, { condition: conditionOf(round + 1), issuer }, now())),
    )
    bodies.push(...asked)
    const moved = moment()
    const answers = asked.map(async (body) => {
      const answer = await ask(body)
      if (answer?.credential) answered.set(body, answer)
    })
    await moved
    await kill()
    await Promise.all(answers)
    endpoint.lie = undefined
    expect(await start()).toEqual(issuer)
  }

  for (const body of bodies) {
    const answer = await ask(body)
    expect(answer).toMatchObject({ status: 'issued' })
    expect(answered.get(body) ?? answer).toEqual(answer)
  }
  const other = await bodyOf(accounts[0]!, { condition: conditionOf(1), issuer, secretHash: 9n }, now())
  expect(await ask(other)).toMatchObject({ code: 'fact.issued' })
  const read = (after: number): Promise<LogPage> =>
    readLog(after).then(({ total, entries }) => ({ total: Number(total), entries }))
  const audit = await auditLog({ read, issuer, epoch: factEpochOf(now()) })
  expect(audit).toMatchObject({ entries: bodies.length, facts: moments.length, faults: [] })
  await database.close()
})
