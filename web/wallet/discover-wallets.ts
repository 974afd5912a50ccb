import { signal } from '@preact/signals'

/** What EIP-1193 asks of a wallet. */
export type Provider = { request(call: { method: string; params?: readonly unknown[] }): Promise<unknown> }

/** A wallet that has announced itself (EIP-6963). Its words are its own: they are shown as text, cut to a length. */
export type FoundWallet = {
  readonly id: string
  readonly name: string
  readonly icon: string | undefined
  readonly provider: Provider
}

/** All that have announced themselves so far. */
export const foundWallets = signal<readonly FoundWallet[]>([])

/** Asks wallets to announce themselves, and listens to those that do so later. */
export function discoverWallets(): void {
  addEventListener('eip6963:announceProvider', (event) => {
    const wallet = readAnnouncement((event as CustomEvent).detail)
    if (!wallet || foundWallets.value.some(({ id }) => id === wallet.id)) return
    foundWallets.value = [...foundWallets.value, wallet]
  })
  dispatchEvent(new Event('eip6963:requestProvider'))
}

const longestName = 40

function readAnnouncement(detail: unknown): FoundWallet | undefined {
  const { info, provider } = (detail ?? {}) as { info?: Record<string, unknown>; provider?: Provider }
  if (typeof info?.uuid !== 'string' || typeof info.name !== 'string' || typeof provider?.request !== 'function')
    return undefined
  const isPicture = typeof info.icon === 'string' && info.icon.startsWith('data:image/')
  return {
    id: info.uuid,
    name: info.name.slice(0, longestName) || 'A wallet without a name',
    icon: isPicture ? (info.icon as string) : undefined,
    provider,
  }
}
