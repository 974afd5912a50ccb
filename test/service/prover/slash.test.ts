import { createWalletClient, http, parseEther } from 'viem'
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts'
import { hardhat } from 'viem/chains'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { decodeCheckpoint, encodeLeak, leaksTopic } from '../../../sdk/codec/index.ts'
import {
  addressToBytes,
  commitmentOf,
  networkIdOf,
  secretHashOf,
  toBase64,
  toBytes32,
} from '../../../sdk/crypto/index.ts'
import { checkpointRegistryAbi, noteTreeAbi, postageTokenAbi, stakeRegistryAbi } from '../../../sdk/generated/abis.ts'
import { exit, requestExit, stake } from '../../../sdk/payments/index.ts'
import { verifyCheckpoint } from '../../../sdk/verifier/index.ts'
import type { ProverConfig } from '../../../service/prover/index.ts'
import type { Staked } from '../../../service/prover/store/index.ts'
import { createReporter } from '../../../service/prover/watcher/index.ts'
import { startTestChain, type TestChain } from '../../helpers/chain.ts'
import { connectOnChain } from '../../helpers/connect-on-chain.ts'
import { startFalseNode } from '../../helpers/false-node.ts'
import { depositBond } from '../../helpers/office.ts'
import { freePort } from '../../helpers/postgres.ts'
import { network, startTestProver } from '../../helpers/prover.ts'

/** For a busy machine. */
const patience = { timeout: 90_000, interval: 50 }
const topic = leaksTopic(networkIdOf(network))
const running: { close(): Promise<void> }[] = []
const leaked: bigint[] = []

let chain: TestChain
let node: Awaited<ReturnType<typeof startFalseNode>>
let accounts = 10

beforeAll(async () => {
  chain = await startTestChain()
  node = await startFalseNode((_, reply) => {
    const row = (secret: bigint, i: number) => {
      const message = toBase64(encodeLeak({ secret: toBytes32(secret), classNumber: 1 }))
      return { contentTopic: topic, timestampNs: String(i + 1), message }
    }
    reply.end(JSON.stringify({ envelopes: leaked.map(row), pagingInfo: {} }))
  })
})

afterEach(async () => {
  leaked.length = 0
  for (const one of running.splice(0)) await one.close()
})

afterAll(async () => {
  await node?.close()
  await chain?.close()
})

/** An account with gas, or without, and the tokens of a stake. */
async function makeAccount(ether = '1') {
  const key = generatePrivateKey()
  const { address } = privateKeyToAccount(key)
  await chain.testClient.setBalance({ address, value: parseEther(ether) })
  return { key, address }
}

async function openingOf(secret: bigint) {
  const [secretHash, personHash] = [secretHashOf(secret), 1n]
  return { commitment: commitmentOf(secretHash, personHash), secretHash, personHash }
}

/** Stakes as an account of its own. */
async function stakeAs(secret: bigint, changes: { commitment?: bigint } = {}) {
  const wallet = chain.walletAt(accounts++ % 19)
  const args = [wallet.account.address, parseEther('1000')] as const
  await chain.walletAt(0).writeContract({ address: chain.token, abi: postageTokenAbi, functionName: 'transfer', args })
  const opening = { ...(await openingOf(secret)), ...changes }
  const common = { wallet, public: chain.publicClient, stakes: chain.stakeRegistry }
  const made = await stake({ ...common, token: chain.token, class: 1, opening })
  return { ...made, opening, staker: wallet.account.address, common }
}

async function start(changes: Partial<ProverConfig> = {}) {
  const prover = await startTestProver(chain, {
    stakes: [chain.stakeRegistry],
    nodes: [{ url: node.url, key: new Uint8Array(32).fill(1) }],
    ...changes,
  })
  running.push(prover)
  const get = async (path: string) => (await fetch(`${prover.url}${path}`)).json()
  const statusOf = async (staker: string) =>
    (await get('/v1/leaks')).leaks.find((report: { staker: string }) => report.staker === staker)
  const latest = async () => decodeCheckpoint((await prover.client.latestCheckpoint())?.checkpoint ?? new Uint8Array())
  return { ...prover, get, statusOf, latest }
}

const isSlashed = async (staker: `0x${string}`) =>
  (
    await chain.publicClient.readContract({
      address: chain.stakeRegistry,
      abi: stakeRegistryAbi,
      functionName: 'stakeOf',
      args: [staker],
    })
  ).isSlashed

const nextBlock = async (seconds = 12) => {
  await chain.testClient.increaseTime({ seconds })
  await chain.testClient.mine({ blocks: 1 })
}

const tokensOf = (account: `0x${string}`) =>
  chain.publicClient.readContract({
    address: chain.token,
    abi: postageTokenAbi,
    functionName: 'balanceOf',
    args: [account],
  })

describe('a cheater whose secret is out', () => {
  test('is slashed by one of two provers, and announced by both', async () => {
    const [one, other] = [await makeAccount(), await makeAccount()]
    const provers = [await start({ reporterKey: one.key }), await start({ reporterKey: other.key })]
    const cheater = await stakeAs(101n)
    leaked.push(5n, 101n)
    for (const prover of provers) {
      await expect.poll(() => prover.statusOf(cheater.staker), patience).toMatchObject({ status: 'slashed' })
      await expect.poll(async () => (await prover.latest()).leaks, patience).toContainEqual(toBytes32(101n))
      expect((await prover.get('/v1/leaks')).leaks).toHaveLength(1)
      const metrics = await (await fetch(`${prover.metricsUrl}/metrics`)).text()
      expect(metrics).toContain('pennypost_cheaters_slashed_total 1')
      expect(await prover.get('/healthz')).toMatchObject({ status: 'ok', nodes: [{ url: node.url, ok: true }] })
    }
    const logs = await chain.publicClient.getContractEvents({
      address: chain.stakeRegistry,
      abi: stakeRegistryAbi,
      eventName: 'Slashed',
      fromBlock: 0n,
    })
    expect(logs.map(({ args }) => args.staker)).toEqual([cheater.staker])
  })

  test('is found without a reporter, and seen slashed by whoever did it', async () => {
    const prover = await start()
    const cheater = await stakeAs(102n)
    leaked.push(102n)
    await expect
      .poll(() => prover.statusOf(cheater.staker), patience)
      .toMatchObject({ status: 'found', classNumber: 1 })
    const { key } = await makeAccount()
    const reporter = reporterOf(key)
    const target = { stake: stakedOf(cheater), secret: 102n }
    expect(await reporter.act(target)).toBe('committed')
    expect(await isSlashed(cheater.staker)).toBe(false)
    // the process dies here, and another one goes on
    await nextBlock()
    expect(await reporterOf(key).act(target)).toBe('slashed')
    expect(await reporterOf(key).act(target)).toBe('slashed')
    await expect.poll(() => prover.statusOf(cheater.staker), patience).toMatchObject({ status: 'slashed' })
  })

  test('is worth the reward to whoever committed first, not to whoever slashed', async () => {
    const [first, second] = [await makeAccount(), await makeAccount()]
    const cheater = await stakeAs(106n)
    const target = { stake: stakedOf(cheater), secret: 106n }
    expect(await reporterOf(first.key).act(target)).toBe('committed')
    await nextBlock()
    expect(await reporterOf(second.key).act(target)).toBe('committed')
    await nextBlock()
    expect(await reporterOf(second.key).act(target)).toBe('slashed')
    expect(await reporterOf(first.key).act(target)).toBe('slashed')
    expect(await reporterOf(second.key).act(target)).toBe('slashed')
    await nextBlock(600)
    expect(await reporterOf(second.key).act(target)).toBe('rewarded')
    expect(await tokensOf(first.address)).toBe(0n)
    expect(await reporterOf(first.key).act(target)).toBe('slashed') // it is collected, and may be taken back
    expect(await reporterOf(first.key).act(target)).toBe('rewarded')
    expect([await tokensOf(first.address), await tokensOf(second.address)]).toEqual([parseEther('10'), 0n])
  })

  test('is worked on again where the chain takes back the slash and the reward', async () => {
    const { key, address } = await makeAccount()
    const cheater = await stakeAs(107n)
    const bury = async () => {
      for (let i = 0; i < 20; i++) await chain.testClient.mine({ blocks: 1 })
    }
    await bury()
    const snapshot = await chain.testClient.snapshot()
    const prover = await start({ reporterKey: key, confirmations: 20 })
    leaked.push(107n)
    const collect = async () => {
      await expect.poll(() => isSlashed(cheater.staker), patience).toBe(true)
      await nextBlock(600)
      await expect.poll(() => tokensOf(address), patience).toBe(parseEther('10'))
    }
    await collect()
    await nextBlock()
    expect(await prover.statusOf(cheater.staker)).toMatchObject({ status: 'slashed' })
    await chain.testClient.revert({ id: snapshot })
    await chain.testClient.mine({ blocks: 1 })
    expect(await tokensOf(address)).toBe(0n)
    await collect()
    await bury()
    await expect.poll(() => prover.statusOf(cheater.staker), patience).toMatchObject({ status: 'rewarded' })
  })

  test('waits for a reporter with gas, which is said, and is slashed when it has some', async () => {
    const poor = await makeAccount('0')
    const prover = await start({ reporterKey: poor.key })
    const cheater = await stakeAs(103n)
    leaked.push(103n)
    await expect
      .poll(() => prover.statusOf(cheater.staker), patience)
      .toMatchObject({ status: 'found', fault: { code: 'reporter.gas' } })
    expect((await prover.get('/healthz')).status).toBe('ok')
    await chain.testClient.setBalance({ address: poor.address, value: parseEther('1') })
    await expect.poll(() => prover.statusOf(cheater.staker), patience).toMatchObject({ status: 'slashed' })
    expect((await prover.statusOf(cheater.staker)).fault).toBeUndefined()
  })

  test('that left in time is gone', async () => {
    const cheater = await stakeAs(104n)
    await requestExit(cheater.common)
    await nextBlock(30 * 86_400)
    await exit(cheater.common)
    const { key } = await makeAccount()
    expect(await reporterOf(key).act({ stake: stakedOf(cheater), secret: 104n })).toBe('gone')
  })

  test('by a false declaration is slashed without any secret', async () => {
    const { key } = await makeAccount()
    const prover = await start({ reporterKey: key })
    const cheater = await stakeAs(105n, { commitment: 12_345n })
    await expect.poll(() => prover.statusOf(cheater.staker), patience).toMatchObject({ status: 'slashed' })
    expect(await prover.statusOf(cheater.staker)).not.toHaveProperty('secret')
    expect(await isSlashed(cheater.staker)).toBe(true)
  })
})

const reporterOf = (key: `0x${string}`) =>
  createReporter({
    transport: http(chain.rpcUrl),
    head: () => chain.publicClient.getBlock(),
    key,
    signal: new AbortController().signal,
  })

const stakedOf = ({ staker, leafIndex, opening }: Awaited<ReturnType<typeof stakeAs>>): Staked => ({
  kind: 'staked',
  block: 0n,
  logIndex: 0,
  contract: chain.stakeRegistry,
  staker,
  classNumber: 1,
  leafIndex,
  ...opening,
})

test('checkpoints have the classes of stakes and payments', async () => {
  const prover = await start({ payments: [chain.payments] })
  await expect.poll(async () => (await prover.client.latestCheckpoint()) !== undefined, patience).toBe(true)
  const { classes } = await prover.latest()
  expect(classes.map(({ kind, number }) => [kind, number])).toEqual([
    [1, 1],
    [2, 1],
    [4, 1],
  ])
  expect(classes[1]).toMatchObject({ contract: addressToBytes(chain.stakeRegistry), price: parseEther('1000') })
  expect(classes[1]?.epochLength).toBeGreaterThan(0)
  expect(classes[1]?.limit).toBeGreaterThan(0)
  expect(classes[2]).toMatchObject({ contract: addressToBytes(chain.payments), unitsPerTicket: 64, limit: 1 })
  expect(await prover.get('/v1/info')).toMatchObject({ stakes: [chain.stakeRegistry], payments: [chain.payments] })
})

test('two of two sign together; where one leaves, both name the other, who goes on alone', async () => {
  const registry = { address: chain.checkpointRegistry, abi: checkpointRegistryAbi } as const
  const keys = [await makeAccount(), await makeAccount()]
  for (const { key } of keys) await depositBond(chain, key)
  const owner = await chain.ownerOf(registry.address)
  await owner.writeContract({ ...registry, functionName: 'announce', args: [keys.map(({ address }) => address), 2n] })
  await owner.writeContract({ ...registry, functionName: 'rotate' })

  const ports = [await freePort(), await freePort()] as const
  const at = (i: 0 | 1) => ({ port: ports[i], peers: [`http://127.0.0.1:${ports[i === 0 ? 1 : 0]}`] })
  const together = { checkpointRegistry: chain.checkpointRegistry, isNewNetwork: 'on' } as const
  const [first, second] = [keys[0]!, keys[1]!]
  const a = await start({ ...together, signerKey: first.key, ...at(0) })
  await chain.buy(313_131n)
  await expect.poll(async () => (await a.get('/v1/checkpoints/proposed')).checkpoint, patience).toBeTruthy()
  expect(await a.client.latestCheckpoint()).toBeUndefined()

  const b = await start({ ...together, signerKey: second.key, ...at(1) })
  const late = { now: Number.POSITIVE_INFINITY } // the chain is a month ahead here
  const trust = { ...a.trust, signers: keys.map(({ address }) => address), threshold: 2 }
  const newest = async (prover: typeof a) => {
    const [signed] = (await prover.client.checkpoints(0n)).slice(-1)
    return signed && decodeCheckpoint(signed.checkpoint)
  }
  await expect.poll(async () => (await newest(a))?.operations ?? 0n, patience).toBeGreaterThan(0n)
  const [one] = await a.client.checkpoints(0n)
  expect(verifyCheckpoint(one!, trust, late).sequence).toBe(1n)

  const leaving = createWalletClient({
    chain: hardhat,
    transport: http(chain.rpcUrl),
    account: privateKeyToAccount(first.key),
  })
  await leaving.writeContract({ ...registry, functionName: 'requestExit' })
  await chain.buy(424_242n)
  await expect
    .poll(() => a.get('/healthz'), patience)
    .toMatchObject({ status: 'faulty', fault: { code: 'signer.not-in-force' } })
  const next = { ...trust, signers: [second.address], threshold: 1 }
  const count = { address: chain.tree, abi: noteTreeAbi, functionName: 'operationCount' } as const
  const operations = await chain.publicClient.readContract(count)
  for (const prover of [a, b]) {
    await expect.poll(async () => (await newest(prover))?.operations, patience).toBe(operations)
  }
  const [last] = (await b.client.checkpoints(0n)).slice(-1)
  expect(verifyCheckpoint(last!, next, late)).toMatchObject({ signers: [addressToBytes(second.address)], threshold: 1 })
  expect(await a.client.checkpoints(0n)).toEqual(await b.client.checkpoints(0n))
})

test('connections on the chain are seen, and seen taken back', async () => {
  const [granter, writer] = [chain.walletAt(3), chain.walletAt(4).account.address]
  const prover = await start({ connections: [chain.connectionResolver] })
  const { uid, revoke } = await connectOnChain(chain, granter, writer)
  const seen = () => prover.client.connections(writer.toLowerCase())
  await expect.poll(seen, patience).toMatchObject([{ granter: granter.account.address, writer, uid, expiresAt: 0 }])
  await revoke()
  await expect.poll(seen, patience).toEqual([])
  expect((await fetch(`${prover.url}/v1/connections?account=0x12`)).status).toBe(400)
})
