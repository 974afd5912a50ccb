import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Address, type Hex, keccak256, parseAbi, stringToBytes, zeroAddress, zeroHash } from 'viem'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { deployPennypost } from '../../scripts/deploy-local.ts'
import type { ContractParameters } from '../../scripts/deployment/parameters.ts'
import { encodePause, startOwnerChain } from './helpers/owner-chain.ts'

const day = 86_400
const timelockAbi = parseAbi([
  'event CallScheduled(bytes32 indexed id, uint256 indexed index, address target, uint256 value, bytes data, bytes32 predecessor, uint256 delay)',
  'error AccessControlUnauthorizedAccount(address account, bytes32 role)',
  'error OwnableUnauthorizedAccount(address account)',
  'error TimelockInsufficientDelay(uint256 delay, uint256 minDelay)',
  'error TimelockUnexpectedOperationState(bytes32 operation, bytes32 expected)',
  'function getMinDelay() view returns (uint256)',
  'function hasRole(bytes32 role, address account) view returns (bool)',
  'function schedule(address target, uint256 value, bytes data, bytes32 predecessor, bytes32 salt, uint256 delay)',
  'function execute(address target, uint256 value, bytes data, bytes32 predecessor, bytes32 salt) payable',
  'function cancel(bytes32 id)',
  'function owner() view returns (address)',
  'function pendingOwner() view returns (address)',
  'function pause()',
  'function paused() view returns (bool)',
])
const role = (name: string) => keccak256(stringToBytes(`${name}_ROLE`))
const roles = { proposer: role('PROPOSER'), canceller: role('CANCELLER'), executor: role('EXECUTOR'), admin: zeroHash }

describe('the timelock', () => {
  let chain: Awaited<ReturnType<typeof startOwnerChain>>

  beforeAll(async () => {
    chain = await startOwnerChain()
  })
  afterAll(() => chain.close())

  const deploy = async (parameters: ContractParameters) => {
    const folder = await mkdtemp(join(tmpdir(), 'pennypost-timelock-'))
    try {
      return await deployPennypost({ rpcUrl: chain.rpcUrl, privateKey: chain.keyOf(0), folder, parameters })
    } finally {
      await rm(folder, { recursive: true })
    }
  }
  const read = <name extends 'owner' | 'pendingOwner' | 'getMinDelay' | 'paused'>(
    address: Address,
    functionName: name,
  ) => chain.client.readContract({ address, abi: timelockAbi, functionName })
  const hasRole = (address: Address, ...args: [Hex, Address]) =>
    chain.client.readContract({ address, abi: timelockAbi, functionName: 'hasRole', args })
  const call = (
    from: number,
    functionName: 'schedule' | 'execute' | 'pause' | 'cancel',
    args: unknown[],
    to?: Address,
  ) => chain.send(from, { address: to ?? chain.deployment.timelock, abi: timelockAbi, functionName, args })
  const pauseOf = (target: Address) => [target, 0n, encodePause, zeroHash, keccak256(target)]

  test('owns every contract that has an owner', async () => {
    const { tree, postage, payments, operatorPool, stakeRegistry, checkpointRegistry, notice, timelock } =
      chain.deployment
    for (const address of [tree, postage, payments, operatorPool, stakeRegistry, checkpointRegistry, notice]) {
      expect(await read(address, 'owner')).toBe(timelock)
      expect(await read(address, 'pendingOwner')).toBe(zeroAddress)
    }
  })

  test('waits two days, and nobody but itself gives roles', async () => {
    const { timelock } = chain.deployment
    expect(await read(timelock, 'getMinDelay')).toBe(BigInt(2 * day))
    expect(await hasRole(timelock, roles.admin, chain.addressOf(0))).toBe(false)
    expect(await hasRole(timelock, roles.admin, timelock)).toBe(true)
    expect(await hasRole(timelock, roles.proposer, chain.addressOf(0))).toBe(true)
  })

  test('was told one thing while it had no delay: the batch that ended the deployment', async () => {
    const { timelock } = chain.deployment
    const scheduled = await chain.client.getContractEvents({
      address: timelock,
      abi: timelockAbi,
      eventName: 'CallScheduled',
      fromBlock: 0n,
    })
    expect(scheduled.length).toBe(8)
    expect(new Set(scheduled.map(({ args }) => args.id)).size).toBe(1)
  })

  test('lets the deployer do nothing directly', async () => {
    for (const to of [chain.deployment.postage, chain.deployment.payments, chain.deployment.notice]) {
      await expect(call(0, 'pause', [], to)).rejects.toThrow(`OwnableUnauthorizedAccount(address account)`)
    }
  })

  test('acts only after the delay, for whoever may', async () => {
    const { payments } = chain.deployment
    const pause = pauseOf(payments)
    await expect(call(0, 'schedule', [...pause, 2 * day - 1])).rejects.toThrow('TimelockInsufficientDelay')
    await expect(call(1, 'schedule', [...pause, 2 * day])).rejects.toThrow('AccessControlUnauthorizedAccount')
    await call(0, 'schedule', [...pause, 2 * day])
    await expect(call(0, 'execute', pause)).rejects.toThrow('TimelockUnexpectedOperationState')

    await chain.pass(2 * day)
    await expect(call(1, 'execute', pause)).rejects.toThrow('AccessControlUnauthorizedAccount')
    expect(await read(payments, 'paused')).toBe(false)
    await call(0, 'execute', pause)
    expect(await read(payments, 'paused')).toBe(true)
  })

  test('has proposers, cancellers and executors of a network, and no longer the deployer', async () => {
    const [proposer, canceller] = [chain.addressOf(1), chain.addressOf(2)]
    const parameters = { proposers: [proposer], cancellers: [canceller], executors: [zeroAddress], ownerDelay: 0 }
    const { timelock, notice } = await deploy(parameters)

    expect(await read(timelock, 'getMinDelay')).toBe(0n)
    for (const name of Object.values(roles)) expect(await hasRole(timelock, name, chain.addressOf(0))).toBe(false)
    expect(await hasRole(timelock, roles.proposer, proposer)).toBe(true)
    expect(await hasRole(timelock, roles.canceller, proposer)).toBe(false)
    expect(await hasRole(timelock, roles.canceller, canceller)).toBe(true)
    await call(1, 'schedule', [...pauseOf(notice), 0], timelock)
    await call(3, 'execute', pauseOf(notice), timelock) // the zero address may, so everybody may
    expect(await read(notice, 'paused')).toBe(true)
  })

  test('leaves the deployer no role where any list is given, and those to the proposers that are not', async () => {
    const { timelock } = await deploy({ proposers: [chain.addressOf(1)] })
    for (const name of Object.values(roles)) expect(await hasRole(timelock, name, chain.addressOf(0))).toBe(false)
    for (const name of [roles.proposer, roles.canceller, roles.executor]) {
      expect(await hasRole(timelock, name, chain.addressOf(1))).toBe(true)
    }
  })

  test('lets the deployer stay where a network names it', async () => {
    const { timelock } = await deploy({ proposers: [chain.addressOf(0), chain.addressOf(1)] })
    for (const index of [0, 1]) expect(await hasRole(timelock, roles.proposer, chain.addressOf(index))).toBe(true)
  })

  test.each<[string, ContractParameters]>([
    ['an empty list', { proposers: [] }],
    ['a list of others', { executors: [zeroAddress] }],
  ])('is not deployed without anybody to propose: %s', async (_, lists) => {
    await expect(deploy(lists)).rejects.toThrow('The timelock would have no proposer, ever.')
  })

  test('finds operators and first signers in office, who were there before it', async () => {
    const people = [1, 2, 3].map((i) => chain.addressOf(i))
    const { operatorPool, checkpointRegistry } = await deploy({ operators: people, signers: people })
    expect(await chain.operatorsAmong(operatorPool, people)).toEqual([true, true, true])
    expect(await chain.announcedAt(checkpointRegistry)).toMatchObject({ signers: people, threshold: 2n })
  })
})
