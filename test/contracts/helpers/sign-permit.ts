import { type Address, type Hex, maxUint256, type PublicClient, parseSignature, type WalletClient } from 'viem'
import { postageTokenAbi } from '../../../sdk/generated/abis.ts'

type Options = {
  readonly client: Pick<PublicClient, 'readContract' | 'getChainId'>
  readonly wallet: WalletClient
  readonly token: Address
  readonly spender: Address
  readonly value: bigint
}

const types = {
  Permit: [
    { name: 'owner', type: 'address' },
    { name: 'spender', type: 'address' },
    { name: 'value', type: 'uint256' },
    { name: 'nonce', type: 'uint256' },
    { name: 'deadline', type: 'uint256' },
  ],
} as const

/** Signs an ERC-2612 permit without end, as `Postage.buyWithPermit` takes it. */
export async function signPermit({ client, wallet, token, spender, value }: Options) {
  const account = wallet.account!
  const call = { address: token, abi: postageTokenAbi } as const
  const name = await client.readContract({ ...call, functionName: 'name' })
  const nonce = await client.readContract({ ...call, functionName: 'nonces', args: [account.address] })
  const domain = { name, version: '1', chainId: await client.getChainId(), verifyingContract: token }
  const message = { owner: account.address, spender, value, nonce, deadline: maxUint256 }

  const signature: Hex = await wallet.signTypedData({ account, domain, types, primaryType: 'Permit', message })
  const { r, s, yParity } = parseSignature(signature)
  return { deadline: maxUint256, v: 27 + yParity, r, s }
}
