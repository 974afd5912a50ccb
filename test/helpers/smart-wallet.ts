import { readFile } from 'node:fs/promises'
import { createWalletClient, custom, type Hex, http, numberToHex, parseEther } from 'viem'
import { hardhat } from 'viem/chains'
import { postageTokenAbi } from '../../sdk/generated/abis.ts'
import type { PaymentWallet } from '../../sdk/payments/index.ts'
import type { TestChain } from './chain.ts'

/** What a wallet says of itself, and what it was asked to do. */
type Options = { readonly atomic?: 'supported' | 'ready' | 'unsupported' }

/**
 * An account that is a contract, behind a wallet that makes several calls at once (EIP-5792): each batch is one transaction
 * of the real chain, sent by the key that the contract obeys.
 */
export async function startSmartWallet(chain: TestChain, { atomic = 'supported' }: Options = {}) {
  const key = chain.walletAt(0)
  const artifact = await readFile('artifacts/contracts/mocks/WalletContract.sol/WalletContract.json', 'utf8')
  const { abi, bytecode } = JSON.parse(artifact)
  const deployed = await chain.publicClient.waitForTransactionReceipt({
    hash: await key.deployContract({ abi, bytecode, args: [key.account.address] }),
  })
  const address = deployed.contractAddress ?? '0x'
  const args = [address, parseEther('5000')] as const
  const transfer = { address: chain.token, abi: postageTokenAbi, functionName: 'transfer', args } as const
  await chain.publicClient.waitForTransactionReceipt({ hash: await key.writeContract(transfer) })

  const batches: number[] = []
  const loses = { answers: false }
  async function execute(calls: readonly { to: Hex; data: Hex }[]): Promise<Hex> {
    batches.push(calls.length)
    const hash = await key.writeContract({ address, abi, functionName: 'execute', args: [calls] })
    await chain.publicClient.waitForTransactionReceipt({ hash })
    return hash
  }
  const named = new Map<string, Hex>()
  async function statusOf(id: Hex) {
    const hash = named.get(id)
    if (!hash) throw Object.assign(new Error('unknown bundle'), { code: 5730 })
    const { status, blockHash, blockNumber, gasUsed, transactionHash, logs } =
      await chain.publicClient.getTransactionReceipt({ hash })
    const receipt = {
      logs: logs.map(({ address: from, data, topics }) => ({ address: from, data, topics })),
      status: status === 'success' ? '0x1' : '0x0',
      blockHash,
      blockNumber: numberToHex(blockNumber),
      gasUsed: numberToHex(gasUsed),
      transactionHash,
    }
    return { version: '2.0.0', id, chainId: numberToHex(hardhat.id), status: 200, atomic: true, receipts: [receipt] }
  }

  const below = http(chain.rpcUrl)({ chain: hardhat })
  const answers: Record<string, (params: never) => Promise<unknown>> = {
    wallet_getCapabilities: async () => ({ [numberToHex(hardhat.id)]: { atomic: { status: atomic } } }),
    async wallet_sendCalls([{ calls, id }]: [{ calls: { to: Hex; data: Hex }[]; id: Hex }]) {
      if (named.has(id)) throw Object.assign(new Error('duplicate'), { code: 5720 })
      named.set(id, await execute(calls))
      if (loses.answers) await new Promise(() => {})
      return { id }
    },
    wallet_getCallsStatus: ([id]: [Hex]) => statusOf(id),
    eth_sendTransaction: ([call]: [{ to: Hex; data: Hex }]) => execute([call]),
    eth_signTypedData_v4: ([, data]: [Hex, string]) => key.signTypedData(JSON.parse(data)),
  }
  const request = ({ method, params }: { method: string; params?: unknown }) =>
    answers[method]?.(params as never) ?? below.request({ method, params } as never)
  const wallet: PaymentWallet = createWalletClient({
    account: address,
    chain: hardhat,
    transport: custom({ request }, { retryCount: 0 }),
  })
  return { wallet, address, batches, loses }
}
