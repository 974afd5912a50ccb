import { Budget } from '../postage/budget.ts'
import { offerTo } from '../postage/offer.ts'
import type { PostageOptions } from '../postage/options.ts'
import { freeQuote, type SendQuote } from '../postage/quote.ts'
import {
  createWalletLanes,
  type OpenedWalletLane,
  type WalletLaneAsk,
  type WalletLanes,
} from '../postage/wallet-lanes.ts'
import type { Mailroom } from '../sending/mailroom.ts'
import { priceLetter, toSendQuote } from '../sending/price-letter.ts'
import type { Refusal } from '../session/refusal.ts'

type Known = { readonly ask: WalletLaneAsk; readonly budget: Budget; readonly lanes: WalletLanes }

/** What opens lanes for wallets. */
export type LanesForWallets = {
  quote(ask: WalletLaneAsk, options: PostageOptions): Promise<SendQuote | Refusal>
  open(ask: WalletLaneAsk, options: PostageOptions): Promise<OpenedWalletLane | Refusal>
}

/**
 * Opens lanes for wallets, each with a budget of its own for as long as the lane lives: a second call goes on with what the
 * first has begun, and pays nothing for what is open. So does a call of another run, with the same storage.
 */
export function createLanesForWallets({ session, purse, edges }: Mailroom): LanesForWallets {
  const known = new Map<string, Known>()
  const isOver = ({ ask, lanes }: Known) => lanes.itemsOf(ask).length === 0

  function start(ask: WalletLaneAsk): Known {
    const budget = new Budget()
    return { ask, budget, lanes: createWalletLanes({ session, purse, edges, budget }, session.sealed) }
  }

  const of = (ask: WalletLaneAsk) => known.get(nameOf(ask)) ?? start(ask)

  return {
    async quote(ask, options) {
      const { budget, lanes } = of(ask)
      if (await lanes.isOpen(ask)) return { ...freeQuote('visible'), explanation: 'the lane is open: nothing is asked' }
      const asking = { session, purse, budget: budget.copy() }
      asking.budget.begin(options)
      const offer = offerTo(asking, ask.peer, options)
      const [again, lane] = [lanes.itemsOf(ask), lanes.laneOf(ask)]
      const shape = { offer, lane, path: 'visible', look: 'known', conversation: 'open', again, stamps: 'any' } as const
      const priced = await priceLetter(asking, shape, options)
      if (!priced.ok) return priced
      const quote = await toSendQuote(asking, { ...shape, priced }, options)
      const { stamps } = quote.held
      return stamps === undefined ? quote : { ...quote, held: { ...quote.held, stamps: stamps + lanes.drawnFor(ask) } }
    },
    open(ask, options) {
      for (const [name, one] of known) if (isOver(one)) known.delete(name)
      const { budget, lanes } = of(ask)
      known.set(nameOf(ask), { ask, budget, lanes })
      budget.begin(options)
      return lanes.open(ask, options)
    },
  }
}

const nameOf = ({ wallet, peer }: WalletLaneAsk) => `${wallet} ${peer.address}`
