import hre from 'hardhat'
import { type Abi, type Address, encodeFunctionData, keccak256, toHex } from 'viem'

/** Gas that whole transactions used, by what they did. */
export type GasTable = Readonly<Record<string, number>>

/** A fresh chain in this process, and how to send to it. */
export type GasChain = Awaited<ReturnType<typeof openGasChain>>

/** When the chain's second block is made; times in calls are counted from here, so that their bytes never change. */
export const startTime = 1_900_000_000n

/** Opens the chain; close it when done. */
export async function openGasChain() {
  const connection = await hre.network.create()
  const client = await connection.viem.getPublicClient()
  const clock = await connection.viem.getTestClient()
  const wallets = await connection.viem.getWalletClients()
  const wallet = (index: number) => wallets[index]!
  const addressOf = (index: number): Address => wallet(index).account.address
  const { viem, close } = connection
  await clock.setNextBlockTimestamp({ timestamp: startTime })

  /** Sends one call and returns the gas of its receipt. */
  async function gasOf(from: number, to: Address, abi: Abi, functionName: string, args: readonly unknown[]) {
    const hash = await wallet(from).sendTransaction({ to, data: encodeFunctionData({ abi, functionName, args }) })
    const receipt = await client.getTransactionReceipt({ hash })
    return Number(receipt.gasUsed)
  }

  return { client, clock, wallet, addressOf, gasOf, viem, close: () => close.call(connection) }
}

/** A field element that looks like a commitment: no zero bytes to speak of, the same in every run. */
export const fieldElement = (seed: number): bigint => BigInt(keccak256(toHex(seed))) >> 3n
