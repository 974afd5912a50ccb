import { type Address, createWalletClient, type Hex, http, maxUint256, parseEther } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { hardhat } from 'viem/chains'
import { checkpointRegistryAbi, postageTokenAbi } from '../../sdk/generated/abis.ts'
import type { TestChain } from './chain.ts'

export const addressOfKey = (key: Hex): Address => privateKeyToAccount(key).address

/** Announces signers, as the contracts' owner does. */
export async function announceSigners(chain: TestChain, signers: readonly Address[], threshold: number): Promise<void> {
  const owner = await chain.ownerOf(chain.checkpointRegistry)
  const args = [signers, BigInt(threshold)] as const
  await owner.writeContract({ ...registryOf(chain), functionName: 'announce', args })
}

/** Lets the holders of some keys leave their bonds, and puts those into office who are announced. */
export async function seatSigners(chain: TestChain, keys: readonly Hex[]): Promise<void> {
  const { token, checkpointRegistry, rpcUrl, testClient } = chain
  const bond = await chain.publicClient.readContract({ ...registryOf(chain), functionName: 'bond' })
  for (const key of keys) {
    const wallet = createWalletClient({
      chain: hardhat,
      transport: http(rpcUrl),
      account: privateKeyToAccount(key),
    })
    const { address } = wallet.account
    await testClient.setBalance({ address, value: parseEther('10') })
    const erc20 = { address: token, abi: postageTokenAbi } as const
    await chain.walletAt(0).writeContract({ ...erc20, functionName: 'transfer', args: [address, bond] })
    await wallet.writeContract({ ...erc20, functionName: 'approve', args: [checkpointRegistry, maxUint256] })
    await wallet.writeContract({ ...registryOf(chain), functionName: 'deposit' })
  }
  await chain.walletAt(0).writeContract({ ...registryOf(chain), functionName: 'rotate' })
}

const registryOf = ({ checkpointRegistry: address }: TestChain) => ({ address, abi: checkpointRegistryAbi }) as const
