import type { ConnectedWallet } from '../wallet/connect-wallet.ts'
import { forgetOwn, keepOwn, readOwn } from './own-store.ts'

/** Who was signed in, and what the wallet has signed for it: with that, the keys are opened again. */
type Kept = { readonly network: string; readonly address: string; readonly signatures: Record<string, string> }

const name = 'session'

/** A wallet, and how what it signs is kept for the next load of the page. */
export function keepSignatures(wallet: ConnectedWallet) {
  const signatures: Record<string, string> = {}
  return {
    wallet: {
      ...wallet,
      async signMessage(text: string): Promise<string> {
        const signature = await wallet.signMessage(text)
        signatures[text] = signature
        return signature
      },
    },
    keep: (network: string): Promise<void> =>
      keepOwn(name, { network, address: wallet.getAddress(), signatures } satisfies Kept),
  }
}

/** A wallet that signs again what was kept, and nothing else; undefined where nobody has stayed signed in on this network. */
export async function keptWallet(network: string): Promise<ConnectedWallet | undefined> {
  const kept = (await readOwn(name)) as Kept | undefined
  if (!kept || kept.network !== network) return undefined
  const { address, signatures } = kept
  return {
    getAddress: () => address,
    async signMessage(text) {
      const signature = Object.hasOwn(signatures, text) ? signatures[text] : undefined
      if (signature === undefined) throw new Error('This takes your wallet: sign out, and in again with it.')
      return signature
    },
  }
}

/** Forgets an account that has signed out, and what it was writing. Another one that has stayed signed in does so still. */
export async function forgetSession(address: string): Promise<void> {
  const kept = (await readOwn(name)) as Kept | undefined
  if (kept?.address.toLowerCase() === address.toLowerCase()) await forgetOwn(name)
  await forgetOwn(draftsOf(address))
}

/** Where drafts of an account are kept. */
export const draftsOf = (address: string): string => `drafts ${address}`
