import { ownedTopic } from '../../codec/index.ts'
import { type Address, addressToBytes } from '../../crypto/index.ts'
import { hashRate } from '../../evidence/index.ts'
import { effectiveRule, effectiveUnattendedRule } from '../../policy/index.ts'
import { type OwnLane, useOfLane } from '../lanes/lane.ts'
import { rememberPeer, requireNewest } from '../session/known-peers.ts'
import { noPolicy, type PeerPolicy, type Recipient, readPolicy } from '../session/peer.ts'
import type { Session } from '../session/session.ts'
import { isTreeDown } from '../tickets/tree-keeper.ts'
import type { Budget } from './budget.ts'
import { paymentItem, stampsItem } from './budget-items.ts'
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
  /** What the recipient has published, as of the last look. */
  readonly policy: () => PeerPolicy
  /** The recipient's rule as it was read; `again` reads it again. */
  readonly asked: (look: 'known' | 'again') => Promise<Asked>
  /** What the sender has and may still spend. */
  readonly means: (count: CountStamps, planned?: Planned) => Promise<Means>
  /** A payment to this account that was begun and not used. */
  readonly begun: () => Promise<BegunPayment | undefined>
}

/** What is planned already, and was paid for perhaps: the same money meets the same again. */
export type Planned = {
  /** The lane to the recipient. */
  readonly lane?: OwnLane | undefined
  /** Other items of the budget that would be used again. */
  readonly again?: readonly string[] | undefined
}

/** Whether stamps are counted too, which may need a prover. */
export type CountStamps = 'with-stamps' | 'without-stamps'

/** Who asks, with what. */
export type Buyer = { readonly session: Session; readonly purse: Purse; readonly budget: Budget }

/** Gathers what decides on a first contact. Asks the node nothing that says who asks. */
export function offerTo(buyer: Buyer, peer: Recipient, options: PostageOptions): Offer {
  const { session, purse } = buyer
  const { network, log, clock } = session
  const connection = findConnection(log, {
    owner: peer.address,
    networkId: network.id,
    now: clock.seconds(),
    refused: purse.refusedConnections,
  })
  let { policy } = peer
  return {
    policy: () => policy,
    ...givenFor(buyer, { address: peer.address, topic: ownedTopic('sealed', peer.address), connection }, options),
    async asked(look) {
      if (look === 'again') policy = await readNewest(session, peer.address, options.signal)
      return { rule: effectiveRule(network.floor, policy.rule ?? network.defaultRule), version: policy.version }
    },
  }
}

/** The same for an account that has published no keys: it has no policy, and can have granted nothing. */
export function offerToUnattended(buyer: Buyer, address: Address, options: PostageOptions): Offer {
  const { network } = buyer.session
  const to = { address, topic: ownedTopic('unattended', address), connection: undefined }
  return {
    policy: () => noPolicy,
    ...givenFor(buyer, to, options),
    asked: async () => ({ rule: effectiveUnattendedRule(network.floor, network.unattendedRule), version: 0n }),
  }
}

type Toward = {
  readonly address: Address
  /** Where the letter goes. */
  readonly topic: string
  readonly connection: HeldConnection | undefined
}

/** What the sender has for a letter, whatever is asked. */
function givenFor(
  { session, purse, budget }: Buyer,
  { address, topic, connection }: Toward,
  options: PostageOptions,
): Pick<Offer, 'recipient' | 'connection' | 'begun' | 'means'> {
  return {
    recipient: addressToBytes(address),
    connection,
    begun: () => purse.paidLetters.begun(address, { ...options, topic }),
    async means(count, { lane, again = [] } = {}) {
      const begun = await purse.paidLetters.begun(address, { ...options, topic, lane })
      const hasConnection = connection !== undefined
      const items = [...again, ...(lane ? itemsOf(useOfLane(session.network.id, lane), begun) : [])]
      const means = await meansOf({ session, purse, budget }, { ...options, hasConnection, count, again: items })
      const drawn = purse.paidLetters.lentFor(address, topic)?.kept?.known.length ?? 0
      const stamps = means.stamps === undefined ? undefined : means.stamps + drawn
      return { ...means, stamps, payment: await paymentMeans(purse, { ...options, begun, maxBond: means.left.bond }) }
    },
  }
}

async function readNewest(session: Session, address: Address, signal: AbortSignal | undefined): Promise<PeerPolicy> {
  const edges = { anonymous: session.anonymous, networkId: session.network.id }
  const policy = requireNewest(session.log, address, await readPolicy(edges, address, signal))
  await rememberPeer(session, { address, policy })
  return policy
}

type MeansOptions = PostageOptions & {
  readonly hasConnection: boolean
  readonly count: CountStamps
  /** Items of the budget that would be used again. */
  readonly again: readonly string[]
}

/** What a lane was paid for with; a payment that is made already costs nothing more. */
const itemsOf = (use: Uint8Array, begun: BegunPayment | undefined): string[] => [
  stampsItem(use),
  ...(begun && !begun.isPaid ? [paymentItem(use, begun.place.terms)] : []),
]

/** What the account has and is ready to give. Stamps are counted only on demand, since that may need a prover. */
export async function meansOf(
  { session, purse, budget }: Buyer,
  { postage = 'auto', hasConnection, count, again, ...options }: MeansOptions,
): Promise<Means> {
  const { stamps, stakeNotes, factNotes, factClaims, stampTerms } = purse
  return {
    now: session.clock.seconds(),
    hasConnection,
    stamps: count === 'with-stamps' && postage === 'auto' ? (await stamps.balance(options)).stamps : undefined,
    stampPrice: (await stampTerms(options))?.price,
    stakes: await orNone(() => stakeNotes.available(options)),
    facts: await factNotes.available(),
    claims: await factClaims.available(),
    payment: undefined,
    decimals: session.network.decimals,
    requestBits: session.network.requestBits,
    hashRate: hashRate(),
    left: budget.left(again),
    spent: budget.spent(again),
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

type PaymentAsk = PostageOptions & { readonly begun: BegunPayment | undefined }

/** What a payment to one account may be. Asks nobody, unless one is allowed or was begun. */
async function paymentMeans(
  { paidLetters }: Pick<Purse, 'paidLetters'>,
  { begun, payment = false, maxBond, ...options }: PaymentAsk,
): Promise<PaymentMeans | undefined> {
  if (!begun && payment === false) return undefined
  const least = await paidLetters.least(options)
  if (least === undefined) return undefined
  const none = { base: 0n, bond: 0n, tip: 0n }
  const allowed = payment === false ? undefined : { ...none, ...(payment === true ? {} : payment) }
  return { least, allowed, maxBond, begun: begun && { rate: begun.place.terms, isPaid: begun.isPaid } }
}
