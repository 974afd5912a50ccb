import type { FactProgress } from '@pennypost/sdk/facts'
import type { TimedBlock } from '../chain/index.ts'
import type { FactChain } from './fact-chain.ts'
import { type FactRefusal, type Found, found, refuse } from './fact-refusal.ts'

const missing = refuse('fact.block-unavailable', 'The endpoints of the chain have not all of its blocks.')

type Search = {
  readonly chain: Pick<FactChain, 'ancestor'>
  /** The newest that may be found. */
  readonly from: TimedBlock
  /** Unix seconds. */
  readonly until: number
  readonly signal?: AbortSignal | undefined
  readonly onProgress?: ((progress: FactProgress) => void) | undefined
}

/**
 * The newest block that was made at a time or before; undefined where the chain is younger. It looks at as many blocks as their
 * number has binary digits.
 */
export async function findBlockAt(search: Search): Promise<Found<TimedBlock | undefined> | FactRefusal> {
  const { chain, from, until, signal, onProgress } = search
  if (from.time <= until) return found(from)
  const first = await chain.ancestor(0n, from)
  if (!first) return missing
  if (first.time > until) return found(undefined)
  let [low, high] = [first, from.number]
  const of = high.toString(2).length
  for (let done = 0; high - low.number > 1n; done++) {
    signal?.throwIfAborted()
    onProgress?.({ done: Math.min(done, of), of })
    const middle = await chain.ancestor((low.number + high) / 2n, from)
    if (!middle) return missing
    if (middle.time <= until) low = middle
    else high = middle.number
  }
  return found(low)
}
