import { ownedTopic } from '../../codec/index.ts'
import { type Address, addressToBytes, walletHolder } from '../../crypto/index.ts'
import { expiryOf, type LaneTerms } from '../lanes/lane.ts'
import type { Peer } from '../session/peer.ts'
import type { Refusal } from '../session/refusal.ts'
import { type Earner, earnLane } from './earn-lane.ts'
import { offerTo } from './offer.ts'
import type { PostageOptions } from './options.ts'
import { quoteRuleFor, worthOf } from './quote.ts'

/** A lane for a wallet, which then publishes there with its token. */
export type WalletLaneAsk = {
  readonly wallet: Address
  readonly peer: Peer
  /** Where V2 invitations go, or first messages of V1. */
  readonly kind: 'invite' | 'intro'
  /** Opens one although nothing is asked: what is parked for the wallet is then filed. */
  readonly isNeeded: boolean
}

/** Opens lanes for wallets. Keeps their terms through every failure, so that evidence is made once. */
export type WalletLanes = {
  open(ask: WalletLaneAsk, options: PostageOptions): Promise<{ ok: true; price: bigint } | Refusal>
}

/** What opens lanes for wallets. */
export function createWalletLanes(earner: Earner): WalletLanes {
  const { session, purse, budget } = earner
  const planned = new Map<string, LaneTerms>()

  function plan({ wallet, peer, kind }: WalletLaneAsk, ttl: number): LaneTerms {
    const topic = ownedTopic(kind, peer.address)
    const now = session.clock.seconds()
    const known = planned.get(`${wallet}${topic}`)
    if (known && known.expiresAt > BigInt(now + 60)) return known
    const holder = walletHolder(addressToBytes(wallet))
    const lane = { topic, holder, units: 1, expiresAt: expiryOf(now, ttl) }
    planned.set(`${wallet}${topic}`, lane)
    return lane
  }

  return {
    async open(ask, options) {
      const offer = offerTo(earner, ask.peer, options)
      const means = async (count: 'with-stamps' | 'without-stamps') => ({
        ...(await offer.means(count)),
        hasConnection: false,
        payment: undefined, // the opening would have no letter to travel in
      })
      const { rule, version } = await offer.asked('known')
      const quote = await quoteRuleFor(rule, means)
      if (!quote.ok) return quote
      if (quote.conditions.length === 0 && !ask.isNeeded) return { ok: true, price: 0n }
      budget.agree({ price: quote.price, bond: 0n, seconds: quote.seconds })
      const worth = worthOf(quote, { stampClass: await purse.stampTerms(), isFirstContact: true })
      const lane = plan(ask, worth.ttl)
      const target = { toward: { recipient: offer.recipient } }
      const { asked } = offer
      const earned = await earnLane(earner, { lane, purpose: 'wallet', target, quote, version, means, asked }, options)
      if (!earned.ok) return earned
      planned.delete(`${ask.wallet}${lane.topic}`)
      return { ok: true, price: budget.spent.price }
    },
  }
}
