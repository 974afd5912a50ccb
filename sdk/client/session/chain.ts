import type { Address } from '../../crypto/index.ts'
import { BaseError } from '../../errors.ts'
import type { ChainOptions } from './options.ts'

type Contract = 'postage' | 'payments' | 'stakes' | 'notice'

/** The chain and the contract that something needs; throws where the client was given none. */
export function requireChain(
  chain: ChainOptions | undefined,
  name: Contract,
): { readonly chain: ChainOptions; readonly contract: Address } {
  const contract = chain?.[name]
  if (chain && contract) return { chain, contract }
  const hint = chain ? `Pass \`chain.${name}\` to Client.create.` : 'Pass `chain` to Client.create.'
  throw new ChainMissingError(`This needs the contract of ${name === 'notice' ? 'notices' : name}.`, { hint })
}

/** Something on chain was asked of a client that was given no chain, or not the contract. */
export class ChainMissingError extends BaseError {
  override readonly code = 'chain.missing'
}
