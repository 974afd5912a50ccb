import { Budget } from '../postage/budget.ts'
import type { PostageOptions } from '../postage/options.ts'
import { createWalletLanes, type WalletLaneAsk, type WalletLanes } from '../postage/wallet-lanes.ts'
import type { Mailroom } from '../sending/mailroom.ts'

type Opened = Awaited<ReturnType<WalletLanes['open']>>

type Known = { readonly ask: WalletLaneAsk; readonly budget: Budget; readonly lanes: WalletLanes }

/** What opens lanes for wallets. */
export type LanesForWallets = { open(ask: WalletLaneAsk, options: PostageOptions): Promise<Opened> }

/**
 * Opens lanes for wallets, each with a budget of its own for as long as the lane lives: a second call goes on with what the
 * first has begun, and pays nothing for what is open.
 */
export function createLanesForWallets({ session, purse, edges }: Mailroom): LanesForWallets {
  const known = new Map<string, Known>()
  const isOver = ({ ask, lanes }: Known) => lanes.itemsOf(ask).length === 0

  function start(ask: WalletLaneAsk): Known {
    const budget = new Budget()
    return { ask, budget, lanes: createWalletLanes({ session, purse, edges, budget }) }
  }

  return {
    open(ask, options) {
      for (const [name, one] of known) if (isOver(one)) known.delete(name)
      const name = `${ask.wallet} ${ask.peer.address}`
      const { budget, lanes } = known.get(name) ?? start(ask)
      known.set(name, { ask, budget, lanes })
      budget.begin(options)
      return lanes.open(ask, options)
    },
  }
}
