import { addressToBytes } from '../crypto/index.ts'
import { effectiveRule } from '../policy/index.ts'
import type { ClientContext } from './context.ts'
import { findConnection, type HeldConnection } from './held-connection.ts'
import { type Peer, type PeerPolicy, readPolicy } from './peer.ts'
import type { StepOptions } from './progress.ts'
import type { Asked, Means } from './quote.ts'

/** How a sender wants a message to be paid for. */
export type PostageOptions = StepOptions & {
  /** `none` uses no stamps, whatever else would do. */
  readonly postage?: 'auto' | 'none' | undefined
  /** The most that stamps for it may have cost, in the token's smallest unit. */
  readonly maxPrice?: bigint | undefined
}

/** What a first contact with an account is decided on. */
export type FirstContact = {
  readonly recipient: Uint8Array
  readonly connection: HeldConnection | undefined
  readonly asked: (again: boolean) => Promise<Asked>
  readonly means: (withStamps: boolean) => Promise<Means>
}

/** Gathers what decides on a first contact. Asks the node nothing that says who asks. */
export function firstContactWith(context: ClientContext, peer: Peer, options: PostageOptions): FirstContact {
  const { network, log, clock } = context
  const now = clock.seconds()
  const connection = findConnection(log, {
    owner: peer.address,
    networkId: network.id,
    now,
    refused: context.refusedConnections,
  })
  const rules = (policy: PeerPolicy): Asked => ({
    rule: effectiveRule(network.floor, policy.rule ?? network.defaultRule),
    version: policy.version,
  })
  return {
    recipient: addressToBytes(peer.address),
    connection,
    means: (withStamps) => meansOf(context, { ...options, hasConnection: connection !== undefined, withStamps }),
    async asked(again) {
      if (!again) return rules(peer.policy)
      return rules(await readPolicy({ node: context.node, networkId: network.id }, peer.address, options.signal))
    },
  }
}

type MeansOptions = PostageOptions & { readonly hasConnection: boolean; readonly withStamps: boolean }

/** What the account has and is ready to give. Stamps are counted only on demand, since that may need a prover. */
export async function meansOf(
  { stamps, stampTerms, network }: ClientContext,
  { postage = 'auto', maxPrice, hasConnection, withStamps, ...options }: MeansOptions,
): Promise<Means> {
  return {
    hasConnection,
    stamps: withStamps && postage === 'auto' ? (await stamps.balance(options)).stamps : undefined,
    stampPrice: (await stampTerms())?.price,
    requestBits: network.requestBits,
    maxPrice,
    without: new Set(postage === 'none' ? ['stamp'] : []),
  }
}
