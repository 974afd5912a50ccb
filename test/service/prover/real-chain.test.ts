import { http } from 'viem'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { readClasses } from '../../../service/prover/chain/classes.ts'
import type { ProverConfig } from '../../../service/prover/index.ts'
import { tellSigner } from '../../../service/prover/tell-signer.ts'
import { startTestChain, type TestChain } from '../../helpers/chain.ts'
import { type Call, startFalseEndpoint } from '../../helpers/false-endpoint.ts'
import { startPostgres } from '../../helpers/postgres.ts'
import { startTestProver } from '../../helpers/prover.ts'

type Prover = Awaited<ReturnType<typeof startTestProver>>

/** For a busy machine. */
const patience = { timeout: 90_000 }

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
    const isBehind = { status: 'faulty', fault: { code: 'chain.unavailable' } } // for all that it shows, it may lag
    await expect.poll(() => healthOf(prover), patience).toMatchObject(isBehind)
    const other = await chain.buy(3n)
    const isShrunk = { status: 'faulty', fault: { code: 'log.shrunk' } }
    await expect.poll(() => healthOf(prover), patience).toMatchObject(isShrunk)
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

  /** A database that a prover has been started on. */
  let known: string | undefined
  async function beforehand(): Promise<string> {
    const databaseUrl = await postgres.database()
    await (await startTestProver(chain, { databaseUrl })).close()
    return databaseUrl
  }

  test.each<[keyof ProverConfig, (all: TestChain) => `0x${string}`, string]>([
    ['noteTree', ({ token }) => token, 'PENNYPOST_NOTE_TREE: there is no such contract'],
    ['postage', ({ token }) => token, 'PENNYPOST_POSTAGE: there is no such contract'],
    ['postage', ({ stakeRegistry }) => stakeRegistry, 'PENNYPOST_POSTAGE: there is another kind of contract'],
    ['stakes', ({ payments }) => payments, 'PENNYPOST_STAKES: there is another kind of contract'],
    ['payments', ({ notice }) => notice, 'PENNYPOST_PAYMENTS: there is no such contract'],
    ['connections', ({ eas }) => eas, 'PENNYPOST_CONNECTIONS: there is no such contract'],
    [
      'checkpointRegistry',
      ({ stakeRegistry }) => stakeRegistry,
      'PENNYPOST_CHECKPOINT_REGISTRY: there is no such contract',
    ],
  ])(
    'does not start with %s of another contract, and names setting and address in one sentence',
    async (key, at, said) => {
      const wrong = at(chain)
      const isList = ['postage', 'stakes', 'payments', 'connections'].includes(key)
      known ??= await beforehand()
      for (const databaseUrl of [known, await postgres.database()]) {
        const starting = startTestProver(chain, {
          databaseUrl,
          [key]: isList ? [wrong] : wrong,
        })
        const message = `${said} at ${wrong}. Correct the address.`
        await expect(starting).rejects.toMatchObject({ code: 'setting.invalid', message })
      }
    },
  )

  test('does not start in a network that is not that of its registry or of its connections', async () => {
    for (const [key, setting] of [
      ['checkpointRegistry', 'PENNYPOST_CHECKPOINT_REGISTRY'],
      ['connections', 'PENNYPOST_CONNECTIONS'],
    ] as const) {
      const address = key === 'connections' ? chain.connectionResolver : chain.checkpointRegistry
      const starting = startTestProver(chain, {
        databaseUrl: await postgres.database(),
        network: 'another',
        [key]: key === 'connections' ? [address] : address,
      })
      const message = `${setting}: there is a contract of another network than another at ${address}. Correct the address.`
      await expect(starting).rejects.toMatchObject({ code: 'setting.invalid', message })
    }
  })

  test('says in a sentence at the start that its key is not among those who sign', async () => {
    const said: string[] = []
    const log = { warn: (_: object, message: string) => said.push(message) } as never
    const [signer, other] = [0, 1].map((i) => chain.walletAt(i).account.address) as [`0x${string}`, `0x${string}`]
    const config = { signing: 'on', signers: [], checkpointRegistry: undefined } as const
    const told = { signer, transport: http(chain.rpcUrl) }
    await tellSigner(log, { ...told, config })
    await tellSigner(log, { ...told, config: { ...config, signers: [other, signer] } })
    await tellSigner(log, { ...told, config: { ...config, signing: 'off', signers: [other] } })
    expect(said).toEqual([])
    await tellSigner(log, { ...told, config: { ...config, signers: [other] } })
    const { checkpointRegistry } = chain
    await tellSigner(log, { ...told, config: { ...config, checkpointRegistry } })
    const sentence = (where: string) =>
      `The key of this prover, ${signer}, is not ${where}: it signs nothing until it is.`
    const sentences = [sentence('among PENNYPOST_SIGNERS'), sentence(`in office at ${checkpointRegistry}`)]
    expect(said).toEqual(sentences)
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

    const prover = await start({ databaseUrl })
    expect((await (await prover.follow()).waitFor(operation)).classes).toHaveLength(1)
    const { tree: noteTree, postage, token, publicClient } = chain
    const contracts = { noteTree, postage: [postage, token], stakes: [], payments: [] }
    expect(await readClasses(publicClient, contracts, fromBlock)).toHaveLength(1)
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
