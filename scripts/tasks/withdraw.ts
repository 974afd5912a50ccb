import type { HardhatRuntimeEnvironment } from 'hardhat/types/hre'
import { withdraw as withdrawOnChain } from '../../sdk/payments/index.ts'
import { act } from './act.ts'
import { type Given, withSession } from './session.ts'

/** Fetches an operator's share of postage. */
export async function withdraw(
  given: Given & { readonly dryRun: boolean },
  hre: HardhatRuntimeEnvironment,
): Promise<void> {
  await withSession(hre, given, async (session) => {
    const { operatorPool } = session.contracts
    const fetched = await act(session, (options) => withdrawOnChain({ ...options, operatorPool }), given)
    if (fetched) session.print(`${session.tokens(fetched.amount)} for running a node.`)
  })
}
