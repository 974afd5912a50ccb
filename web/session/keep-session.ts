import type { NetworkInfo } from '../network/read-network.ts'
import { type ConnectedWallet, connectWallet } from '../wallet/connect-wallet.ts'
import { foundWallets } from '../wallet/discover-wallets.ts'
import { forgetOwn, keepOwn, readOwn } from './own-store.ts'

/** Who was signed in, and what the wallet has signed for it: with that, the keys are opened again. */
type Kept = {
  readonly network: string
  readonly address: `0x${string}`
  readonly signatures: Record<string, string>
}

const name = 'session'

/** A wallet, and how what it signs is kept for the next load of the page. */
export function keepSignatures(wallet: ConnectedWallet) {
  const signatures: Record<string, string> = {}
  return {
    wallet: {
      ...wallet,
      async signMessage({ message }: { readonly message: string }): Promise<string> {
        const signature = signatures[message] ?? (await wallet.signMessage({ message }))
        signatures[message] = signature
        return signature
      },
    },
    keep: (network: string): Promise<void> =>
      keepOwn(name, { network, address: wallet.address, signatures } satisfies Kept),
  }
}

/**
 * The wallet of whoever has stayed signed in on this network: what was kept it signs again, and for anything else it takes the
 * person's own. Undefined where nobody has.
 */
export async function keptWallet({ network, local }: NetworkInfo): Promise<ConnectedWallet | undefined> {
  const kept = (await readOwn(name)) as Kept | undefined
  if (!kept || kept.network !== network.name) return undefined
  const { address, signatures } = kept
  const own = () => ownWallet(address, local?.accounts ?? [])
  return {
    address,
    async signMessage({ message }) {
      const signature = Object.hasOwn(signatures, message) ? signatures[message] : undefined
      return signature ?? (await own()).signMessage({ message })
    },
    signTypedData: async (data) => (await own()).signTypedData(data),
    openChain: async (place) => (await own()).openChain(place),
  }
}

/** The wallet that has the account: one that shows it without being asked to, so that no other opens. */
async function ownWallet(
  address: string,
  accounts: NonNullable<NetworkInfo['local']>['accounts'],
): Promise<ConnectedWallet> {
  const isOwn = (one: unknown) => typeof one === 'string' && one.toLowerCase() === address.toLowerCase()
  const account = accounts.find((one) => isOwn(one.address))
  if (account) return (await import('../wallet/local-wallet.ts')).localWallet(account)
  for (const { provider } of foundWallets.value) {
    const shown = await provider.request({ method: 'eth_accounts' }).catch(() => [])
    if (!Array.isArray(shown) || !isOwn(shown[0])) continue
    const wallet = await connectWallet(provider)
    if (isOwn(wallet.address)) return wallet
  }
  throw new Error(`This takes the wallet of ${address}: choose that account in it, or sign out and in again.`)
}

/** Forgets an account that has signed out, what it was writing and what it has read. Another one that has stayed signed in does so still. */
export async function forgetSession(address: string): Promise<void> {
  const kept = (await readOwn(name)) as Kept | undefined
  if (kept?.address.toLowerCase() === address.toLowerCase()) await forgetOwn(name)
  await Promise.all([draftsOf(address), seenOf(address)].map(forgetOwn))
}

/** Where drafts of an account are kept. */
export const draftsOf = (address: string): string => `drafts ${address}`

/** Where it is kept what an account has read. */
export const seenOf = (address: string): string => `seen ${address}`
