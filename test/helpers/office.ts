import { createWalletClient, type Hex, http, parseEther } from 'viem'
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts'
import { hardhat } from 'viem/chains'
import { checkpointRegistryAbi, postageTokenAbi } from '../../sdk/generated/abis.ts'
import type { TestChain } from './chain.ts'

/** Puts so many signers with bonds into office on a test chain, where nobody was; more than half of them are enough. */
export async function openOffice(chain: TestChain, count: number, threshold = Math.floor(count / 2) + 1) {
  const registry = { address: chain.checkpointRegistry, abi: checkpointRegistryAbi } as const
  const keys: Hex[] = Array.from({ length: count }, () => generatePrivateKey())
  for (const key of keys) await depositBond(chain, key)
  const signers = keys.map((key) => privateKeyToAccount(key).address)
  const owner = await chain.ownerOf(registry.address)
  await owner.writeContract({ ...registry, functionName: 'announce', args: [signers, BigInt(threshold)] })
  await owner.writeContract({ ...registry, functionName: 'rotate' })
  return { keys, signers, threshold }
}

/** Gives an account ether and the tokens of a bond, and leaves the bond. */
export async function depositBond(chain: TestChain, key: Hex): Promise<void> {
  const account = privateKeyToAccount(key)
  await chain.testClient.setBalance({ address: account.address, value: parseEther('1') })
  const registry = { address: chain.checkpointRegistry, abi: checkpointRegistryAbi } as const
  const bond = await chain.publicClient.readContract({ ...registry, functionName: 'bond' })
  const token = { address: chain.token, abi: postageTokenAbi } as const
  await chain.walletAt(0).writeContract({ ...token, functionName: 'transfer', args: [account.address, bond] })
  const signing = createWalletClient({ chain: hardhat, transport: http(chain.rpcUrl), account })
  await signing.writeContract({ ...token, functionName: 'approve', args: [registry.address, bond] })
  await signing.writeContract({ ...registry, functionName: 'deposit' })
}
