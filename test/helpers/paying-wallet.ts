import type { Page } from 'playwright-core'
import { createWalletClient, http } from 'viem'
import type { PrivateKeyAccount } from 'viem/accounts'
import { hardhat } from 'viem/chains'
import { putProvider } from './app.ts'

/** What a wallet is asked for, and what its person declines. */
export type WalletPerson = {
  readonly asked: string[]
  readonly declines: Set<string>
  /** Then the wallet shows no account before it is asked to. */
  isLocked: boolean
}

/** What wallets say where their person declines, and of a chain that they do not know. */
const [declined, unknownChain] = [4001, 4902]

/**
 * Puts a wallet into a page that is opened next, which signs and pays what it is asked to, unless its person declines. It is on
 * another chain at first, and does not know the network's.
 */
export async function putPayingWallet(page: Page, account: PrivateKeyAccount, rpcUrl: string): Promise<WalletPerson> {
  const person: WalletPerson = { asked: [], declines: new Set(), isLocked: false }
  const client = createWalletClient({ account, chain: hardhat, transport: http(rpcUrl) })
  const known = new Set([1])
  let chainId = 1
  const numberOf = (params: unknown) => Number((params as readonly { chainId: string }[])[0]?.chainId)

  const answers: Record<string, (params: never) => unknown> = {
    eth_requestAccounts: () => [account.address.toLowerCase()],
    eth_accounts: () => (person.isLocked ? [] : [account.address.toLowerCase()]),
    eth_chainId: () => `0x${chainId.toString(16)}`,
    wallet_addEthereumChain(params) {
      chainId = numberOf(params)
      known.add(chainId)
      return null
    },
    wallet_switchEthereumChain(params) {
      if (!known.has(numberOf(params))) throw problem(unknownChain, 'Unrecognized chain ID.')
      chainId = numberOf(params)
      return null
    },
    personal_sign: ([raw]: readonly `0x${string}`[]) => account.signMessage({ message: { raw: raw as `0x${string}` } }),
    eth_signTypedData_v4: ([, data]: readonly string[]) => account.signTypedData(JSON.parse(data as string)),
    eth_sendTransaction: ([call]: readonly { to: `0x${string}`; data: `0x${string}` }[]) =>
      client.sendTransaction({ to: call?.to, data: call?.data }),
  }

  await putProvider(page, 'A wallet', async (method, params) => {
    person.asked.push(method)
    if (person.declines.has(method)) throw problem(declined, 'User rejected the request.')
    const answer = answers[method]
    if (answer) return answer(params as never)
    if (chainId !== hardhat.id) throw problem(-32000, 'This is another chain.')
    return client.request({ method, params } as never)
  })
  return person
}

const problem = (code: number, message: string): Error => Object.assign(new Error(message), { code })
