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
  | 'getTransactionReceipt'
  | 'getBlock'
  | 'getChainId'
  | 'getContractEvents'
>

/** What every act on the chain needs. */
export type ActOptions = {
  readonly wallet: PaymentWallet
  readonly public: PaymentChain
  /** Ends waiting, at any step; what was sent to the chain by then is not taken back. */
  readonly signal?: AbortSignal | undefined
  readonly onProgress?: Tell | undefined
}
