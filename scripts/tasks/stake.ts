import type { HardhatRuntimeEnvironment } from 'hardhat/types/hre'
import { personHashOf, secretHashOf } from '../../sdk/crypto/index.ts'
import { type NoteSecret, noteCommitment } from '../../sdk/notes/index.ts'
import { stake as stakeOnChain } from '../../sdk/payments/index.ts'
import { mostOf } from './given.ts'
import { actWithNote } from './note-file.ts'
import { type Given, withSession } from './session.ts'

type Arguments = Given & {
  readonly class: number
  readonly most: string | undefined
  readonly file: string | undefined
  readonly dryRun: boolean
}

/** Deposits a stake. */
export async function stake(given: Arguments, hre: HardhatRuntimeEnvironment): Promise<void> {
  await withSession(hre, given, async (session) => {
    const { stakeRegistry: stakes, token } = session.contracts
    const maxAmount = mostOf(session, given.most)
    const made = await actWithNote(session, { kind: 'stake', ...given }, (note) => (options) => {
      return stakeOnChain({ ...options, stakes, token, class: given.class, opening: openingOf(note), maxAmount })
    })
    if (!made) return
    session.print(
      `${session.tokens(made.amount)} at stake, ${made.limit} tickets in every epoch, leaf ${made.leafIndex}.`,
    )
  })
}

function openingOf(note: NoteSecret) {
  const [secretHash, personHash] = [secretHashOf(note.secret), personHashOf(note.person)]
  return { commitment: noteCommitment(note), secretHash, personHash }
}
