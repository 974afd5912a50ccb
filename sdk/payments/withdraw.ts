import { type Address, type Hash, parseEventLogs } from 'viem'
import { operatorPoolAbi } from '../generated/abis.ts'
import { callOf, isSame } from './call.ts'
import { decoding } from './decode-error.ts'
import { transact } from './transact.ts'
import type { ActOptions, PaymentChain } from './wallet.ts'

/**
 * Sends a node's operator its share of postage. Throws {@link PaymentError}.
 *
 * @example
 * ```ts
 * import { withdraw } from '@pennypost/sdk/payments'
 *
 * await withdraw({ wallet: walletClient, public: publicClient, operatorPool: contracts.operatorPool })
 * ```
 */
export function withdraw(
  options: ActOptions & { readonly operatorPool: Address },
): Promise<{ amount: bigint; hash: Hash; block: bigint }> {
  return decoding(async () => {
    const call = callOf({ address: options.operatorPool, abi: operatorPoolAbi, functionName: 'withdraw', args: [] })
    const { logs, hash, block } = await transact(options, call)
    const events = parseEventLogs({ abi: operatorPoolAbi, eventName: 'Withdrawn', logs: [...logs] })
    const event = events.find(({ args }) => isSame(args.operator, options.wallet.account.address))
    return { amount: event?.args.amount ?? 0n, hash, block }
  }, options.signal)
}

/** What an operator could withdraw now. */
export function dueTo(options: {
  readonly public: PaymentChain
  readonly operatorPool: Address
  readonly operator: Address
}): Promise<bigint> {
  const { public: chain, operatorPool: address, operator } = options
  const args = [operator] as const
  return decoding(() => chain.readContract({ address, abi: operatorPoolAbi, functionName: 'dueTo', args }))
}
