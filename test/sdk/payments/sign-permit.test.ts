import { createWalletClient, custom, type Hex, zeroHash } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { hardhat } from 'viem/chains'
import { expect, test } from 'vitest'
import { signPermit } from '../../../sdk/payments/sign-permit.ts'

const [token, spender, other] = [1, 2, 3].map((n) => `0x${String(n).repeat(40)}` as const) as [Hex, Hex, Hex]
const account = privateKeyToAccount(`0x${'11'.repeat(32)}`)

type Domain = readonly [fields: Hex, name: string, version: string, chainId: bigint, contract: Hex, Hex, bigint[]]
const own: Domain = ['0x0f', 'Token', '1', BigInt(hardhat.id), token, zeroHash, []]

/** Asks for a permit over a chain that answers this for the token's domain; what the wallet was given to sign. */
async function sign(domain: Domain, chain: typeof hardhat | undefined = hardhat) {
  const asked: unknown[] = []
  const transport = custom({ request: async () => '0x7a69' }) // the number of Hardhat's chain
  const wallet = createWalletClient({ account, chain, transport }).extend((client) => ({
    signTypedData: (typed: never) => {
      asked.push(typed)
      return client.signTypedData(typed)
    },
  }))
  const readContract = async ({ functionName }: { functionName: string }) => (functionName === 'nonces' ? 0n : domain)
  const answers = { readContract, getBlock: async () => ({ timestamp: 1n }) } as never
  const permit = await signPermit({ wallet: wallet as never, public: answers, token, spender, amount: 5n })
  return { permit, asked }
}

test('a permit is for the token, on the chain of the wallet', async () => {
  for (const chain of [hardhat, undefined]) {
    const { permit, asked } = await sign(own, chain)
    expect(permit).toMatchObject({ deadline: 3_601n })
    const message = { owner: account.address, spender, value: 5n, nonce: 0n, deadline: 3_601n }
    const domain = { name: 'Token', version: '1', chainId: hardhat.id, verifyingContract: token }
    expect(asked).toEqual([expect.objectContaining({ primaryType: 'Permit', domain, message })])
  }
})

test.each<[string, Partial<Record<number, unknown>>]>([
  ['another token', { 4: other }],
  ['no contract', { 4: `0x${'0'.repeat(40)}` }],
  ['another chain', { 3: 1n }],
  ['a number that is the chain only when it is rounded', { 3: BigInt(hardhat.id) + 2n ** 64n }],
  ['a domain with a salt', { 0: '0x1f' }],
  ['a domain without a chain', { 0: '0x0b' }],
  ['a domain without a contract', { 0: '0x07' }],
  ['a domain with extensions', { 6: [1n] }],
])('nothing is signed for %s, whatever the token or the node says', async (_, lies) => {
  const domain = own.map((value, i) => (i in lies ? lies[i] : value)) as unknown as Domain
  expect(await sign(domain)).toEqual({ permit: undefined, asked: [] })
})
