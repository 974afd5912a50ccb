import { type Account, type Address, hashTypedData, type PublicClient, parseSignature } from 'viem'
import { fromHex } from '../crypto/index.ts'
import { postageTokenAbi } from '../generated/abis.ts'
import { isSame } from './call.ts'
import { keySignature } from './key-signature.ts'
import type { PaymentWallet } from './wallet.ts'

type Options = {
  readonly wallet: PaymentWallet
  readonly public: Pick<PublicClient, 'readContract' | 'getBlock'>
  readonly token: Address
  readonly spender: Address
  readonly amount: bigint
}

/** An ERC-2612 permit as the contracts take it. */
export type Permit = {
  readonly deadline: bigint
  readonly v: number
  readonly r: `0x${string}`
  readonly s: `0x${string}`
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

const lifetime = 3_600n

/** Name, version, chain and contract, and nothing else (ERC-5267). */
const allFields = '0x0f'

/**
 * Lets a wallet sign a permit; undefined if the token knows none (ERC-2612 with ERC-5267). Signed is one of this token on
 * the wallet's chain and no other: what the token, or whoever answers for it, calls itself could be another contract's name.
 */
export async function signPermit({ wallet, public: chain, token, spender, amount }: Options) {
  const owner = wallet.account
  const terms = await readTerms(chain, { token, owner })
  const chainId = wallet.chain?.id ?? (await wallet.getChainId())
  if (!terms || !isOf(terms, { token, chainId })) return undefined
  const { nonce, name, version } = terms
  const domain = { name, version, chainId, verifyingContract: token } as const
  const deadline = (await chain.getBlock()).timestamp + lifetime
  const message = { owner: owner.address, spender, value: amount, nonce, deadline }
  const permit = { domain, types, primaryType: 'Permit', message } as const
  const answer = await wallet.signTypedData({ account: owner, ...permit })
  const signature = keySignature(answer, { digest: fromHex(hashTypedData(permit)), account: owner.address })
  if (!signature) return undefined // a contract's, or of another account: no token would take it
  const { r, s, yParity } = parseSignature(signature)
  return { deadline, v: 27 + yParity, r, s } satisfies Permit
}

async function readTerms(chain: Options['public'], { token, owner }: { token: Address; owner: Account }) {
  const contract = { address: token, abi: postageTokenAbi } as const
  try {
    const nonce = await chain.readContract({ ...contract, functionName: 'nonces', args: [owner.address] })
    const [fields, name, version, chainId, verifyingContract, , extensions] = await chain.readContract({
      ...contract,
      functionName: 'eip712Domain',
    })
    return { nonce, fields, name, version, chainId, verifyingContract, extensions }
  } catch {
    return undefined
  }
}

type Terms = NonNullable<Awaited<ReturnType<typeof readTerms>>>

const isOf = (terms: Terms, { token, chainId }: { token: Address; chainId: number }): boolean =>
  terms.fields === allFields &&
  terms.extensions.length === 0 &&
  terms.chainId === BigInt(chainId) &&
  isSame(terms.verifyingContract, token)
