import type { Address } from '../../crypto/index.ts'
import { BaseError } from '../../errors.ts'
import type { ActOptions, ChainProgress } from '../../payments/index.ts'
import { type ChainAct, type ClientEvent, type StepOptions, type Tell, tellBoth } from './events.ts'
import type { ChainOptions, GivenChain } from './options.ts'
import type { SafeStorage } from './storage.ts'

type Contract = 'postage' | 'payments' | 'stakes' | 'notice'

/** Where the chain comes from, once something is to be done on it. */
export type ChainSource = () => Promise<GivenChain>

/** Calls a function until it has answered once, and then no more. */
export function askOnce<T>(ask: () => Promise<T>): () => Promise<T> {
  let asked: Promise<T> | undefined
  return () => {
    asked ??= ask().catch((error) => {
      asked = undefined
      throw error
    })
    return asked
  }
}

/** The chain and the contract that something needs; throws where the client was given none. */
export async function requireChain(
  source: ChainSource | undefined,
  name: Contract,
): Promise<{ readonly chain: ChainOptions; readonly contract: Address }> {
  const chain = await source?.()
  const contract = chain?.[name]
  if (chain?.token && contract) return { chain: { ...chain, token: chain.token }, contract }
  const missing = contract ? 'token' : name
  const hint = chain
    ? `Pass \`chain.${missing}\` to Client.create, or \`network.signers\`, whose terms name it.`
    : 'Pass `chain` to Client.create.'
  throw new ChainMissingError(`This needs the contract of ${name === 'notice' ? 'notices' : name}.`, { hint })
}

/** The chain for something that needs none of its contracts; throws where the client was given none. */
export async function requireAnyChain(source: ChainSource | undefined): Promise<GivenChain> {
  const chain = await source?.()
  if (chain) return chain
  throw new ChainMissingError('This needs a chain.', { hint: 'Pass `chain` to Client.create.' })
}

type Acting<C extends GivenChain> = { readonly chain: C; readonly storage: SafeStorage; readonly tell: Tell }

/** What something on the chain is done with: it is remembered on this device, and each step is told. */
export const actOptions = <C extends GivenChain>(
  { chain, storage, tell }: Acting<C>,
  act: ChainAct | 'buy',
  { signal, onProgress }: StepOptions,
): ActOptions & Pick<C, 'token'> => ({
  fromBlock: chain.fromBlock,
  blocksAtOnce: chain.blocksAtOnce,
  wallet: chain.walletClient,
  public: chain.publicClient,
  ...({ token: chain.token } as Pick<C, 'token'>),
  storage,
  signal,
  onProgress: (step) => tellBoth({ tell }, { onProgress }, eventOf(act, step)),
})

const eventOf = (act: ChainAct | 'buy', step: ChainProgress): ClientEvent =>
  act === 'buy' ? { kind: 'purchase', step } : { kind: 'chain', act, step }

/** Something on chain was asked of a client that was given no chain, or not the contract. */
export class ChainMissingError extends BaseError {
  override readonly code = 'chain.missing'
}
