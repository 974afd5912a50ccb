import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  type Abi,
  type Address,
  createPublicClient,
  createTestClient,
  createWalletClient,
  encodeFunctionData,
  http,
} from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { hardhat } from 'viem/chains'
import { deployPennypost } from '../../../scripts/deploy-local.ts'
import type { ContractParameters } from '../../../scripts/deployment/parameters.ts'
import { startChain } from '../../../scripts/start/chain.ts'
import { checkpointRegistryAbi, operatorPoolAbi, postageAbi } from '../../../sdk/generated/abis.ts'

/** What an owner sends to stop new purchases, payments, stakes or notices. */
export const encodePause = encodeFunctionData({ abi: postageAbi, functionName: 'pause' })

type Call = { address: Address; abi: Abi; functionName: string; args: readonly unknown[] }

/** A chain with the contracts on it, whose clock can be moved. */
export async function startOwnerChain(
  parametersOf: (addressOf: (index: number) => Address) => ContractParameters = () => ({}),
) {
  const chain = await startChain()
  const folder = await mkdtemp(join(tmpdir(), 'pennypost-owner-'))
  const transport = http(chain.rpcUrl)
  const keyOf = (index: number) => chain.privateKeys[index]!
  const addressOf = (index: number) => privateKeyToAccount(keyOf(index)).address
  const parameters = parametersOf(addressOf)
  const deployment = await deployPennypost({ rpcUrl: chain.rpcUrl, privateKey: keyOf(0), folder, parameters })
  const client = createPublicClient({ chain: hardhat, transport, cacheTime: 0 })
  const clock = createTestClient({ mode: 'hardhat', chain: hardhat, transport })

  const walletAt = (index: number) =>
    createWalletClient({ account: privateKeyToAccount(keyOf(index)), chain: hardhat, transport })

  return {
    deployment,
    client,
    folder,
    rpcUrl: chain.rpcUrl,
    /** Of an account; number 0 deployed. */
    keyOf,
    walletAt,
    addressOf,
    /** Tries a call as an account, then sends it. */
    async send(from: number, call: Call) {
      const wallet = walletAt(from)
      await client.simulateContract({ ...call, account: wallet.account })
      return await wallet.writeContract(call)
    },
    async pass(seconds: number) {
      await clock.increaseTime({ seconds })
      await clock.mine({ blocks: 1 })
    },
    operatorsAmong: (pool: Address, people: readonly Address[]) =>
      Promise.all(
        people.map((person) =>
          client.readContract({ address: pool, abi: operatorPoolAbi, functionName: 'isOperator', args: [person] }),
        ),
      ),
    announcedAt: (registry: Address) =>
      client.readContract({ address: registry, abi: checkpointRegistryAbi, functionName: 'announced' }),
    async close() {
      await chain.close()
      await rm(folder, { recursive: true })
    },
  }
}
