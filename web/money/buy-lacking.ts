import type { Client, ClientEvent } from '@pennypost/sdk'
import type { Way } from './find-ways.ts'

type Watch = { readonly signal: AbortSignal; readonly onProgress: (event: ClientEvent) => void }

/** Stamps that were paid for are looked for so often, until a checkpoint names them. */
const looks = 20
const lookMs = 1_500

/**
 * Buys the stamps that a way lacks, for the cost that it names at the most. Where several tabs of an account do, one after the
 * other does: each looks first what the others have bought, and buys what is lacking then.
 */
export async function buyLacking(
  { stamps, address }: Pick<Client, 'stamps' | 'address'>,
  { quote, cost: maxPrice }: Pick<Way, 'quote' | 'cost'>,
  watch: Watch,
): Promise<void> {
  const { signal, onProgress } = watch
  const look = () => stamps.balance({ isFresh: true, signal })
  const buy = async () => {
    let held = await look()
    const count = quote.stamps - held.stamps - held.coming
    if (count > 0) {
      await stamps.buy({ count, maxPrice, ...watch })
      await stamps.prepare({ count: quote.stamps, ...watch }) // for the letter, which would wait for a page where nothing lasts
    }
    for (let i = 0; count <= 0 && held.stamps < quote.stamps && i < looks; i++) {
      onProgress({ kind: 'waiting', code: 'stamps.not-there' })
      await new Promise((resolve) => setTimeout(resolve, lookMs))
      signal.throwIfAborted()
      held = await look()
    }
  }
  const { locks } = navigator as { readonly locks?: LockManager }
  if (!locks) return buy()
  const name = `pennypost buying ${address}`
  const isDone = await locks.request(name, { ifAvailable: true }, (lock) => lock && buy().then(() => true))
  if (isDone) return
  onProgress({ kind: 'waiting', code: 'stamps.other-tab' })
  await locks.request(name, { signal }, buy)
}
