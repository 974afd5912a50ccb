import type { HardhatRuntimeEnvironment } from 'hardhat/types/hre'
import { notify as notifyOnChain } from '../../sdk/payments/index.ts'
import { act } from './act.ts'
import { addressOf, mostOf } from './given.ts'
import { type Given, withSession } from './session.ts'

type Arguments = Given & {
  readonly to: string | undefined
  readonly most: string | undefined
  readonly dryRun: boolean
}

/** Tells an address that encrypted mail waits for it. */
export async function notify(given: Arguments, hre: HardhatRuntimeEnvironment): Promise<void> {
  await withSession(hre, given, async (session) => {
    const { notice, token } = session.contracts
    const recipient = addressOf('--to', given.to)
    const maxPrice = mostOf(session, given.most)
    const told = await act(
      session,
      (options) => notifyOnChain({ ...options, notice, token, recipient, maxPrice }),
      given,
    )
    if (told)
      session.print(`${recipient} was notified, ${told.count === 1 ? 'for the first time' : `${told.count} times`}.`)
  })
}
