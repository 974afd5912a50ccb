import type { TimedBlock } from '../chain/index.ts'
import type { FactStore } from '../store/index.ts'
import type { FactChain } from './fact-chain.ts'
import { type FactRefusal, type Found, found, refuse } from './fact-refusal.ts'

type Options = {
  readonly chain: Pick<FactChain, 'chainId' | 'head' | 'block'>
  readonly store: Pick<FactStore, 'factBlock' | 'pinFactBlock'>
  readonly epoch: number
}

/**
 * The block by which all facts of a chain are judged in an epoch: the newest that counted when the first was asked for. Nothing
 * is judged by one that the chain has taken back, nor by another in its place: what one account held there, and another here,
 * would count twice.
 */
export async function pinBlock({ chain, store, epoch }: Options): Promise<Found<TimedBlock> | FactRefusal> {
  const { chainId } = chain
  const known = await store.factBlock(chainId, epoch)
  if (!known) {
    const head = await chain.head()
    if (!head) return refuse('fact.block-unavailable', 'The chain has no block that counts yet.')
    return found(await store.pinFactBlock({ chainId, epoch, block: head }))
  }
  const now = await chain.block(known.number)
  if (!now) return refuse('fact.block-unavailable', `The endpoints of the chain have no block ${known.number}.`)
  if (now.hash === known.hash) return found(known)
  return refuse(
    'fact.block-gone',
    `The chain has taken back block ${known.number}, by which facts of this epoch are judged.`,
  )
}
