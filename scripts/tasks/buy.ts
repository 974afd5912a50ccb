import type { HardhatRuntimeEnvironment } from 'hardhat/types/hre'
import { noteCommitment } from '../../sdk/notes/index.ts'
import { buyStamps } from '../../sdk/payments/index.ts'
import { mostOf } from './given.ts'
import { actWithNote } from './note-file.ts'
import { type Given, withSession } from './session.ts'
import { timeOf } from './show.ts'

type Arguments = Given & {
  readonly count: number
  readonly class: number
  readonly most: string | undefined
  readonly file: string | undefined
  readonly dryRun: boolean
}

/** Buys a note of stamps. */
export async function buy(given: Arguments, hre: HardhatRuntimeEnvironment): Promise<void> {
  await withSession(hre, given, async (session) => {
    const { postage, token } = session.contracts
    const { count, class: number } = given
    const maxPrice = mostOf(session, given.most)
    const bought = await actWithNote(session, { kind: 'stamps', ...given }, (note) => (options) => {
      const commitment = noteCommitment(note)
      return buyStamps({ ...options, postage, token, class: number, count, commitment, maxPrice })
    })
    if (!bought) return
    session.print(
      `${bought.limit} stamps for ${session.tokens(bought.cost)}, leaf ${bought.leafIndex}, good until ${timeOf(bought.expiry)}.`,
    )
  })
}
