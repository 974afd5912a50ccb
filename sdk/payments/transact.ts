import { actOnce } from './act-once.ts'
import type { Call, ContractCall, Fees } from './call.ts'
import { inOrder } from './in-order.ts'
import { send } from './send.ts'
import type { Mined } from './wait-for.ts'
import type { ActOptions } from './wallet.ts'

/** Tries a call without sending it, sends it once, and waits until it took effect. */
export const transact = (on: ActOptions, call: ContractCall): Promise<Mined> =>
  transactAfter(on, call, async () => {
    await simulate(on, call)
    return undefined
  })

/** The same after any other trial, which may say what it may take. */
export const transactAfter = (on: ActOptions, call: Call, rehearse: () => Promise<Fees | undefined>): Promise<Mined> =>
  actOnce(on, call, (first) =>
    inOrder(first, async (turn) => {
      const fees = await rehearse()
      return send(turn, fees ? { ...call, fees } : call)
    }),
  )

/** Asks the chain what a call would do. */
export const tryCall = ({ wallet, public: chain }: ActOptions, { address, contract }: ContractCall): Promise<unknown> =>
  chain.simulateContract({ address, ...contract, account: wallet.account })

/** Tries a call without sending it. The signal may end it before anything is sent. */
export async function simulate(options: ActOptions, call: ContractCall): Promise<void> {
  const { signal, onProgress } = options
  signal?.throwIfAborted()
  await tryCall(options, call)
  onProgress?.({ kind: 'simulated' })
  signal?.throwIfAborted()
}
