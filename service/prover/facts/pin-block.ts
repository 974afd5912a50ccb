import type { FactProgress } from '@pennypost/sdk/facts'
import { factBeginOf } from '@pennypost/sdk/verifier'
import type { TimedBlock } from '../chain/index.ts'
import type { FactStore } from '../store/index.ts'
import type { FactChain } from './fact-chain.ts'
import { type FactRefusal, type Found, found, refuse } from './fact-refusal.ts'
import { findBlockAt } from './find-block.ts'

type Options = {
  readonly chain: Pick<FactChain, 'chainId' | 'head' | 'block' | 'ancestor'>
  readonly store: Pick<FactStore, 'factBlock' | 'pinFactBlock'>
  readonly epoch: number
  readonly signal?: AbortSignal | undefined
  readonly onProgress?: ((progress: FactProgress) => void) | undefined
}

/**
 * The block by which all facts of a chain are judged in an epoch: the last that was made before it began, the same for whoever
 * looks. Nothing is judged by one that the chain has taken back, nor by another in its place: what one account held there, and
 * another here, would count twice.
 */
export async function pinBlock(options: Options): Promise<Found<TimedBlock> | FactRefusal> {
  const { chain, store, epoch } = options
  const { chainId } = chain
  const known = await store.factBlock(chainId, epoch)
  if (!known) {
    const last = await findLast(options)
    return last.ok ? found(await store.pinFactBlock({ chainId, epoch, block: last.value })) : last
  }
  const now = await chain.block(known.number)
  if (!now) return refuse('fact.block-unavailable', `The endpoints of the chain have no block ${known.number}.`)
  if (now.hash === known.hash) return found(known)
  return refuse(
    'fact.block-gone',
    `The chain has taken back block ${known.number}, by which facts of this epoch are judged.`,
  )
}

/** The last block before an epoch, once one of the epoch counts: until then another may follow it. */
async function findLast({ chain, epoch, ...search }: Options): Promise<Found<TimedBlock> | FactRefusal> {
  const begin = factBeginOf(epoch)
  const head = await chain.head()
  if (!head || head.time < begin)
    return refuse(
      'fact.block-unavailable',
      'No block of this epoch counts on the chain yet. Ask again in some minutes.',
    )
  const last = await findBlockAt({ ...search, chain, from: head, until: begin - 1 })
  if (!last.ok) return last
  return found(last.value ?? head) // of a chain that is younger than the epoch
}
