import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import {
  type Abi,
  type Address,
  createTestClient,
  encodeFunctionData,
  type Hex,
  http,
  parseEther,
  zeroHash,
} from 'viem'
import { hardhat } from 'viem/chains'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { roleOf } from '../../scripts/ignition/modules/timelock.ts'
import { timelockAbi } from '../../scripts/tasks/owner-call.ts'
import {
  checkpointRegistryAbi,
  noteTreeAbi,
  operatorPoolAbi,
  postageAbi,
  postageTokenAbi,
} from '../../sdk/generated/abis.ts'
import { defaultRuleOn, defaultTerms } from '../../sdk/verifier/index.ts'
import { encodePause, startOwnerChain } from './helpers/owner-chain.ts'
import { openTaskRunner } from './helpers/task-runner.ts'

const issuer = {
  url: 'https://issuer.example',
  x: '0x0bb77a6ad63e739b4eacb2e09d6277c12ab8d8010534e0b62893f3f6bb957051',
  y: '0x25797203f7a0b24925572e1cd16bf9edfce0051fb9e133774b3c257a872d7d8b',
} as const

const ownableAbi = [
  {
    type: 'function',
    name: 'transferOwnership',
    inputs: [{ type: 'address' }],
    outputs: [],
    stateMutability: 'nonpayable',
  },
] as const satisfies Abi

describe('an audit', () => {
  let chain: Awaited<ReturnType<typeof startOwnerChain>>
  let run: Awaited<ReturnType<typeof openTaskRunner>>
  let parameters: string
  let snapshot: Hex
  const god = () => createTestClient({ mode: 'hardhat', chain: hardhat, transport: http(chain.rpcUrl) })
  const mallory = () => chain.addressOf(7)

  beforeAll(async () => {
    chain = await startOwnerChain((addressOf) => ({
      operators: [addressOf(3)],
      proposers: [addressOf(1)],
      signers: [addressOf(5)],
      issuers: [issuer],
      price: parseEther('2'),
      ownerDelay: 3_600,
    }))
    run = await openTaskRunner({ ...chain, keys: [chain.keyOf(0)] })
    parameters = join(chain.folder, 'given.json')
    const [operators, proposers, signers] = [3, 1, 5].map((index) => [chain.addressOf(index)])
    await writeFile(
      parameters,
      JSON.stringify({
        operators,
        proposers,
        signers,
        issuers: [issuer],
        price: `${parseEther('2')}`,
        ownerDelay: 3_600,
      }),
    )
  })
  beforeEach(async () => {
    snapshot = await god().snapshot()
  })
  afterEach(async () => {
    await god().revert({ id: snapshot })
    process.exitCode = undefined
  })
  afterAll(() => chain.close())

  /** A call of the owner's, without any delay. */
  async function asOwner(to: Address, data: Hex) {
    const { timelock } = chain.deployment
    const client = god()
    await client.impersonateAccount({ address: timelock })
    await client.setBalance({ address: timelock, value: parseEther('1') })
    await client.request({ method: 'eth_sendTransaction' as never, params: [{ from: timelock, to, data }] as never })
    await client.stopImpersonatingAccount({ address: timelock })
  }

  test('finds nothing in a deployment that is what its parameters say', async () => {
    expect(await run('audit', { parameters })).toEqual(['The deployment is what its parameters say.'])
    expect(process.exitCode).toBeUndefined()
  })

  test('finds each parameter that is another', async () => {
    const [deployer, proposer] = [chain.addressOf(0), chain.addressOf(1)]
    expect(await run('audit')).toEqual([
      expect.stringMatching(
        /^postage\.classOf\(1\) is .*price:2000000000000000000,.* not .*price:1000000000000000000,/,
      ),
      'operatorPool.operatorCount is 1, not 0.',
      `checkpointRegistry: its term defaultRule is ${defaultRuleOn(31_337)}, not ${defaultTerms.defaultRule}.`,
      expect.stringMatching(
        /^checkpointRegistry: its term issuers is \[\{url:https:..issuer.example,.*\}\], not \[\]\.$/,
      ),
      `checkpointRegistry: its terms may name the issuer ${issuer.x}, ${issuer.y}.`,
      'timelock: its delay is 3600 seconds, not 172800.',
      ...['proposer', 'canceller', 'executor'].flatMap((role) => [
        `timelock: ${deployer} is none of the ${role}s.`,
        `timelock: ${proposer} is one of the ${role}s.`,
      ]),
      '12 differ.',
    ])
    expect(process.exitCode).toBe(1)
  })

  test('finds who was let in: an inserter, a proposer, an administrator, an operator, a next owner', async () => {
    const { tree, timelock, operatorPool, postage } = chain.deployment
    const grant = (role: Hex) =>
      encodeFunctionData({ abi: timelockAbi, functionName: 'grantRole', args: [role, mallory()] })
    await asOwner(tree, encodeFunctionData({ abi: noteTreeAbi, functionName: 'addInserter', args: [mallory(), 1] }))
    await asOwner(timelock, grant(roleOf('PROPOSER')))
    await asOwner(timelock, grant(zeroHash))
    await asOwner(
      operatorPool,
      encodeFunctionData({ abi: operatorPoolAbi, functionName: 'addOperator', args: [mallory()] }),
    )
    await asOwner(
      postage,
      encodeFunctionData({ abi: ownableAbi, functionName: 'transferOwnership', args: [mallory()] }),
    )
    expect(await run('audit', { parameters })).toEqual([
      'operatorPool.operatorCount is 2, not 1.',
      `tree: ${mallory()} may append notes of kind 1.`,
      `postage: ${mallory()} may become its owner.`,
      `timelock: ${mallory()} is one of the administrators.`,
      `timelock: ${mallory()} is one of the proposers.`,
      '5 differ.',
    ])
  })

  test('finds another code, and another library', async () => {
    const { postage, tree } = chain.deployment
    const addresses = JSON.parse(
      await readFile(join(chain.folder, 'deployments/chain-31337/deployed_addresses.json'), 'utf8'),
    )
    const library: Address = addresses['Pennypost#PoseidonT4']
    for (const address of [postage, library]) {
      const code = (await chain.client.getCode({ address })) ?? '0x'
      await god().setCode({ address, bytecode: `${code.slice(0, -2)}00` as Hex })
    }
    await god().setCode({ address: tree, bytecode: '0x' })
    const lines = await run('audit', { parameters })
    expect(lines).toContain(`Postage: the code at ${postage} is not what the source compiles to.`)
    expect(lines.find((line) => line.endsWith('is not PoseidonT4.'))?.toLowerCase()).toContain(library.toLowerCase())
    expect(lines).toContain(`NoteTree: there is no contract at ${tree}.`)
    expect(process.exitCode).toBe(1)
  })

  test('finds what was scheduled, what was done and what is paused, a class and a delay', async () => {
    const { postage, timelock } = chain.deployment
    const terms = { price: 1n, unitsPerTicket: 1, laneTtl: 3_600, rootWindow: 3_600, noteTtl: 86_400 }
    await asOwner(postage, encodeFunctionData({ abi: postageAbi, functionName: 'addClass', args: [terms] }))
    await asOwner(postage, encodePause)
    await asOwner(timelock, encodeFunctionData({ abi: timelockAbi, functionName: 'updateDelay', args: [0n] }))
    const operation = [postage, 0n, encodePause, zeroHash, zeroHash] as const
    const schedule = { address: timelock, abi: timelockAbi, functionName: 'schedule' }
    await chain.send(1, { ...schedule, args: [...operation, 60n] })
    const lines = await run('audit', { parameters })
    expect(lines.slice(0, 3)).toEqual([
      'postage.classCount is 2, not 1.',
      'postage.paused is true, not false.',
      'timelock: its delay is 0 seconds, not 3600.',
    ])
    expect(lines[3]).toMatch(
      new RegExp(
        `^timelock: operation 0x\\w{64} \\(0x8456cb59 of ${postage}\\), after a delay of 60 seconds, can be carried out`,
      ),
    )
    expect(lines.slice(4)).toEqual(['4 differ.'])
  })

  test('finds other terms, and a tree and a reward that are others', async () => {
    const { checkpointRegistry, postage, payments } = chain.deployment
    const chosen = {
      floor: 'stamp 1',
      defaultRule: 'stamp 2',
      requestBits: 0,
      checkpointSeconds: 600,
      classes: [postage, payments].map((source) => ({ source, number: 1 })),
      nodes: [],
      issuers: [],
    }
    const set = encodeFunctionData({ abi: checkpointRegistryAbi, functionName: 'setTerms', args: [chosen] })
    await asOwner(checkpointRegistry, set)
    const others = {
      ...JSON.parse(await readFile(parameters, 'utf8')),
      treeCapacity: 1_024,
      rewardCap: '5',
      signerRewardCap: '6',
    }
    const given = join(chain.folder, 'others.json')
    await writeFile(given, JSON.stringify(others))
    expect(await run('audit', { parameters: given })).toEqual([
      'tree.capacity is 1048576, not 1024.',
      'stakeRegistry.rewardCap is 10000000000000000000, not 5.',
      'checkpointRegistry.rewardCap is 5000000000000000000000, not 6.',
      'checkpointRegistry: its term floor is stamp 1, not everyone.',
      `checkpointRegistry: its term defaultRule is stamp 2, not ${defaultRuleOn(31_337)}.`,
      'checkpointRegistry: its term requestBits is 0, not 20.',
      'checkpointRegistry: its term checkpointSeconds is 600, not 300.',
      expect.stringMatching(
        /^checkpointRegistry: its term classes is \[(\{[^}]*\},?){2}\], not \[(\{[^}]*\},?){3}\]\.$/,
      ),
      expect.stringMatching(
        /^checkpointRegistry: its term issuers is \[\], not \[\{url:https:..issuer.example,.*\}\]\.$/,
      ),
      '9 differ.',
    ])
  })

  test('finds who else signs or is to sign, who does not, how many are enough, and an office that has ended', async () => {
    const { checkpointRegistry: registry, token } = chain.deployment
    const announce = (signers: readonly Address[], threshold: bigint) =>
      encodeFunctionData({ abi: checkpointRegistryAbi, functionName: 'announce', args: [signers, threshold] })
    const takeOffice = async (index: number) => {
      const bond = parseEther('100000')
      const erc20 = { address: token, abi: postageTokenAbi as Abi }
      await chain.send(0, { ...erc20, functionName: 'transfer', args: [chain.addressOf(index), bond] })
      await chain.send(index, { ...erc20, functionName: 'approve', args: [registry, bond] })
      const own = { address: registry, abi: checkpointRegistryAbi as Abi, args: [] }
      await chain.send(index, { ...own, functionName: 'deposit' })
      await chain.send(index, { ...own, functionName: 'rotate' })
    }
    await takeOffice(5)
    expect(await run('audit', { parameters })).toEqual(['The deployment is what its parameters say.'])

    await chain.pass(91 * 86_400)
    await asOwner(registry, announce([mallory(), chain.addressOf(6)], 2n))
    expect(await run('audit', { parameters })).toEqual([
      `checkpointRegistry: ${mallory()} may become a signer.`,
      `checkpointRegistry: ${chain.addressOf(6)} may become a signer.`,
      'checkpointRegistry: 2 of the next signers will be enough, not 1.',
      expect.stringMatching(/^checkpointRegistry: the signers' office ended at 20\S+Z\.$/),
      '4 differ.',
    ])
    await takeOffice(7)
    expect(await run('audit', { parameters })).toEqual([
      `checkpointRegistry: ${mallory()} signs.`,
      `checkpointRegistry: ${chain.addressOf(5)} does not sign.`,
      '2 differ.',
    ])
    const two = join(chain.folder, 'two.json')
    const signers = [mallory(), chain.addressOf(5)]
    await writeFile(two, JSON.stringify({ ...JSON.parse(await readFile(parameters, 'utf8')), signers, threshold: 2 }))
    expect(await run('audit', { parameters: two })).toEqual([
      `checkpointRegistry: ${chain.addressOf(5)} does not sign.`,
      '1 differ.',
    ])
  })
})
