import { type Address, addressToBytes, toHex } from '../../crypto/index.ts'
import { hashRate } from '../../evidence/index.ts'
import { effectiveRule } from '../../policy/index.ts'
import { type LaneTerms, type OwnLane, useOfLane } from '../lanes/lane.ts'
import { requireNewest } from '../session/known-peers.ts'
import { type Peer, type PeerPolicy, readPolicy } from '../session/peer.ts'
import type { Session } from '../session/session.ts'
import { isTreeDown } from '../tickets/tree-keeper.ts'
import type { Budget } from './budget.ts'
import { findConnection, type HeldConnection } from './held-connection.ts'
import type { Means } from './means.ts'
import type { PostageOptions } from './options.ts'
import type { BegunPayment } from './paid-letters.ts'
import type { PaymentMeans } from './payment-means.ts'
import type { Purse } from './purse.ts'
import type { Asked } from './quote.ts'

/** What a first contact with an account is decided on. */
export type Offer = {
  readonly recipient: Uint8Array
  readonly connection: HeldConnection | undefined
  /** The recipient's rule as it was read; `again` reads it again. */
  readonly asked: (look: 'known' | 'again') => Promise<Asked>
  /** What the sender has and may still spend; for a lane that is planned already, with what was paid for it. */
  readonly means: (count: CountStamps, lane?: OwnLane) => Promise<Means>
  /** A payment to this account that was begun and not used. */
  readonly begun: () => Promise<BegunPayment | undefined>
}

/** Whether stamps are counted too, which may need a prover. */
export type CountStamps = 'with-stamps' | 'without-stamps'

/** Who asks, with what. */
export type Buyer = { readonly session: Session; readonly purse: Purse; readonly budget: Budget }

/** Gathers what decides on a first contact. Asks the node nothing that says who asks. */
export function offerTo({ session, purse, budget }: Buyer, peer: Peer, options: PostageOptions): Offer {
  const { network, log, clock } = session
  const connection = findConnection(log, {
    owner: peer.address,
    networkId: network.id,
    now: clock.seconds(),
    refused: purse.refusedConnections,
  })
  const rules = (policy: PeerPolicy): Asked => ({
    rule: effectiveRule(network.floor, policy.rule ?? network.defaultRule),
    version: policy.version,
  })
  return {
    recipient: addressToBytes(peer.address),
    connection,
    begun: () => purse.paidLetters.begun(peer.address, options),
    async means(count, lane) {
      const hasConnection = connection !== undefined
      const means = await meansOf({ session, purse, budget }, { ...options, hasConnection, count, lane })
      return { ...means, payment: await paymentMeans({ purse, budget }, { ...options, recipient: peer.address, lane }) }
    },
    async asked(look) {
      if (look === 'known') return rules(peer.policy)
      const edges = { anonymous: session.anonymous, networkId: network.id }
      const policy = await readPolicy(edges, peer.address, options.signal)
      return rules(requireNewest(log, peer.address, policy))
    },
  }
}

/** What stamps for one lane are in a budget: the same, however often they are shown. */
export const stampsItem = (use: Uint8Array): string => `stamps ${toHex(use)}`

type MeansOptions = PostageOptions & {
  readonly hasConnection: boolean
  readonly count: CountStamps
  /** What the stamps would be for, where that is planned already. */
  readonly lane?: LaneTerms | undefined
}

/** What the account has and is ready to give. Stamps are counted only on demand, since that may need a prover. */
export async function meansOf(
  { session, purse, budget }: Buyer,
  { postage = 'auto', hasConnection, count, lane, ...options }: MeansOptions,
): Promise<Means> {
  const { stamps, stakeNotes, stampTerms } = purse
  return {
    hasConnection,
    stamps: count === 'with-stamps' && postage === 'auto' ? (await stamps.balance(options)).stamps : undefined,
    stampPrice: (await stampTerms())?.price,
    stakes: await orNone(() => stakeNotes.available(options)),
    payment: undefined,
    requestBits: session.network.requestBits,
    hashRate: hashRate(),
    left: budget.left(lane && stampsItem(useOfLane(session.network.id, lane))),
    without: new Set(postage === 'none' ? ['stamp'] : []),
  }
}

/** Where the tree cannot be read, the account does without its stakes. */
async function orNone<T>(read: () => Promise<readonly T[]>): Promise<readonly T[]> {
  try {
    return await read()
  } catch (error) {
    if (isTreeDown(error)) return []
    throw error
  }
}

type PaymentAsk = PostageOptions & { readonly recipient: Address; readonly lane: OwnLane | undefined }

/** What a payment to one account may be. Asks nobody, unless one is allowed or was begun. */
async function paymentMeans(
  { purse: { paidLetters }, budget }: Pick<Buyer, 'purse' | 'budget'>,
  { recipient, payment = false, lane, ...options }: PaymentAsk,
): Promise<PaymentMeans | undefined> {
  const begun = await paidLetters.begun(recipient, { ...options, lane })
  if (!begun && payment === false) return undefined
  const least = await paidLetters.least(options)
  if (least === undefined) return undefined
  const none = { base: 0n, bond: 0n, tip: 0n }
  const allowed = payment === false ? undefined : { ...none, ...(payment === true ? {} : payment) }
  const maxBond = budget.left().bond
  return { least, allowed, maxBond, begun: begun && { unit: begun.place.terms, isPaid: begun.isPaid } }
}
