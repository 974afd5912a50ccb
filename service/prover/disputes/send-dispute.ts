import { checkpointRegistryAbi } from '@pennypost/sdk/notes'
import { type Address, type Hex, type Transport, zeroAddress } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { createSender } from '../watcher/send-call.ts'
import type { Dispute } from './find-disputes.ts'

/** What the registry made of a dispute: the bonds are gone; they can be taken, but nobody here pays for it; or its reason not to. */
export type Ruling = 'slashed' | 'possible' | { readonly reason: string }

type Options = {
  readonly transport: Transport
  readonly registry: Address
  /** Pays for the transactions and gets the rewards; without one nothing is sent. */
  readonly key: Hex | undefined
  /** Ends all waiting. */
  readonly signal: AbortSignal
}

/** Tries a dispute on the chain, and sends it if the registry would take it; told before it does. */
export type Disputer = (dispute: Dispute, onSending: () => void) => Promise<Ruling>

/** Disputes before one registry. */
export function createDisputer({ registry, key, ...options }: Options): Disputer {
  const account = key && privateKeyToAccount(key)
  const send = createSender({ ...options, account })
  return async (dispute, onSending) => {
    const outcome = await send({ address: registry, abi: checkpointRegistryAbi, from: zeroAddress, onSending }, dispute)
    if (outcome === 'done') return 'slashed'
    return outcome === 'nobody' ? 'possible' : { reason: outcome }
  }
}
