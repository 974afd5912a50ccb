import type { Hash } from 'viem'

/**
 * What happens while something is done on the chain, in this order. `allowing` only where the token has no permits;
 * after `simulated` the next step is to send, so whoever only wants to see aborts there.
 */
export type ChainProgress =
  /** In the token's smallest unit unless it says wei. */
  | { readonly kind: 'quoted'; readonly cost: bigint; readonly in?: 'wei' }
  | { readonly kind: 'authorizing'; readonly by: 'permit' | 'allowance' | 'approval' | 'batch' }
  | { readonly kind: 'allowing'; readonly hash: Hash }
  | { readonly kind: 'simulated' }
  | { readonly kind: 'sent'; readonly hash: Hash }
  | { readonly kind: 'mined'; readonly hash: Hash; readonly block: bigint }

/** Is told of each step. */
export type Tell = (event: ChainProgress) => void
