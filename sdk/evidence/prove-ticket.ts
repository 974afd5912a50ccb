import { fromBytes, toBytes32 } from '../crypto/abi.ts'
import { type RandomBytes, randomBytes } from '../crypto/bytes.ts'
import { leafOf, ticketSignals } from '../crypto/signals.ts'
import { classIdOf, scopeOf, tagScopeOf, xOf } from '../crypto/use.ts'
import { BaseError } from '../errors.ts'
import { ticketKey } from '../generated/keys.ts'
import { Bindings } from '../notes/binding.ts'
import { epochOf, fullHour } from '../notes/epoch.ts'
import { type HeldNote, noteCommitment } from '../notes/note.ts'
import { type MerklePath, rootOf } from '../notes/tree.ts'
import { type Artifacts, loadTicketArtifacts } from './artifacts.ts'
import { createProver, type ProverOptions, type ProvingOptions, type Statement } from './prover.ts'

/** What a ticket is made from: one message id of one note, and the one lane it is for. */
export type TicketRequest = {
  readonly note: HeldNote
  /** Below the note's limit; never used before, in the epoch where the note has epochs. */
  readonly messageId: number
  /** Where the note is in the tree, and the root that this must lead to. */
  readonly path: MerklePath
  readonly root: bigint
  readonly networkId: Uint8Array
  /** See `useOf`. */
  readonly use: Uint8Array
  /** The account written to (20 bytes) on first contact; elsewhere a tag scope, the same for all tickets of one lane. */
  readonly toward: { readonly recipient: Uint8Array } | { readonly tagScope: bigint }
  /** A full hour in unix seconds, see {@link fullHour}; of a stake's note it decides the epoch. */
  readonly asOf: bigint
}

/** A ticket as `pennypost.v1.Ticket` has it, ready to be put into evidence. */
export type TicketFields = {
  classNumber: number
  root: Uint8Array
  nullifier: Uint8Array
  y: Uint8Array
  tag: Uint8Array
  tagScope: Uint8Array
  asOf: bigint
  proof: Uint8Array
}

/** Makes tickets. One for a client: it keeps its worker warm, and remembers what it has proved. */
export type TicketProver = {
  /** Starts the worker and loads the key, while the user is still writing. */
  warmUp(options?: ProvingOptions): Promise<void>
  /**
   * Makes one ticket; a second or so. Refuses a second `use` for one message id: together the two would reveal the
   * note's secret.
   */
  prove(request: TicketRequest, options?: ProvingOptions): Promise<TicketFields>
  close(): void
}

export type TicketProverOptions = Omit<ProverOptions, 'artifacts'> & {
  /** Where the proving key comes from; unless told, from the SDK's own folder. */
  readonly artifacts?: Artifacts | ProverOptions['artifacts'] | undefined
}

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
export function createTicketProver({ artifacts = loadTicketArtifacts, ...options }: TicketProverOptions = {}) {
  const load = typeof artifacts === 'function' ? artifacts : async () => artifacts
  const prover = createProver(ticketKey, { ...options, artifacts: load })
  const bindings = new Bindings()

  return {
    warmUp: prover.warmUp,
    close: prover.close,
    async prove(request, provingOptions = {}) {
      const { statement, ticket, nullifier, x } = prepareTicket(request)
      bindings.bind(nullifier.toString(), x)
      const proof = await prover.prove(statement, provingOptions)
      provingOptions.onProgress?.('done')
      return { ...ticket, proof }
    },
  } satisfies TicketProver as TicketProver
}

export { fullHour }

/** A tag scope for a lane that is no first contact: its tags say nothing. */
export const createTagScope = (random: RandomBytes = randomBytes): bigint => fromBytes(random(31))

type Prepared = { statement: Statement; ticket: Omit<TicketFields, 'proof'>; nullifier: bigint; x: bigint }

/** Everything of a ticket but its proof, computed without the circuit. */
export function prepareTicket(request: TicketRequest): Prepared {
  assertUsable(request)
  const { note, path, networkId, toward, asOf, root } = request
  const { secret, person, limit, expiry, noteClass } = note
  const classId = classIdOf(noteClass)
  const leaf = leafOf({ commitment: noteCommitment(note), classId, limit, expiry })
  if (rootOf(leaf, path) !== root) throw new NoteUnusableError('The note is not at its place in the tree.')

  const messageId = BigInt(request.messageId)
  const isFirstContact = 'recipient' in toward
  const tagScope = isFirstContact ? tagScopeOf(networkId, toward.recipient) : toward.tagScope
  const scope = scopeOf({ networkId, classId, period: epochOf(note, asOf) })
  const x = xOf(request.use)
  const { y, nullifier, tag } = ticketSignals({ secret, person, messageId, scope, tagScope, x })
  const use = { secret, person, messageId, limit, expiry, x, scope, classId, tagScope, asOf }
  return {
    nullifier,
    x,
    statement: {
      inputs: { ...use, leafIndex: BigInt(path.leafIndex), siblings: path.siblings },
      signals: [root, nullifier, y, tag, x, scope, classId, tagScope, asOf],
    },
    ticket: {
      classNumber: Number(noteClass.number),
      root: toBytes32(root),
      nullifier: toBytes32(nullifier),
      y: toBytes32(y),
      tag: toBytes32(tag),
      tagScope: isFirstContact ? new Uint8Array() : toBytes32(tagScope),
      asOf,
    },
  }
}

function assertUsable({ note, messageId, asOf }: TicketRequest): void {
  const { kind } = note.noteClass
  if (kind !== 'stamp' && kind !== 'stake') throw new NoteUnusableError('Only stamps and stakes give tickets.')
  if ((kind === 'stake') !== (note.epochLength !== undefined)) {
    throw new NoteUnusableError('Stakes have epochs; stamps have none.')
  }
  if (!Number.isInteger(messageId) || messageId < 0 || BigInt(messageId) >= note.limit) {
    throw new NoteUnusableError(`The note has no message id ${messageId}.`)
  }
  if (asOf % 3600n !== 0n) throw new NoteUnusableError(`${asOf} is not a full hour.`)
  if (asOf >= note.expiry) throw new NoteUnusableError('The note has expired.', { hint: 'Use another one.' })
}

/** A note, or a message id of it, that no ticket can be made from. */
export class NoteUnusableError extends BaseError {
  override readonly code = 'note.unusable'
}
