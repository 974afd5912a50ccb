import type { ProvingStep, TicketFields, TicketProverOptions, TicketRequest } from '../../evidence/index.ts'
import type { NoteUse } from '../../notes/index.ts'
import { type StepOptions, type Tell, tellBoth } from '../session/events.ts'
import { leafOfNote } from './note-place.ts'
import { ticketProver } from './prover-when-asked.ts'
import type { TreeKeeper } from './tree-keeper.ts'

/** One lane's need of tickets. */
export type TicketNeed = StepOptions & {
  /** Remembers which uses were drawn for this one, beyond this run. */
  readonly kept?: KeptUses | undefined
  readonly networkId: Uint8Array
  readonly use: Uint8Array
  readonly count: number
  readonly toward: TicketRequest['toward']
}

/** A use of a note by the note's name in the log: what can be written down. */
export type NamedUse = { readonly noteId: string; readonly messageId: number }

/** Keeps the uses that were drawn for one lane, so that the next run makes the same tickets and not others. */
export type KeptUses = {
  readonly known: readonly NamedUse[]
  keep(uses: readonly NamedUse[]): Promise<void>
}

/** Makes tickets of uses of notes, one after the other in one worker. */
export type TicketMaker = {
  warmUp(options?: StepOptions): Promise<void>
  /** `asOf` is a full hour; of stakes it decides the epoch that the uses were drawn from. */
  make(uses: readonly NoteUse[], need: TicketNeed, asOf: bigint): Promise<TicketFields[]>
  close(): void
}

type Options = Pick<TicketProverOptions, 'artifacts' | 'workerUrl'> & { readonly tree: TreeKeeper; readonly tell: Tell }

/** What makes the tickets of one client. Starts nothing until it is needed. */
export function createTicketMaker({ tree, tell, ...proving }: Options): TicketMaker {
  const prover = ticketProver(proving)
  return {
    close: () => prover.close(),
    warmUp: ({ signal } = {}) => prover.warmUp({ signal }),
    async make(uses, need, asOf) {
      await tree.fresh(need) // the newest root, as everybody uses: an old one would tell since when
      const follower = await tree.find(() => uses.map(({ note }) => leafOfNote(note)), need)
      const { networkId, use, toward, signal, onProgress } = need
      const tickets: TicketFields[] = []
      for (const { note, messageId } of uses) {
        const place = { ticket: tickets.length + 1, of: uses.length }
        const { root, ...path } = follower.path(follower.indexOf(leafOfNote(note)) ?? 0)
        const request = { note, messageId, path, root, networkId, use, toward, asOf }
        const report = (step: ProvingStep) => tellBoth({ tell }, { onProgress }, { kind: 'proving', step, ...place })
        tickets.push(await prover.prove(request, { onProgress: report, signal }))
      }
      return tickets
    },
  }
}
