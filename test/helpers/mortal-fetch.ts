import type { Fetch } from '../../sdk/transport/index.ts'

/** The connection of a client that dies: from then on nothing leaves it and nothing reaches it, as if its process were gone. */
export function mortalFetch() {
  const death = new AbortController()
  const fetch: Fetch = (url, init) => {
    const signals = init.signal ? [init.signal, death.signal] : [death.signal]
    return globalThis.fetch(url, { ...init, signal: AbortSignal.any(signals) })
  }
  return { fetch, die: () => death.abort(new TypeError('The client is dead.')) }
}
