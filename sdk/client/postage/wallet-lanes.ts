import { ownedTopic } from '../../codec/index.ts'
import { type Address, addressToBytes, walletHolder } from '../../crypto/index.ts'
import { expiryOf, type LaneTerms, useOfLane } from '../lanes/lane.ts'
import type { StepOptions } from '../session/events.ts'
import type { Peer } from '../session/peer.ts'
import type { Refusal } from '../session/refusal.ts'
import { stampsItem } from './budget-items.ts'
import { type Earner, earnLane } from './earn-lane.ts'
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

/** Opens lanes for wallets. Keeps each through every failure, so that evidence is made once. */
export type WalletLanes = {
  open(ask: WalletLaneAsk, options: PostageOptions): Promise<{ ok: true; price: bigint } | Refusal>
  /** What the lane that is planned already was paid for with, perhaps. */
  itemsOf(ask: WalletLaneAsk): string[]
}

type Planned = { readonly lane: LaneTerms; isOpen: boolean }

const marginSeconds = 60

const topicOf = ({ peer, kind }: WalletLaneAsk) => ownedTopic(kind, peer.address)

/** What opens lanes for wallets. */
export function createWalletLanes(earner: Earner): WalletLanes {
  const { session, purse, budget } = earner
  const planned = new Map<string, Planned>()

  function known(ask: WalletLaneAsk): Planned | undefined {
    const found = planned.get(`${ask.wallet}${topicOf(ask)}`)
    return found && found.lane.expiresAt > BigInt(session.clock.seconds() + marginSeconds) ? found : undefined
  }

  async function plan(ask: WalletLaneAsk, quote: RuleQuote, step: StepOptions): Promise<Planned> {
    const { ttl } = worthOf(quote, { stampClass: await purse.stampTerms(step), isFirstContact: true })
    const topic = topicOf(ask)
    const holder = walletHolder(addressToBytes(ask.wallet))
    const expiresAt = expiryOf(session.clock.seconds(), ttl)
    const made = { lane: { topic, holder, units: 1, expiresAt }, isOpen: false }
    planned.set(`${ask.wallet}${topic}`, made)
    return made
  }

  function itemsOf(ask: WalletLaneAsk): string[] {
    const found = known(ask)
    return found ? [stampsItem(useOfLane(session.network.id, found.lane))] : []
  }

  async function earn(ask: WalletLaneAsk, options: PostageOptions): Promise<{ ok: true } | Refusal> {
    const offer = offerTo(earner, ask.peer, options)
    const means = async (count: CountStamps) => ({
      ...(await offer.means(count, { again: itemsOf(ask) })),
      hasConnection: false,
      payment: undefined, // the opening would have no letter to travel in
    })
    const { rule, version } = await offer.asked('known')
    const quote = await quoteRuleFor(rule, means)
    if (!quote.ok) return refuseAtQuote(quote, options.quote)
    if (quote.conditions.length === 0 && !ask.isNeeded) return { ok: true }
    budget.agree({ price: quote.price, bond: 0n, seconds: quote.seconds, spent: quote.spent })
    const own = known(ask) ?? (await plan(ask, quote, options))
    const { lane } = own
    const { asked, recipient } = offer
    const target = { toward: { recipient } }
    const earned = await earnLane(earner, { lane, purpose: 'wallet', target, quote, version, means, asked }, options)
    own.isOpen = earned.ok
    return earned
  }

  return {
    itemsOf,
    async open(ask, options) {
      if (known(ask)?.isOpen) return { ok: true, price: 0n }
      const opened = await earn(ask, options)
      return opened.ok ? { ok: true, price: budget.spent().price } : opened
    },
  }
}
