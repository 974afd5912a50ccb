import { joinSignals } from '@pennypost/sdk/async'
import { decodeCheckpoint, type SignedCheckpoint } from '@pennypost/sdk/codec'
import { ProverUnavailableError, readCheckpoints, readProposal } from '../../plugins/read-checkpoints.ts'

/**
 * Signed checkpoints after a number, oldest first, from another prover of the network. Throws
 * {@link ProverUnavailableError} where it does not answer as a prover does.
 */
export type Peer = (after: bigint) => Promise<readonly SignedCheckpoint[]>

/**
 * What others would sign next, with the signatures that it has so far, as they answer; who does not answer has nothing to
 * offer. Nobody is waited for any longer when the reader has enough.
 */
export type Proposals = () => AsyncIterable<SignedCheckpoint>

/** Milliseconds for an answer: whoever signs with this prover is waited for so long, again and again. */
const timeoutMs = 2_000

/** A prover that does not answer is left alone so many times longer than that took. */
const restFactor = 10

/** The provers at some URLs. What one says again has no part in its answer. */
export const createPeers = (urls: readonly string[], signal: AbortSignal): Peer[] =>
  urls.map((url) => {
    const ask = withRests(url)
    return (after) => ask(() => readNewer({ fetch: globalThis.fetch, url, after, signal, timeoutMs }), signal)
  })

/** Asks all provers at once. */
export function createProposals(urls: readonly string[], signal: AbortSignal): Proposals {
  const askers = urls.map((url) => ({ url, ask: withRests(url) }))
  return async function* () {
    const ending = new AbortController()
    const joined = joinSignals([signal, ending.signal])
    const where = { fetch: globalThis.fetch, signal: joined.signal, timeoutMs }
    try {
      const asked = askers.map(({ url, ask }) =>
        ask(() => readProposal({ url, ...where }), ending.signal).catch(() => undefined),
      )
      for await (const offered of asTheyCome(asked)) if (offered) yield offered
    } finally {
      ending.abort()
      joined.release()
    }
  }
}

async function* asTheyCome<T>(promises: readonly Promise<T>[]): AsyncIterable<T> {
  const open = new Map(promises.map((promise, i) => [i, promise.then((value) => ({ i, value }))]))
  while (open.size > 0) {
    const { i, value } = await Promise.race(open.values())
    open.delete(i)
    yield value
  }
}

/** Asks a prover, unless it has just failed: what is slow to fail must not slow down each look at the chain. */
function withRests(url: string) {
  let restsUntil = 0
  return async <T>(read: () => Promise<T>, ending: AbortSignal): Promise<T> => {
    const started = performance.now()
    if (started < restsUntil) throw new ProverUnavailableError(`${url} did not answer a moment ago.`)
    try {
      return await read()
    } catch (cause) {
      const now = performance.now()
      if (!ending.aborted) restsUntil = now + restFactor * (now - started)
      throw new ProverUnavailableError(`There is no answer from ${url}.`, { cause })
    }
  }
}

async function readNewer(question: Parameters<typeof readCheckpoints>[0]): Promise<SignedCheckpoint[]> {
  const page = await readCheckpoints(question)
  return page.filter(({ checkpoint }) => decodeCheckpoint(checkpoint).sequence > question.after)
}
