import type { Account, Chain, PublicClient, Transport, WalletClient } from 'viem'
import type { Tell } from './progress.ts'

/** A viem wallet client with an account. */
export type PaymentWallet = WalletClient<Transport, Chain | undefined, Account>

/** The part of a viem public client that payments read a chain with. */
export type PaymentChain = Pick<
  PublicClient,
  | 'readContract'
  | 'simulateContract'
  | 'waitForTransactionReceipt'
  | 'getTransaction'
  | 'getTransactionReceipt'
  | 'getTransactionCount'
  | 'getBlock'
  | 'getChainId'
  | 'getContractEvents'
>

/** What lasts beyond this run of the program. */
export type ActStorage = {
  get(key: string): Promise<Uint8Array | undefined>
  set(key: string, value: Uint8Array): Promise<unknown>
}

/** Which blocks to look through. */
export type EventRange = {
  /** The first block; that of the deployment is early enough. */
  readonly fromBlock?: bigint | undefined
  /** How many blocks one request may span, where the chain's provider has a bound. */
  readonly blocksAtOnce?: bigint | undefined
}

/** What every act on the chain needs; and where to look for what an earlier call has done. */
export type ActOptions = EventRange & {
  readonly wallet: PaymentWallet
  readonly public: PaymentChain
  /**
   * Remembers what has left for the chain until its end is known, so that another run of the program goes on with it and
   * does not pay again. Without it, the wallet object is what this run remembers it by.
   */
  readonly storage?: ActStorage | undefined
  /** Ends waiting, at any step; what was sent to the chain by then is not taken back. */
  readonly signal?: AbortSignal | undefined
  readonly onProgress?: Tell | undefined
}
