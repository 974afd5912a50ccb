import { toBytes32 } from '../crypto/abi.ts'
import { leafOf } from '../crypto/signals.ts'
import { classIdOf, scopeOf } from '../crypto/use.ts'
import { ticketKey } from '../generated/keys.ts'
import { epochOf } from '../notes/epoch.ts'
import { noteCommitment } from '../notes/note.ts'
import { type MerklePath, rootOf } from '../notes/tree.ts'
import { loadTicketArtifacts } from './artifacts.ts'
import {
  assertUsable,
  createUseProver,
  NoteUnusableError,
  type Prepared,
  prepareUse,
  type UseFields,
  type UseProver,
  type UseProverOptions,
  type UseRequest,
} from './use-prover.ts'

/** What a ticket is made from: one message id of one note, and the one lane it is for. */
export type TicketRequest = UseRequest & {
  /** Where the note is in the tree, and the root that this must lead to. */
  readonly path: MerklePath
  readonly root: bigint
}

/** A ticket as `pennypost.v1.Ticket` has it, ready to be put into evidence. */
export type TicketFields = UseFields & {
  classNumber: number
  root: Uint8Array
}

/** Makes tickets. */
export type TicketProver = UseProver<TicketRequest, TicketFields>

export type TicketProverOptions = UseProverOptions

/**
 * A prover of tickets.
 *
 * @example
 * ```ts
 * import { createTicketProver } from '@pennypost/sdk/evidence'
 *
 * const prover = createTicketProver()
 * const ticket = await prover.prove(ticketRequest, { onProgress: (step) => console.log(step) })
 * prover.close()
 * ```
 */
export function createTicketProver(options: TicketProverOptions = {}): TicketProver {
  return createUseProver({ key: ticketKey, artifacts: loadTicketArtifacts, prepare: prepareTicket }, options)
}

/** Everything of a ticket but its proof, computed without the circuit. */
export function prepareTicket(request: TicketRequest): Prepared<TicketFields> {
  assertOfTree(request)
  assertUsable(request)
  const { note, path, networkId, asOf, root } = request
  const { limit, expiry, noteClass } = note
  const classId = classIdOf(noteClass)
  const leaf = leafOf({ commitment: noteCommitment(note), classId, limit, expiry })
  if (rootOf(leaf, path) !== root) throw new NoteUnusableError('The note is not at its place in the tree.')

  const scope = scopeOf({ networkId, classId, period: epochOf(note, asOf) })
  const { inputs, signals, fields } = prepareUse(request, { classId, scope })
  const { nullifier, y, tag, tagScope, x } = signals
  return {
    nullifier,
    x,
    statement: {
      inputs: { ...inputs, leafIndex: BigInt(path.leafIndex), siblings: path.siblings },
      signals: [root, nullifier, y, tag, x, scope, classId, tagScope, asOf],
    },
    fields: { ...fields, classNumber: Number(noteClass.number), root: toBytes32(root) },
  }
}

function assertOfTree({ note }: TicketRequest): void {
  const { kind } = note.noteClass
  if (kind !== 'stamp' && kind !== 'stake') throw new NoteUnusableError('Only stamps and stakes give tickets.')
  if ((kind === 'stake') !== (note.epochLength !== undefined)) {
    throw new NoteUnusableError('Stakes have epochs; stamps have none.')
  }
}
