import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { ProverConfig } from '../../../service/prover/index.ts'
import { startTestChain, type TestChain } from '../../helpers/chain.ts'
import { type Call, startFalseEndpoint } from '../../helpers/false-endpoint.ts'
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
    const proxy = await startFalseEndpoint(chain.rpcUrl)
    running.push(proxy)
    const prover = await start({ rpcUrl: proxy.url })
    const tree = await prover.follow()
    await tree.waitFor((await chain.buy(5n)).operation)
    const known = tree.checkpoint

    proxy.lie = hideLogs
    const { operation } = await chain.buy(6n)
    const fault = { code: 'log.broken', message: expect.stringContaining('the contract counts') }
    await expect.poll(() => healthOf(prover), patience).toMatchObject({ status: 'faulty', fault })
    expect(await tree.update()).toEqual(known)
    proxy.lie = undefined
    expect(await tree.waitFor(operation)).toMatchObject({ operations: operation + 1n })
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
    const proxy = await startFalseEndpoint(chain.rpcUrl)
    running.push(proxy)
    const prover = await start({ rpcUrl: proxy.url })
    await (await prover.follow()).waitFor(0n)
    proxy.lie = () => ({ status: 503 })
    await expect.poll(() => healthOf(prover), patience).toMatchObject({ fault: { code: 'chain.unavailable' } })
    proxy.lie = turnChain
    await expect.poll(() => healthOf(prover), patience).toMatchObject({ fault: { code: 'chain.wrong' } })
    proxy.lie = undefined
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
    const proxy = await startFalseEndpoint(chain.rpcUrl)
    running.push(proxy)
    const databaseUrl = await postgres.database()
    const prover = await startTestProver(chain, { rpcUrl: proxy.url, databaseUrl })
    await (await prover.follow()).waitFor(0n)
    proxy.lie = () => 'hang'
    await new Promise((resolve) => setTimeout(resolve, 100))
    const started = performance.now()
    await prover.close()
    expect(performance.now() - started).toBeLessThan(2_000)

    proxy.lie = turnChain
    const other = startTestProver(chain, { rpcUrl: proxy.url, databaseUrl })
    await expect(other).rejects.toMatchObject({ code: 'chain.wrong' })
  })
})

function hideLogs(call: Call): undefined {
  if (call.method === 'eth_getLogs') call.result = []
}

function turnChain(call: Call): undefined {
  if (call.method === 'eth_chainId') call.result = '0x1'
}
