import { type Address, addressToBytes } from '../../crypto/index.ts'
import { BaseError } from '../../errors.ts'
import { effectiveRule } from '../../policy/index.ts'
import type { OwnLane } from '../lanes/lane.ts'
import type { ClientContext } from '../session/context.ts'
import type { StepOptions } from '../session/events.ts'
import { type Peer, type PeerPolicy, readPolicy } from '../session/peer.ts'
import { findConnection, type HeldConnection } from './held-connection.ts'
import type { BegunPayment } from './paid-letters.ts'
import type { PaymentMeans, PaymentUnit } from './payment-means.ts'
import type { Asked, Means } from './quote.ts'

/** How a sender wants a message to be paid for. */
export type PostageOptions = StepOptions & {
  /** `none` uses no stamps, whatever else would do. */
  readonly postage?: 'auto' | 'none' | undefined
  /** The most that it may cost: what stamps for it have cost, and base and tip of a payment; the token's smallest unit. */
  readonly maxPrice?: bigint | undefined
  /**
   * Lets a payment be made on the chain, in the sender's name, where the recipient asks for one: `true` as much as is asked,
   * amounts for at least so much. Nothing is ever paid on the chain without this.
   */
  readonly payment?: boolean | Partial<PaymentUnit> | undefined
  /** The most that a payment may leave as a bond, which comes back unless the recipient calls the letter spam. */
  readonly maxBond?: bigint | undefined
}

/** What a first contact with an account is decided on. */
export type FirstContact = {
  readonly recipient: Uint8Array
  readonly connection: HeldConnection | undefined
  readonly asked: (again: boolean) => Promise<Asked>
  /** What the sender has; for a lane that is planned already, with what was paid for it. */
  readonly means: (withStamps: boolean, lane?: OwnLane) => Promise<Means>
  /** A payment to this account that was begun and not used. */
  readonly begun: () => Promise<BegunPayment | undefined>
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
    begun: () => context.paidLetters.begun(peer.address, options),
    async means(withStamps, lane) {
      const hasConnection = connection !== undefined
      const means = await meansOf(context, { ...options, hasConnection, withStamps })
      return { ...means, payment: await paymentMeans(context, { ...options, recipient: peer.address, lane }) }
    },
    async asked(again) {
      if (!again) return rules(peer.policy)
      return rules(await readPolicy({ node: context.node, networkId: network.id }, peer.address, options.signal))
    },
  }
}

type MeansOptions = PostageOptions & { readonly hasConnection: boolean; readonly withStamps: boolean }

/** What the account has and is ready to give. Stamps are counted only on demand, since that may need a prover. */
export async function meansOf(
  { stamps, stakeNotes, stampTerms, network }: ClientContext,
  { postage = 'auto', maxPrice, hasConnection, withStamps, ...options }: MeansOptions,
): Promise<Means> {
  return {
    hasConnection,
    stamps: withStamps && postage === 'auto' ? (await stamps.balance(options)).stamps : undefined,
    stampPrice: (await stampTerms())?.price,
    stakes: await orNone(() => stakeNotes.available(options)),
    payment: undefined,
    requestBits: network.requestBits,
    maxPrice,
    without: new Set(postage === 'none' ? ['stamp'] : []),
  }
}

/** Where the tree cannot be read, the account does without its stakes. */
async function orNone<T>(read: () => Promise<readonly T[]>): Promise<readonly T[]> {
  try {
    return await read()
  } catch (error) {
    if (error instanceof BaseError) return []
    throw error
  }
}

type PaymentAsk = PostageOptions & { readonly recipient: Address; readonly lane: OwnLane | undefined }

/** What a payment to one account may be. Asks nobody, unless one is allowed or was begun. */
async function paymentMeans(
  { paidLetters }: Pick<ClientContext, 'paidLetters'>,
  { recipient, payment = false, maxBond, lane, ...options }: PaymentAsk,
): Promise<PaymentMeans | undefined> {
  const begun = await paidLetters.begun(recipient, { ...options, ...(lane && { lane }) })
  if (!begun && payment === false) return undefined
  const least = await paidLetters.least(options)
  if (least === undefined) return undefined
  const none = { base: 0n, bond: 0n, tip: 0n }
  const allowed = payment === false ? undefined : { ...none, ...(payment === true ? {} : payment) }
  return { least, allowed, maxBond, begun: begun && { unit: begun.place.terms, isPaid: begun.isPaid } }
}
