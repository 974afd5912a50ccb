import { ownedTopic } from '../../codec/index.ts'
import { type Address, addressToBytes, walletHolder } from '../../crypto/index.ts'
import { expiryOf, type LaneTerms } from '../lanes/lane.ts'
import type { ClientContext } from '../session/context.ts'
import type { Peer } from '../session/peer.ts'
import type { Refusal } from '../session/refusal.ts'
import { earnLane } from './earn-lane.ts'
import { firstContactWith, type PostageOptions } from './offer.ts'
import { quoteRuleFor } from './quote.ts'

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

const ttl = 86_400

/** What opens lanes for wallets. */
export function createWalletLanes(context: ClientContext): WalletLanes {
  const planned = new Map<string, LaneTerms>()

  function plan({ wallet, peer, kind }: WalletLaneAsk, laneTtl: number): LaneTerms {
    const topic = ownedTopic(kind, peer.address)
    const now = context.clock.seconds()
    const known = planned.get(`${wallet}${topic}`)
    if (known && known.expiresAt > BigInt(now + 60)) return known
    const holder = walletHolder(addressToBytes(wallet))
    const lane = { topic, holder, units: 1, expiresAt: expiryOf(now, Math.min(ttl, laneTtl)) }
    planned.set(`${wallet}${topic}`, lane)
    return lane
  }

  return {
    async open(ask, options) {
      const contact = firstContactWith(context, ask.peer, options)
      const means = async (withStamps: boolean) => ({
        ...(await contact.means(withStamps)),
        hasConnection: false,
        payment: undefined, // the opening would have no letter to travel in
      })
      const quote = await quoteRuleFor((await contact.asked(false)).rule, means)
      if (!quote.ok) return quote
      if (quote.conditions.length === 0 && !ask.isNeeded) return { ok: true, price: 0n }
      const lane = plan(ask, (await context.stampTerms())?.laneTtl ?? ttl)
      const target = { toward: { recipient: contact.recipient } }
      const { asked } = contact
      const earned = await earnLane(context, { lane, purpose: 'wallet', target, means, asked }, options)
      if (!earned.ok) return earned
      planned.delete(`${ask.wallet}${lane.topic}`)
      return { ok: true, price: earned.price }
    },
  }
}
