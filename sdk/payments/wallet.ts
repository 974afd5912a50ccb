import type { Account, Chain, PublicClient, Transport, WalletClient } from 'viem'

/** A viem wallet client with an account. */
export type PaymentWallet = WalletClient<Transport, Chain | undefined, Account>

/** The part of a viem public client that payments read a chain with. */
export type PaymentChain = Pick<
  PublicClient,
  'readContract' | 'simulateContract' | 'waitForTransactionReceipt' | 'getBlock'
>
