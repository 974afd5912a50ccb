import type { GivenChain } from '@pennypost/sdk'
import type { ChainPlace } from '../money/chain-place.ts'
import type { TypedData } from '../money/encode-typed-data.ts'
import type { Provider } from './discover-wallets.ts'

/** What the client asks of a wallet to sign in, and what pays with it. */
export type ConnectedWallet = {
  readonly address: `0x${string}`
  signMessage(ask: { readonly message: string }): Promise<string>
  signTypedData(data: TypedData): Promise<string>
  /** The chain as the wallet has it, for those who pay: viem comes with it. */
  openChain(place: ChainPlace): Promise<GivenChain>
}

/** Asks a wallet for an account, and has it sign from then on. Throws what the wallet says where the person declines. */
export async function connectWallet(provider: Provider): Promise<ConnectedWallet> {
  const accounts = await provider.request({ method: 'eth_requestAccounts' })
  const [address] = Array.isArray(accounts) ? accounts : []
  if (!isAddress(address)) throw new Error('The wallet has shown no account. Unlock it and try again.')
  return {
    address,
    signMessage: async ({ message }) =>
      String(await provider.request({ method: 'personal_sign', params: [hexOf(message), address] })),
    async signTypedData(data) {
      const { encodeTypedData } = await import('../money/encode-typed-data.ts')
      return String(
        await provider.request({ method: 'eth_signTypedData_v4', params: [address, encodeTypedData(data)] }),
      )
    },
    async openChain(place) {
      const { openWalletChain } = await import('../money/open-wallet-chain.ts')
      return openWalletChain(provider, address, place)
    },
  }
}

const isAddress = (value: unknown): value is `0x${string}` =>
  typeof value === 'string' && /^0x[0-9a-f]{40}$/i.test(value)

/** Some wallets take a text that looks like hex for bytes, so they all get bytes. */
const hexOf = (text: string): string =>
  `0x${[...new TextEncoder().encode(text)].map((byte) => byte.toString(16).padStart(2, '0')).join('')}`
