import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  type Address,
  createPublicClient,
  createTestClient,
  createWalletClient,
  type Hex,
  http,
  parseAbi,
  parseEther,
} from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { hardhat } from 'viem/chains'
import { deployPennypost } from '../../scripts/deploy-local.ts'
import type { ContractParameters } from '../../scripts/deployment/parameters.ts'
import { type Chain, startChain } from '../../scripts/start/chain.ts'
import { postageTokenAbi } from '../../sdk/generated/abis.ts'
import { type BuyStampsOptions, buyStamps } from '../../sdk/payments/index.ts'

const ownedAbi = parseAbi(['function owner() view returns (address)'])

/** A chain with the contracts on it, and everything that tests do to one. */
export type TestChain = Awaited<ReturnType<typeof startTestChain>>

/** Starts a chain, deploys the contracts, and gives the first accounts some tokens. */
export async function startTestChain(parameters: ContractParameters = {}) {
  const chain: Chain = await startChain()
  const folder = await mkdtemp(join(tmpdir(), 'pennypost-chain-'))
  const deployment = await deployPennypost({ rpcUrl: chain.rpcUrl, privateKey: keyAt(chain, 0), folder, parameters })
  const transport = http(chain.rpcUrl)
  const publicClient = createPublicClient({ chain: hardhat, transport, pollingInterval: 20, cacheTime: 0 })
  const testClient = createTestClient({ mode: 'hardhat', chain: hardhat, transport })
  const walletAt = (index: number) =>
    createWalletClient({ chain: hardhat, transport, account: privateKeyToAccount(keyAt(chain, index)) })

  /** An account that nobody here has the key of, with gas. */
  async function walletOf(account: Address) {
    await testClient.impersonateAccount({ address: account })
    await testClient.setBalance({ address: account, value: parseEther('10') })
    return createWalletClient({ chain: hardhat, transport, account })
  }

  /** The account that owns a contract, whoever that is. */
  const ownerOf = async (address: Address) =>
    walletOf(await publicClient.readContract({ address, abi: ownedAbi, functionName: 'owner' }))

  const { token, postage } = deployment
  for (const index of [1, 2]) {
    const args = [walletAt(index).account.address, parseEther('1000')] as const
    await walletAt(0).writeContract({ address: token, abi: postageTokenAbi, functionName: 'transfer', args })
  }
  return {
    ...deployment,
    rpcUrl: chain.rpcUrl,
    /** Of the account that owns the contracts. */
    privateKey: keyAt(chain, 0),
    publicClient,
    testClient,
    walletAt,
    walletOf,
    ownerOf,
    /** Buys stamps as the account at index 1. */
    buy: (commitment: bigint, options: Partial<BuyStampsOptions> = {}) =>
      buyStamps({
        wallet: walletAt(1),
        public: publicClient,
        postage,
        token,
        class: 1,
        count: 10,
        commitment,
        ...options,
      }),
    async close() {
      await chain.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

function keyAt(chain: Chain, index: number): Hex {
  const key = chain.privateKeys[index]
  if (!key) throw new RangeError(`The chain has no account ${index}.`)
  return key
}
