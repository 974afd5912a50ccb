import type { HardhatRuntimeEnvironment } from 'hardhat/types/hre'
import { type Settlement, settleMany, settle as settleOne } from '../../sdk/payments/index.ts'
import { act, type Run } from './act.ts'
import { required } from './given.ts'
import { readSettlements } from './opening-line.ts'
import { type Given, withSession } from './session.ts'

type Arguments = Given & {
  readonly file: string | undefined
  readonly verdict: string | undefined
  readonly dryRun: boolean
}

/** Gives the verdict on a letter, or brings many that were signed. */
export async function settle(given: Arguments, hre: HardhatRuntimeEnvironment): Promise<void> {
  await withSession(hre, given, async (session) => {
    const { print, tokens, contracts } = session
    const settlements = await readSettlements(required('file', given.file), given.verdict)
    const tips = settlements.reduce((sum, { opening }) => sum + opening.terms.tip, 0n)
    print(`${settlements.length} verdicts, with ${tokens(tips)} of tips for those that are new.`)
    const done = await act(session, settleAll(settlements, contracts.payments), given)
    if (done !== undefined) print(`${done} of ${settlements.length} were new.`)
  })
}

/** One alone says why it is refused; of many, those that are on the chain already are passed over. */
function settleAll(settlements: readonly Settlement[], payments: `0x${string}`): Run<number> {
  return async (options) => {
    const [first] = settlements
    if (first && settlements.length === 1) return (await settleOne({ ...options, ...first, payments })).settled
    const done = await settleMany({ ...options, settlements, payments })
    return done.reduce((sum, { settled }) => sum + settled, 0)
  }
}
