import { ownedTopic } from '../../codec/index.ts'
import { type Address, addressToBytes, walletHolder } from '../../crypto/index.ts'
import { expiryOf, type OwnLane, useOfLane } from '../lanes/lane.ts'
import type { Peer } from '../session/peer.ts'
import type { Refusal } from '../session/refusal.ts'
import type { SealedStorage } from '../session/sealed-storage.ts'
import { stampsItem } from './budget-items.ts'
import { type EarnedLane, type Earner, earnLane } from './earn-lane.ts'
import { createKeptLanes, type KeptLane, type LaneFor } from './kept-lanes.ts'
import { type CountStamps, offerTo } from './offer.ts'
import type { PostageOptions } from './options.ts'
import { quoteRuleFor, type RuleQuote, worthOf } from './quote.ts'
import { refuseAtQuote } from './refuse-quote.ts'

/** A lane for a wallet, which then publishes there with its token. */
export type WalletLaneAsk = {
  readonly wallet: Address
  readonly peer: Peer
  /** Where V2 invitations go, or first messages of V1. */
  readonly kind: 'invite' | 'intro'
  /** Opens one although nothing is asked: what is parked for the wallet is then filed. */
  readonly isNeeded: boolean
}

/** A wallet's lane that is open. */
export type OpenedWalletLane = {
  readonly ok: true
  /** What was spent on it. */
  readonly price: bigint
  /** Whether an invitation had waited for it and is delivered; undefined where the node has not said, or was not asked. */
  readonly isDelivered: boolean | undefined
}

/** Opens lanes for wallets. Keeps each through every failure, so that evidence is made once. */
export type WalletLanes = {
  open(ask: WalletLaneAsk, options: PostageOptions): Promise<OpenedWalletLane | Refusal>
  /** Whether it is open by an earlier call. */
  isOpen(ask: WalletLaneAsk): Promise<boolean>
  /** What the lane that is planned already was paid for with, perhaps. */
  itemsOf(ask: WalletLaneAsk): string[]
  /** As payments know it, planned or not. */
  laneOf(ask: WalletLaneAsk): OwnLane
  /** How many stamps were drawn for it already: they are used for it, and count for nothing else. */
  drawnFor(ask: WalletLaneAsk): number
}

type Opened = Omit<OpenedWalletLane, 'price'>

const keyOf = ({ wallet, peer, kind }: WalletLaneAsk): LaneFor => ({ wallet, topic: ownedTopic(kind, peer.address) })

/** What opens lanes for wallets; with a memory, the next run of the program goes on with them. */
export function createWalletLanes(earner: Earner, memory?: SealedStorage): WalletLanes {
  const { session, budget } = earner
  const lanes = createKeptLanes({ clock: session.clock, memory })

  function itemsOf(ask: WalletLaneAsk): string[] {
    const found = lanes.known(keyOf(ask))
    return found ? [stampsItem(useOfLane(session.network.id, found.lane))] : []
  }

  async function earn(ask: WalletLaneAsk, options: PostageOptions): Promise<Opened | Refusal> {
    const offer = offerTo(earner, ask.peer, options)
    const means = async (count: CountStamps) => {
      const all = await offer.means(count, { lane: laneOf(ask), again: itemsOf(ask) })
      const stamps = all.stamps === undefined ? undefined : all.stamps + drawnFor(ask)
      const payment = memory && all.payment // nothing is paid for a lane that another run would not go on with
      return { ...all, stamps, payment, hasConnection: false }
    }
    const { rule, version } = await offer.asked('known')
    const quote = await quoteRuleFor(rule, means)
    if (!quote.ok) return refuseAtQuote(quote, options.quote)
    if (quote.conditions.length === 0 && !ask.isNeeded) return { ok: true, isDelivered: undefined }
    budget.agree({ price: quote.price, bond: quote.payment?.bond ?? 0n, seconds: quote.seconds, spent: quote.spent })
    const own = lanes.known(keyOf(ask)) ?? (await lanes.keep(keyOf(ask), await plan(earner, ask, { quote, options })))
    const { asked, recipient } = offer
    const payable = { lane: laneOf(ask), recipient: ask.peer.address }
    const target = { toward: { recipient }, kept: lanes.usesOf(keyOf(ask)), payable }
    const earning = { lane: own.lane, purpose: 'wallet', target, quote, version, means, asked } as const
    const opened = toOpened(await earnLane(earner, earning, options))
    if (opened.ok) await lanes.keep(keyOf(ask), { ...own, isOpen: true, isDelivered: opened.isDelivered })
    return opened
  }

  /** As payments know it, by its holder in the place of a key; one that is not planned yet is no payment's. */
  function laneOf(ask: WalletLaneAsk): OwnLane {
    const { wallet, topic } = keyOf(ask)
    const holder = walletHolder(addressToBytes(wallet))
    return { ...(lanes.known(keyOf(ask))?.lane ?? { topic, holder, units: 1, expiresAt: 0n }), key: holder }
  }

  const drawnFor = (ask: WalletLaneAsk) => lanes.usesOf(keyOf(ask)).known.length

  return {
    itemsOf,
    laneOf,
    drawnFor,
    isOpen: async (ask) => (await lanes.recall(keyOf(ask)))?.isOpen ?? false,
    async open(ask, options) {
      const before = await lanes.recall(keyOf(ask))
      if (before?.isOpen) return { ok: true, price: 0n, isDelivered: before.isDelivered }
      const opened = await earn(ask, options)
      return opened.ok ? { ...opened, price: budget.spent().price } : opened
    },
  }
}

type Planning = { readonly quote: RuleQuote; readonly options: PostageOptions }

/** The lane's terms, which never change: what is made for it is good for no other. */
async function plan({ session, purse }: Earner, ask: WalletLaneAsk, { quote, options }: Planning): Promise<KeptLane> {
  const { ttl } = worthOf(quote, { stampClass: await purse.stampTerms(options), isFirstContact: true })
  const holder = walletHolder(addressToBytes(ask.wallet))
  const expiresAt = expiryOf(session.clock.seconds(), ttl)
  const lane = { topic: keyOf(ask).topic, holder, units: 1, expiresAt }
  return { lane, uses: [], isOpen: false, isDelivered: undefined }
}

/** For other evidence than that which has opened it, a node does not repeat its grant: then its first answer was lost. */
function toOpened(earned: EarnedLane | Refusal): Opened | Refusal {
  if (earned.ok) return { ok: true, isDelivered: earned.filed > 0 }
  return earned.code === 'lane.opened' ? { ok: true, isDelivered: undefined } : earned
}
