import { nodeModule } from '../crypto/node-module.ts'
import { type WorkTarget, workOf } from '../verifier/work.ts'
import { startWorker, type WorkerPort, WorkerUnavailableError } from './platform.ts'
import type { SearchRequest, SearchResponse } from './prove-worker.ts'

type Search = { readonly target: WorkTarget; readonly bits: number }

type Options = {
  readonly workerUrl: URL | string
  readonly signal: AbortSignal | undefined
  /** Told how many hashes all have tried so far. */
  readonly onTried: (tried: number) => void
}

/** The nonce; undefined where no worker could start, or each has died, with the number of hashes until then. */
export type Searched = { readonly nonce: bigint | undefined; readonly tried: number }

/** Workers that search now, of all searches: never more than the device has cores. */
let searching = 0

/** What the device does at the same time, as far as it says. */
export function coreCount(): number {
  return nodeModule('node:os')?.availableParallelism() ?? globalThis.navigator?.hardwareConcurrency ?? 1
}

/**
 * Searches on all cores that no other search is using. What a worker answers is checked; one that answers something else, or
 * dies, is left out. An abort ends all of them at once.
 */
export async function searchInWorkers(search: Search, { workerUrl, signal, onTried }: Options): Promise<Searched> {
  signal?.throwIfAborted()
  const ports = startWorkers(Math.max(0, coreCount() - searching), workerUrl)
  if (ports.length === 0) return { nonce: undefined, tried: 0 }
  searching += ports.length
  const ending = new AbortController()
  try {
    return await new Promise((resolve, reject) => {
      signal?.addEventListener('abort', () => reject(signal.reason), { signal: ending.signal })
      listen(ports, search, { onTried, resolve })
    })
  } finally {
    for (const port of ports) port.terminate()
    searching -= ports.length
    ending.abort()
  }
}

/** As many as can be started. */
function startWorkers(count: number, workerUrl: URL | string): WorkerPort[] {
  const ports: WorkerPort[] = []
  try {
    while (ports.length < count) ports.push(startWorker(workerUrl))
  } catch (error) {
    if (!(error instanceof WorkerUnavailableError)) throw error
  }
  return ports
}

type Listening = Pick<Options, 'onTried'> & { readonly resolve: (searched: Searched) => void }

function listen(ports: readonly WorkerPort[], { target, bits }: Search, { onTried, resolve }: Listening): void {
  const alive = new Set(ports)
  let tried = 0
  for (const [index, port] of ports.entries()) {
    const leaveOut = () => {
      alive.delete(port)
      if (alive.size === 0) resolve({ nonce: undefined, tried })
    }
    port.listen((message) => {
      const response = message as SearchResponse
      if (response.kind === 'tried') {
        tried += response.tried
        onTried(tried)
      } else if (response.kind === 'found' && workOf(target, response.nonce) >= bits) {
        resolve({ nonce: response.nonce, tried })
      } else leaveOut()
    }, leaveOut)
    const request: SearchRequest = { kind: 'search', target, bits, start: BigInt(index), step: BigInt(ports.length) }
    port.post(request)
  }
}
