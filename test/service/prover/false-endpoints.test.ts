import { toEventSelector, toFunctionSelector, toHex } from 'viem'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { decodeCheckpoint } from '../../../sdk/codec/index.ts'
import { commitmentOf, secretHashOf } from '../../../sdk/crypto/index.ts'
import {
  checkpointRegistryAbi,
  connectionResolverAbi,
  noteTreeAbi,
  postageAbi,
  postageTokenAbi,
  stakeRegistryAbi,
} from '../../../sdk/generated/abis.ts'
import { requestExit, stake } from '../../../sdk/payments/index.ts'
import type { ProverConfig } from '../../../service/prover/index.ts'
import { startTestChain, type TestChain } from '../../helpers/chain.ts'
import { connectOnChain } from '../../helpers/connect-on-chain.ts'
import { type Call, startFalseEndpoint } from '../../helpers/false-endpoint.ts'
import { openOffice } from '../../helpers/office.ts'
import { startPostgres } from '../../helpers/postgres.ts'
import { startTestProver } from '../../helpers/prover.ts'

/** For a busy machine. */
const patience = { timeout: 90_000, interval: 50 }

let chain: TestChain
let postgres: Awaited<ReturnType<typeof startPostgres>>
let all: Partial<ProverConfig>
/** What an honest prover signed of all that happened, and the connections it serves. */
let truth: Awaited<ReturnType<typeof saidBy>>
const running: { close(): Promise<void> }[] = []

beforeAll(async () => {
  ;[chain, postgres] = await Promise.all([startTestChain(), startPostgres()])
  const { keys } = await openOffice(chain, 1)
  all = {
    checkpointRegistry: chain.checkpointRegistry,
    stakes: [chain.stakeRegistry],
    connections: [chain.connectionResolver],
    signerKey: keys[0],
    isNewNetwork: 'on',
  }
  await happen()
  const honest = await start({ rpcUrl: chain.rpcUrl })
  await vi.waitFor(async () => {
    const [last] = (await honest.client.checkpoints(0n)).slice(-1)
    expect(last && decodeCheckpoint(last.checkpoint).leaks).toHaveLength(1)
    truth = await saidBy(honest)
  }, patience)
  expect(truth.connections).toHaveLength(1)
})

afterEach(async () => {
  for (const one of running.splice(0)) await one.close()
})

afterAll(async () => {
  await chain?.close()
  await postgres?.stop()
})

const granter = () => chain.walletAt(3)
const writers = () => [chain.walletAt(4).account.address, chain.walletAt(5).account.address] as const

/** Everything that a prover reads, and seventy blocks on top of it. */
async function happen(): Promise<void> {
  const wallet = chain.walletAt(6)
  const args = [wallet.account.address, 10n ** 21n] as const
  await chain.walletAt(0).writeContract({ address: chain.token, abi: postageTokenAbi, functionName: 'transfer', args })
  const [secretHash, personHash] = [secretHashOf(77n), 1n]
  const opening = { commitment: commitmentOf(secretHash, personHash), secretHash, personHash }
  const common = { wallet, public: chain.publicClient, stakes: chain.stakeRegistry }
  await chain.buy(1n)
  await stake({ ...common, token: chain.token, class: 1, opening })
  await requestExit(common)
  const slasher = await chain.walletOf(chain.stakeRegistry)
  const until = (await chain.publicClient.getBlock()).timestamp + 1_000_000n
  await slasher.writeContract({ address: chain.tree, abi: noteTreeAbi, functionName: 'reveal', args: [77n, until] })
  const [left, kept] = writers()
  const { revoke } = await connectOnChain(chain, granter(), left)
  await revoke()
  await connectOnChain(chain, granter(), kept)
  await chain.testClient.mine({ blocks: 70 })
}

async function start(changes: Partial<ProverConfig>) {
  const prover = await startTestProver(chain, { ...all, databaseUrl: await postgres.database(), ...changes })
  running.push(prover)
  return prover
}

type Prover = Awaited<ReturnType<typeof start>>

const healthOf = async ({ url }: Prover) => (await fetch(`${url}/healthz`)).json()

async function saidBy({ client }: Prover) {
  const checkpoints = await client.checkpoints(0n)
  const connections = await client.connections(granter().account.address)
  return { checkpoints: checkpoints.map(({ checkpoint }) => toHex(checkpoint)), connections }
}

/** Leaves out one log of an event, the first or the second one, and says that no block has any. */
const without = (topic: string, left = 0) => {
  const blooms = (call: Call) => {
    if (call.result?.logsBloom) call.result = { ...call.result, logsBloom: `0x${'00'.repeat(256)}` }
  }
  return (call: Call): undefined => {
    blooms(call)
    if (call.method !== 'eth_getLogs' || !Array.isArray(call.result)) return
    const hidden = call.result.filter(({ topics }) => topics[0] === topic)[left]
    call.result = call.result.filter((log) => log !== hidden)
  }
}

const events = [...noteTreeAbi, ...stakeRegistryAbi, ...checkpointRegistryAbi, ...connectionResolverAbi].filter(
  (item) => item.type === 'event',
)
const topicOf = (name: string): string => toEventSelector(events.find((event) => event.name === name)!)

describe('a log that an endpoint leaves out, seventy blocks deep and of a chain without filters', () => {
  test.each([
    'NoteAppended',
    'NoteZeroed',
    'Staked',
    'SecretLeaked',
    'SignersInForce',
    'TermsInForce',
    'Connected',
    'Disconnected',
  ])('%s: nothing is signed, and all of it once it is there', async (name) => {
    const endpoint = await startFalseEndpoint(chain.rpcUrl)
    running.push(endpoint)
    endpoint.lie = without(topicOf(name))
    const prover = await start({ rpcUrl: endpoint.url })
    const code = expect.stringMatching(/^(log|ledger)\.broken$/)
    await expect.poll(() => healthOf(prover), patience).toMatchObject({ status: 'faulty', fault: { code } })
    expect(await prover.client.latestCheckpoint()).toBeUndefined()
    endpoint.lie = undefined
    await expect.poll(() => saidBy(prover), patience).toEqual(truth)
  })

  test('is read from another endpoint, though the first goes on lying', async () => {
    const endpoint = await startFalseEndpoint(chain.rpcUrl)
    running.push(endpoint)
    endpoint.lie = without(topicOf('Staked'))
    const prover = await start({ rpcUrl: `${endpoint.url},${chain.rpcUrl}` })
    await expect.poll(() => saidBy(prover), patience).toEqual(truth)
    await expect.poll(() => healthOf(prover), patience).toMatchObject({ status: 'ok' }) // the lie is told until another look
  })
})

describe('an endpoint that limps', () => {
  const range = ({ method, params }: Call) => {
    if (method !== 'eth_getLogs' || BigInt(params[0].toBlock) - BigInt(params[0].fromBlock) < 7n) return undefined
    return { error: { code: -32_602, message: 'block range too large' } }
  }
  let count = 0
  test.each<[string, NonNullable<Awaited<ReturnType<typeof startFalseEndpoint>>['lie']>]>([
    ['answers for seven blocks at a time', range],
    ['wants fewer requests now and then', () => (count++ % 40 === 39 ? { status: 429 } : undefined)],
    ['finds nothing now and then', (call) => (count++ % 5 === 0 ? without(topicOf('NoteAppended'))(call) : undefined)],
  ])('and %s loses nothing', async (_, lie) => {
    const endpoint = await startFalseEndpoint(chain.rpcUrl)
    running.push(endpoint)
    endpoint.lie = lie
    const prover = await start({ rpcUrl: endpoint.url })
    await expect.poll(() => saidBy(prover), patience).toEqual(truth)
  })

  test('and names no finalised block is left for one that does; alone, it is a fault at once, until it names one', async () => {
    const endpoint = await startFalseEndpoint(chain.rpcUrl)
    running.push(endpoint)
    endpoint.lie = (call) => {
      if (call.params[0] === 'finalized') call.result = null
      return undefined
    }
    const both = await start({ rpcUrl: `${endpoint.url},${chain.rpcUrl}`, confirmations: 'finalized' })
    const alone = await start({ rpcUrl: endpoint.url, confirmations: 'finalized' })
    const fault = {
      code: 'chain.unavailable',
      message: expect.stringContaining('The chain cannot be reached: its endpoint names no finalised block.'),
    }
    await expect.poll(() => healthOf(alone), patience).toMatchObject({ status: 'faulty', fault })
    await expect.poll(() => healthOf(both), patience).toMatchObject({ head: expect.any(String), status: 'ok' })
    endpoint.lie = undefined
    await expect.poll(() => healthOf(alone), patience).toMatchObject({ status: 'ok' })
  })
})

test('an endpoint that turns to another chain, at whatever request, has nothing of that chain signed', async () => {
  const endpoint = await startFalseEndpoint(chain.rpcUrl)
  running.push(endpoint)
  const { price } = await chain.publicClient.readContract({
    address: chain.postage,
    abi: postageAbi,
    functionName: 'classOf',
    args: [1n],
  })
  const classOf = toFunctionSelector(
    postageAbi.find((item) => item.type === 'function' && item.name === 'classOf') as never,
  )
  /** The other chain: of the same history, where stamps are for nothing. */
  const turn = (call: Call) => {
    if (call.method === 'eth_chainId') call.result = '0x1'
    if (call.params[0]?.data?.startsWith(classOf)) call.result = `${toHex(1n, { size: 32 })}${call.result.slice(66)}`
  }
  const kindOf = ({ method, params: [first] }: Call): string =>
    [method, first?.data?.slice(0, 10) ?? first?.topics?.[0] ?? (method === 'eth_getBlockByNumber' ? first : '')].join(
      ' ',
    )

  const alone = { checkpointRegistry: undefined, signerKey: undefined, stakes: [], connections: [] }
  const prover = await start({ ...alone, rpcUrl: endpoint.url })
  const newest = async () => {
    const latest = await prover.client.latestCheckpoint()
    return latest && decodeCheckpoint(latest.checkpoint)
  }
  let commitment = 1_000n
  const buy = async () => (await chain.buy(++commitment)).operation + 1n
  const covers = async (operations: bigint) =>
    await expect.poll(async () => (await newest())?.operations, patience).toBe(operations)
  await covers(await buy())
  const kinds = new Set<string>()
  endpoint.lie = (call) => void kinds.add(kindOf(call).replace(/ 0x[0-9a-f]{1,6}$/, ' block'))
  await covers(await buy())
  expect(kinds.size).toBeGreaterThan(5)

  for (const kind of kinds) {
    let turned = 0
    endpoint.lie = (call) => {
      if (turned > 0 || kindOf(call).replace(/ 0x[0-9a-f]{1,6}$/, ' block') === kind) turned += 1
      if (turned > 0) turn(call)
      return undefined
    }
    const operations = await buy()
    await expect.poll(async () => (await healthOf(prover)).fault?.code, patience).toBe('chain.wrong')
    endpoint.lie = undefined
    await covers(operations)
  }
  for (const { checkpoint } of await prover.client.checkpoints(0n))
    expect(decodeCheckpoint(checkpoint).classes.map((one) => one.price)).toEqual([price])
})
