import type { HardhatRuntimeEnvironment } from 'hardhat/types/hre'
import { exit, requestExit, stakeOf } from '../../sdk/payments/index.ts'
import { act } from './act.ts'
import { type Given, type Session, withSession } from './session.ts'
import { timeOf } from './show.ts'

type Arguments = Given & { readonly dryRun: boolean }

/** Asks for the deposit back; once its time has come, fetches it. */
export async function unstake(given: Arguments, hre: HardhatRuntimeEnvironment): Promise<void> {
  await withSession(hre, given, async (session) => {
    const { client, account, contracts } = session
    const held = await stakeOf({ public: client, stakes: contracts.stakeRegistry, account })
    await (held?.exitAt ? fetchDeposit(session, given) : askForIt(session, given))
  })
}

/** Also where there is no stake: the contract says so better. */
async function askForIt(session: Session, { dryRun }: Arguments): Promise<void> {
  const stakes = session.contracts.stakeRegistry
  const asked = await act(session, (options) => requestExit({ ...options, stakes }), { dryRun })
  if (asked) session.print(`The stake gives no more tickets. Run this again from ${timeOf(asked.exitAt)}.`)
}

async function fetchDeposit(session: Session, { dryRun }: Arguments): Promise<void> {
  const stakes = session.contracts.stakeRegistry
  const fetched = await act(session, (options) => exit({ ...options, stakes }), { dryRun })
  if (fetched) session.print(`${session.tokens(fetched.amount)} came back.`)
}
