import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Address, createPublicClient, createWalletClient, http } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { hardhat } from 'viem/chains'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { deployPennypost } from '../../scripts/deploy-local.ts'
import { type Chain, startChain } from '../../scripts/start/chain.ts'
import { noteTreeAbi, paymentsAbi, postageAbi, postageTokenAbi, stakeRegistryAbi } from '../../sdk/generated/abis.ts'
import type { Deployment } from '../../sdk/generated/deployments.ts'

describe('a deployment', () => {
  let chain: Chain
  let folder: string
  let deployment: Deployment
  const clientOf = ({ rpcUrl }: Chain) => createPublicClient({ transport: http(rpcUrl) })
  const accountOf = (index: number) => privateKeyToAccount(chain.privateKeys[index]!)
  const optionsOf = ({ rpcUrl, privateKeys }: Chain) => ({ rpcUrl, privateKey: privateKeys[0]!, folder })

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'pennypost-deploy-'))
    chain = await startChain()
    deployment = await deployPennypost(optionsOf(chain))
  })

  afterAll(async () => {
    await chain.close()
    await rm(folder, { recursive: true })
  })

  test('puts token, tree and postage together, with class 1 for sale', async () => {
    const client = clientOf(chain)
    const postage = { address: deployment.postage, abi: postageAbi } as const

    expect(await client.readContract({ ...postage, functionName: 'token' })).toBe(deployment.token)
    expect(await client.readContract({ ...postage, functionName: 'tree' })).toBe(deployment.tree)
    expect(await client.readContract({ ...postage, functionName: 'owner' })).toBe(deployment.timelock)
    expect(await client.readContract({ ...postage, functionName: 'classCount' })).toBe(1n)
    expect(await client.readContract({ ...postage, functionName: 'classOf', args: [1n] })).toEqual({
      price: 10n ** 18n,
      unitsPerTicket: 64,
      laneTtl: 86_400,
      rootWindow: 3_600,
      noteTtl: 31_536_000,
    })
    const kind = { address: deployment.tree, abi: noteTreeAbi, functionName: 'kindOf' } as const
    expect(await client.readContract({ ...kind, args: [deployment.postage] })).toBe(1)
    expect(await client.readContract({ ...kind, args: [accountOf(0).address] })).toBe(0)
  })

  test('puts payments, stakes, checkpoints and notices around them', async () => {
    const client = clientOf(chain)
    const { payments, operatorPool, stakeRegistry, checkpointRegistry, notice } = deployment
    const kindOf = (account: Address) =>
      client.readContract({ address: deployment.tree, abi: noteTreeAbi, functionName: 'kindOf', args: [account] })
    expect(await Promise.all([payments, stakeRegistry, notice].map(kindOf))).toEqual([4, 2, 0])

    const parts = [payments, operatorPool, stakeRegistry, checkpointRegistry, notice]
    for (const address of parts) {
      const token = await client.readContract({ address, abi: paymentsAbi, functionName: 'token' })
      expect(token).toBe(deployment.token)
      const owner = await client.readContract({ address, abi: paymentsAbi, functionName: 'owner' })
      expect(owner).toBe(deployment.timelock)
    }
    const pool = await client.readContract({ address: payments, abi: paymentsAbi, functionName: 'operatorPool' })
    expect(pool).toBe(operatorPool)
    const registry = { address: stakeRegistry, abi: stakeRegistryAbi } as const
    expect(await client.readContract({ ...registry, functionName: 'classOf', args: [1n] })).toEqual({
      amount: 1_000n * 10n ** 18n,
      penalty: 500n * 10n ** 18n,
      limit: 16,
      epochLength: 86_400,
      unitsPerTicket: 64,
      laneTtl: 86_400,
      rootWindow: 3_600,
    })
  })

  test('starts no later than its first contract', async () => {
    const client = clientOf(chain)
    const codeAt = (address: Address, blockNumber: bigint) => client.getCode({ address, blockNumber })
    const { deployedAtBlock } = deployment
    const contracts = [deployment.token, deployment.tree, deployment.postage]

    expect((await Promise.all(contracts.map((a) => codeAt(a, deployedAtBlock)))).some((code) => code)).toBe(true)
    expect((await Promise.all(contracts.map((a) => codeAt(a, deployedAtBlock - 1n)))).some((code) => code)).toBe(false)
  })

  test('is found, not repeated, by a second run', async () => {
    const block = await clientOf(chain).getBlockNumber()
    expect(await deployPennypost(optionsOf(chain))).toEqual(deployment)
    expect(await clientOf(chain).getBlockNumber()).toBe(block)
  })

  test('leaves a record in plain JSON', async () => {
    const text = await readFile(join(folder, 'deployments', 'chain-31337', 'pennypost.json'), 'utf8')
    expect(JSON.parse(text)).toEqual({ ...deployment, deployedAtBlock: Number(deployment.deployedAtBlock) })
  })

  test('sells stamps to anybody who holds tokens', async () => {
    const client = clientOf(chain)
    const [owner, alice] = [0, 1].map((i) => {
      return createWalletClient({ account: accountOf(i), chain: hardhat, transport: http(chain.rpcUrl) })
    })
    const token = { address: deployment.token, abi: postageTokenAbi } as const
    const cost = 20n * 10n ** 18n
    const postage = { address: deployment.postage, abi: postageAbi } as const
    await owner!.writeContract({ ...token, functionName: 'transfer', args: [accountOf(1).address, cost] })
    await alice!.writeContract({ ...token, functionName: 'approve', args: [deployment.postage, cost] })
    await alice!.writeContract({ ...postage, functionName: 'buy', args: [1n, 11n, 20n] })

    const appended = await client.getContractEvents({ ...postage, eventName: 'StampsBought', fromBlock: 0n })
    expect(appended.map(({ args }) => args)).toEqual([
      { buyer: accountOf(1).address, class: 1n, leafIndex: 0n, count: 20n, cost },
    ])
    const supply = await client.readContract({ ...token, functionName: 'totalSupply' })
    expect(supply).toBe(10n ** 27n - cost)
  })

  test('is made anew when its local chain is gone', async () => {
    const fresh = await startChain()
    try {
      const again = await deployPennypost(optionsOf(fresh))
      expect(await clientOf(fresh).getCode({ address: again.postage })).toBeTruthy()
    } finally {
      await fresh.close()
    }
  })

  test('takes a token that is there already, and other terms', async () => {
    const other = await mkdtemp(join(tmpdir(), 'pennypost-deploy-'))
    try {
      const parameters = { token: deployment.token, disposal: 1, price: 5n, noteTtl: 86_400 }
      const second = await deployPennypost({ ...optionsOf(chain), folder: other, parameters })
      const postage = { address: second.postage, abi: postageAbi } as const

      expect(second.token).toBe(deployment.token)
      expect(second.tree).not.toBe(deployment.tree)
      expect(await clientOf(chain).readContract({ ...postage, functionName: 'disposal' })).toBe(1)
      expect(await clientOf(chain).readContract({ ...postage, functionName: 'costOf', args: [1n, 3n] })).toBe(15n)
    } finally {
      await rm(other, { recursive: true })
    }
  })

  test('is refused for a token that is not there', async () => {
    const token = '0x00000000000000000000000000000000000000aa'
    const other = join(folder, 'other')
    await expect(deployPennypost({ ...optionsOf(chain), folder: other, parameters: { token } })).rejects.toThrow(
      `The token should be at ${token}, but this chain has no contract there.`,
    )
  })
})
