/** What tabs of one account share: who of them listens to the node, and what they tell each other. */
export type Tabs = {
  /** Runs this while it is the tab's turn to listen; when the tab is closed, another has it. */
  takeTurn(listen: () => Promise<void>): void
  /** Tells the others of the account that something has come or gone in a conversation. */
  tell(topic: string): void
  /** Hears what they tell. */
  onTold(hear: (topic: string) => void): void
}

/** So many tabs of an origin hold streams at once: each has three at the most, and a browser has six connections over HTTP/1.1. */
const slots = ['0', '1']

/** Where the browser has no locks (in a page that came without TLS), every tab listens. */
export function openTabs(account: string, signal: AbortSignal): Tabs {
  const { locks } = navigator as { readonly locks?: LockManager }
  const name = `pennypost ${account}`
  const channel = new BroadcastChannel(name)
  signal.addEventListener('abort', () => channel.close())
  return {
    takeTurn(listen) {
      if (!locks) void listen()
      else void hold(locks, { name, signal }, () => holdAny(locks, listen, signal))
    },
    tell(topic) {
      if (!signal.aborted) channel.postMessage(topic)
    },
    onTold: (hear) => channel.addEventListener('message', ({ data }) => hear(String(data))),
  }
}

type Held = { readonly name: string; readonly signal: AbortSignal }

/** Holds a lock for as long as something goes on. Where the signal ends the waiting, it is not needed any more. */
const hold = (locks: LockManager, { name, signal }: Held, run: () => Promise<void>): Promise<void> =>
  locks.request(name, { signal }, run).catch((error: unknown) => {
    if (!signal.aborted) throw error
  })

/** Waits for all slots at once, and takes the first that is free. */
async function holdAny(locks: LockManager, run: () => Promise<void>, signal: AbortSignal): Promise<void> {
  const waiting = new AbortController()
  const either = AbortSignal.any([signal, waiting.signal])
  const take = async () => {
    if (waiting.signal.aborted) return
    waiting.abort() // for the others
    await run()
  }
  await Promise.all(slots.map((slot) => hold(locks, { name: `pennypost slot ${slot}`, signal: either }, take)))
}
