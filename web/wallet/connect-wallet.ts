import type { Provider } from './discover-wallets.ts'

/** What the client asks of a wallet to sign in. */
export type ConnectedWallet = { getAddress(): string; signMessage(text: string): Promise<string> }

/** Asks a wallet for an account, and has it sign from then on. Throws what the wallet says where the person declines. */
export async function connectWallet(provider: Provider): Promise<ConnectedWallet> {
  const accounts = await provider.request({ method: 'eth_requestAccounts' })
  const [address] = Array.isArray(accounts) ? accounts : []
  if (typeof address !== 'string') throw new Error('The wallet has shown no account. Unlock it and try again.')
  return {
    getAddress: () => address,
    signMessage: async (text) =>
      String(await provider.request({ method: 'personal_sign', params: [hexOf(text), address] })),
  }
}

/** Some wallets take a text that looks like hex for bytes, so they all get bytes. */
const hexOf = (text: string): string =>
  `0x${[...new TextEncoder().encode(text)].map((byte) => byte.toString(16).padStart(2, '0')).join('')}`
