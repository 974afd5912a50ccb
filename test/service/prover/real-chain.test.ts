import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { getAbiItem } from 'viem'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { noteTreeAbi } from '../../../sdk/notes/index.ts'
import { requireWhole } from '../../../service/prover/chain/checked-logs.ts'
import type { ProverConfig } from '../../../service/prover/index.ts'
import { startTestChain, type TestChain } from '../../helpers/chain.ts'
import { startPostgres } from '../../helpers/postgres.ts'
import { startTestProver } from '../../helpers/prover.ts'

type Prover = Awaited<ReturnType<typeof startTestProver>>

/** For a busy machine. */
const patience = { timeout: 30_000 }

describe('a prover of a chain that does not behave', () => {
  let chain: TestChain
  let postgres: Awaited<ReturnType<typeof startPostgres>>
  const running: { close(): Promise<void> }[] = []

  beforeAll(async () => {
    ;[chain, postgres] = await Promise.all([startTestChain(), startPostgres()])
  })

  afterEach(async () => {
    for (const one of running.splice(0)) await one.close()
  })

  afterAll(async () => {
    await chain?.close()
    await postgres?.stop()
  })

  async function start(changes: Partial<ProverConfig> = {}): Promise<Prover> {
    const prover = await startTestProver(chain, { databaseUrl: await postgres.database(), ...changes })
    running.push(prover)
    return prover
  }

  const healthOf = async ({ url }: Prover) => (await fetch(`${url}/healthz`)).json()

  test('where blocks are taken back under a signed checkpoint, nothing is signed until they are there again', async () => {
    const prover = await start()
    const tree = await prover.follow()
    await tree.waitFor((await chain.buy(1n)).operation)
    let snapshot = await chain.testClient.snapshot()
    const second = await chain.buy(2n)
    await tree.waitFor(second.operation)
    const before = tree.checkpoint
    const { timestamp } = await chain.publicClient.getBlock({ blockNumber: second.block })
    const back = async () => {
      await chain.testClient.revert({ id: snapshot })
      snapshot = await chain.testClient.snapshot()
    }

    await back()
    const isShrunk = { status: 'faulty', fault: { code: 'log.shrunk' } }
    await expect.poll(() => healthOf(prover), patience).toMatchObject(isShrunk)
    const other = await chain.buy(3n)
    const read = async () => Number((await healthOf(prover)).block)
    await expect.poll(read, patience).toBeGreaterThanOrEqual(Number(other.block))
    expect(await healthOf(prover)).toMatchObject(isShrunk)
    expect(await tree.update()).toEqual(before)

    await back()
    await chain.testClient.setNextBlockTimestamp({ timestamp }) // a stamp's expiry is counted from it
    await chain.buy(2n)
    const { operation } = await chain.buy(3n)
    const after = await tree.waitFor(operation)
    expect(after).toMatchObject({ operations: operation + 1n, sequence: (before?.sequence ?? 0n) + 1n })
    expect(after.roots).toHaveLength(1)
  })

  test('waits for confirmations', async () => {
    const prover = await start({ confirmations: 3 })
    const tree = await prover.follow()
    const { operation } = await chain.buy(4n)
    await chain.testClient.mine({ blocks: 2 })
    await expect.poll(async () => (await healthOf(prover)).status, patience).toBe('ok')
    await expect.poll(() => tree.update(), patience).toMatchObject({ operations: operation })
    await chain.testClient.mine({ blocks: 1 })
    expect((await tree.waitFor(operation)).blockNumber).toBe((await chain.publicClient.getBlockNumber()) - 3n)
  })

  test('reads finalised blocks where told to', async () => {
    const prover = await start({ confirmations: 'finalized' })
    const finalized = await chain.publicClient.getBlock({ blockTag: 'finalized' })
    await expect.poll(() => healthOf(prover), patience).toMatchObject({ status: 'ok', head: String(finalized.number) })
  })

  test('signs nothing while the endpoint leaves out an event, and says so', async () => {
    const proxy = await startProxy(chain.rpcUrl)
    running.push(proxy)
    const prover = await start({ rpcUrl: proxy.url })
    const tree = await prover.follow()
    await tree.waitFor((await chain.buy(5n)).operation)
    const known = tree.checkpoint

    proxy.hides = true
    const { operation } = await chain.buy(6n)
    const fault = { code: 'log.broken', message: expect.stringContaining('the contract counts') }
    await expect.poll(() => healthOf(prover), patience).toMatchObject({ status: 'faulty', fault })
    expect(await tree.update()).toEqual(known)
    proxy.hides = false
    expect(await tree.waitFor(operation)).toMatchObject({ operations: operation + 1n })
  })

  test('logs that a replica has not got yet are told from those that there are not', async () => {
    const { block } = await chain.buy(51n)
    await chain.testClient.mine({ blocks: 1 })
    const asked = { addresses: [chain.tree], events: [getAbiItem({ abi: noteTreeAbi, name: 'NoteAppended' })] }
    const range = { from: block - 1n, to: block + 1n }
    const seen = [block - 1n, block + 1n]
    const look = (found: bigint[], changes = {}) =>
      requireWhole(chain.publicClient, { ...asked, ...changes }, { ...range, found: new Set(found) })
    await look([...seen, block])
    await expect(look(seen)).rejects.toThrow(`left out what was logged in block ${block}`)
    await look(seen, { addresses: [`0x${'77'.repeat(20)}`] })
    await look(seen, { events: [getAbiItem({ abi: noteTreeAbi, name: 'SecretLeaked' })] })
  })

  test('does not start where an address is not that of the contract it should be, and names both', async () => {
    const { token } = chain
    const code = 'chain.unavailable'
    const noTree = { code, message: `There is no note tree at ${token}. Correct the address.` }
    await expect(startTestProver(chain, { noteTree: token })).rejects.toMatchObject(noTree)
    const noRegistry = { code, message: `There is no checkpoint registry at ${token}. Correct the address.` }
    await expect(startTestProver(chain, { checkpointRegistry: token })).rejects.toMatchObject(noRegistry)
  })

  test('signs nothing of another chain that answers at its endpoint', async () => {
    const proxy = await startProxy(chain.rpcUrl)
    running.push(proxy)
    const prover = await start({ rpcUrl: proxy.url })
    await (await prover.follow()).waitFor(0n)
    proxy.fails = true
    await expect.poll(() => healthOf(prover), patience).toMatchObject({ fault: { code: 'chain.unavailable' } })
    proxy.chainId = '0x1'
    proxy.fails = false
    await expect.poll(() => healthOf(prover), patience).toMatchObject({ fault: { code: 'chain.wrong' } })
    proxy.chainId = undefined
    await expect.poll(() => healthOf(prover), patience).toMatchObject({ status: 'ok' })
  })

  test('reads from an earlier block where told to later, and leaves out contracts that may not add notes', async () => {
    const databaseUrl = await postgres.database()
    await chain.buy(7n)
    const { operation } = await chain.buy(8n)
    const fromBlock = await chain.publicClient.getBlockNumber()
    const late = await startTestProver(chain, { databaseUrl, fromBlock })
    await expect.poll(() => healthOf(late), patience).toMatchObject({ fault: { code: 'log.broken' } })
    await late.close()

    const prover = await start({ databaseUrl, postage: [chain.postage, chain.token] })
    const checkpoint = await (await prover.follow()).waitFor(operation)
    expect(checkpoint.classes).toHaveLength(1)
  })

  test('a key that was given may have signed before: it begins no chain, unless it is told that there is none', async () => {
    const signerKey = `0x${'42'.repeat(32)}`
    const prover = await start({ signerKey })
    await expect.poll(() => healthOf(prover), patience).toMatchObject({ fault: { code: 'signer.forgot' } })
    expect(await prover.client.latestCheckpoint()).toBeUndefined()
    const first = await start({ signerKey, isNewNetwork: 'on' })
    expect((await (await first.follow()).waitFor(0n)).sequence).toBe(1n)
  })

  test('closes at once though its chain does not answer, and does not start on the store of another chain', async () => {
    const proxy = await startProxy(chain.rpcUrl)
    running.push(proxy)
    const databaseUrl = await postgres.database()
    const prover = await startTestProver(chain, { rpcUrl: proxy.url, databaseUrl })
    await (await prover.follow()).waitFor(0n)
    proxy.hangs = true
    await new Promise((resolve) => setTimeout(resolve, 100))
    const started = performance.now()
    await prover.close()
    expect(performance.now() - started).toBeLessThan(2_000)

    proxy.hangs = false
    proxy.chainId = '0x1'
    const other = startTestProver(chain, { rpcUrl: proxy.url, databaseUrl })
    await expect(other).rejects.toMatchObject({ code: 'chain.wrong' })
  })
})

/** An endpoint between a prover and its chain that a test makes lie or fail. */
async function startProxy(target: string) {
  const proxy = {
    url: '',
    hides: false,
    fails: false,
    hangs: false,
    chainId: undefined as string | undefined,
    close: async () => {},
  }
  const server = createServer(async (request, response) => {
    const body = Buffer.concat(await Array.fromAsync(request)).toString()
    if (proxy.hangs) return
    if (proxy.fails) return void response.writeHead(503).end()
    const { method } = JSON.parse(body)
    const answer = await fetch(target, { method: 'POST', headers: { 'content-type': 'application/json' }, body })
    const json = await answer.json()
    if (method === 'eth_getLogs' && proxy.hides) json.result = []
    if (method === 'eth_chainId' && proxy.chainId) json.result = proxy.chainId
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(json))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  proxy.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  proxy.close = () =>
    new Promise((resolve) => {
      server.closeAllConnections()
      server.close(() => resolve())
    })
  return proxy
}
