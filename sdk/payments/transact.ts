import { actOnce } from './act-once.ts'
import type { Call } from './call.ts'
import { inOrder } from './in-order.ts'
import { send } from './send.ts'
import type { Mined } from './wait-for.ts'
import type { ActOptions } from './wallet.ts'

/** Tries a call without sending it, sends it once, and waits until it took effect. */
export const transact = (options: ActOptions, call: Call): Promise<Mined> =>
  actOnce(options, call, (first) =>
    inOrder(first, async (turn) => {
      await simulate(options, call)
      return send(turn, call)
    }),
  )

/** Tries a call without sending it. The signal may end it before anything is sent. */
export async function simulate({ wallet, public: chain, signal, onProgress }: ActOptions, call: Call): Promise<void> {
  signal?.throwIfAborted()
  await chain.simulateContract({ ...call, account: wallet.account })
  onProgress?.({ kind: 'simulated' })
  signal?.throwIfAborted()
}
