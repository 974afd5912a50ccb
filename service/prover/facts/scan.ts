import type { FactScanKey, FactStore } from '../store/index.ts'
import type { FactChain } from './fact-chain.ts'
import { type FactRefusal, refuse } from './fact-refusal.ts'

/** A look that takes many turns: others look in between, and what is kept of it outlives the process. */
export type Scan = {
  /** Where it was left off; undefined where it begins. */
  readonly kept: string | undefined
  /** Whether it is the turn of others; then the place is kept, and the look goes on from there. A refusal where it took too much. */
  leaveOff(place: string): Promise<LeftOff | FactRefusal | undefined>
}

/** Says that a look is left off, and goes on in its next turn. */
export const leftOff = 'left-off'
export type LeftOff = typeof leftOff

/**
 * What one look may take, in all its turns: an honest one of a thousand transactions that are 2^18 blocks apart makes some
 * 80,000 requests. At five seconds, these are the turns of an hour.
 */
export const lookBounds = { requests: 100_000, turns: 720 }

type Options = {
  readonly store: FactStore
  readonly key: FactScanKey
  readonly turnMs: number
  readonly chain: FactChain
  readonly bounds?: typeof lookBounds | undefined
}

/** Where a look stands, and what it has taken so far. */
type Kept = { readonly place?: string; readonly requests: number; readonly turns: number }

const tooLong = refuse(
  'fact.look-too-long',
  'To look for this takes more requests to the chain than a prover makes for one fact.',
)

/**
 * Runs one turn of a look, with a chain whose requests are counted; what was kept of it is forgotten when it is over. So an endpoint
 * that is slow, or has always one thing more to look at, ends it in the end.
 */
export async function takeTurn<T>(
  { store, key, turnMs, chain, bounds = lookBounds }: Options,
  look: (turn: { readonly scan: Scan; readonly chain: FactChain }) => Promise<T>,
): Promise<T | FactRefusal> {
  const until = performance.now() + turnMs
  const kept = await store.factScan(key)
  const { place, requests: before, turns }: Kept = kept === undefined ? { requests: 0, turns: 0 } : JSON.parse(kept)
  let requests = before
  const counted = countRequests(chain, () => {
    requests += 1
  })
  const leaveOff = async (now: string) => {
    if (requests >= bounds.requests) return tooLong
    if (performance.now() < until) return undefined
    if (turns + 1 >= bounds.turns) return tooLong
    await store.keepFactScan(key, JSON.stringify({ place: now, requests, turns: turns + 1 } satisfies Kept))
    return leftOff
  }
  const judged = await look({ scan: { kept: place, leaveOff }, chain: counted })
  if (kept !== undefined && judged !== leftOff) await store.dropFactScan(key)
  return judged
}

/** The same chain; `onRequest` hears of each question to it. */
function countRequests(chain: FactChain, onRequest: () => void): FactChain {
  const count = <A extends unknown[], R>(ask: (...args: A) => R) => {
    return (...args: A): R => {
      onRequest()
      return ask(...args)
    }
  }
  return {
    ...chain,
    ancestor: count(chain.ancestor),
    call: count(chain.call),
    code: count(chain.code),
    nonce: count(chain.nonce),
    logs: count(chain.logs),
    receiversOf: count(chain.receiversOf),
  }
}
