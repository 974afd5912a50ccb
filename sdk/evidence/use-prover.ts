import { fromBytes, toBytes32 } from '../crypto/abi.ts'
import { type RandomBytes, randomBytes } from '../crypto/bytes.ts'
import { ticketSignals } from '../crypto/signals.ts'
import { tagScopeOf, xOf } from '../crypto/use.ts'
import { BaseError } from '../errors.ts'
import { Bindings } from '../notes/binding.ts'
import type { HeldNote } from '../notes/note.ts'
import type { VerifyingKeyJson } from '../verifier/groth16.ts'
import type { Artifacts } from './artifacts.ts'
import { createProver, type ProverOptions, type ProvingOptions, type Statement } from './prover.ts'

/** One use of a note: one message id, and the one lane it is for. */
export type UseRequest = {
  readonly note: HeldNote
  /** Below the note's limit; never used before, in the epoch where the note has epochs. */
  readonly messageId: number
  readonly networkId: Uint8Array
  /** See `useOf`. */
  readonly use: Uint8Array
  /** The account written to (20 bytes) on first contact; elsewhere a tag scope, the same for all notes of one lane. */
  readonly toward: { readonly recipient: Uint8Array } | { readonly tagScope: bigint }
  /** A full hour in unix seconds, see `fullHour`; of a note with epochs it decides the epoch. */
  readonly asOf: bigint
}

/** What every use shows, as the wire has it. */
export type UseFields = {
  nullifier: Uint8Array
  y: Uint8Array
  tag: Uint8Array
  tagScope: Uint8Array
  asOf: bigint
  proof: Uint8Array
}

/** Makes evidence of one kind. One for a client: it keeps its worker warm, and remembers what it has proved. */
export type UseProver<Request, Fields> = {
  /** Starts the worker and loads the key, while the user is still writing. */
  warmUp(options?: ProvingOptions): Promise<void>
  /**
   * Makes one piece of evidence; a second or so. Refuses a second `use` for one message id: together the two would reveal the
   * note's secret.
   */
  prove(request: Request, options?: ProvingOptions): Promise<Fields>
  close(): void
}

export type UseProverOptions = Omit<ProverOptions, 'artifacts'> & {
  /** Where the proving key comes from; unless told, from the SDK's own folder. */
  readonly artifacts?: Artifacts | ProverOptions['artifacts'] | undefined
}

/** Everything of a piece of evidence but its proof, and what the proof must state. */
export type Prepared<Fields> = {
  readonly statement: Statement
  readonly fields: Omit<Fields, 'proof'>
  readonly nullifier: bigint
  readonly x: bigint
}

type Circuit<Request, Fields> = {
  readonly key: VerifyingKeyJson
  readonly artifacts: ProverOptions['artifacts']
  prepare(request: Request): Prepared<Fields>
}

/** A prover of one circuit. */
export function createUseProver<Request, Fields extends UseFields>(
  { key, prepare, ...circuit }: Circuit<Request, Fields>,
  { artifacts = circuit.artifacts, ...options }: UseProverOptions,
): UseProver<Request, Fields> {
  const load = typeof artifacts === 'function' ? artifacts : async () => artifacts
  const prover = createProver(key, { ...options, artifacts: load })
  const bindings = new Bindings()

  return {
    warmUp: prover.warmUp,
    close: prover.close,
    async prove(request, provingOptions = {}) {
      const { statement, fields, nullifier, x } = prepare(request)
      bindings.bind(nullifier.toString(), x)
      const proof = await prover.prove(statement, provingOptions)
      provingOptions.onProgress?.('done')
      return { ...fields, proof } as Fields
    },
  }
}

/** A tag scope for a lane that is no first contact: its tags say nothing. */
export const createTagScope = (random: RandomBytes = randomBytes): bigint => fromBytes(random(31))

/** What every circuit computes of one use, without the circuit. */
export function prepareUse(request: UseRequest, { classId, scope }: { classId: bigint; scope: bigint }) {
  const { note, networkId, toward, asOf } = request
  const { secret, person, limit, expiry } = note
  const messageId = BigInt(request.messageId)
  const isFirstContact = 'recipient' in toward
  const tagScope = isFirstContact ? tagScopeOf(networkId, toward.recipient) : toward.tagScope
  const x = xOf(request.use)
  const { y, nullifier, tag } = ticketSignals({ secret, person, messageId, scope, tagScope, x })
  return {
    inputs: { secret, person, messageId, limit, expiry, x, scope, classId, tagScope, asOf },
    signals: { nullifier, y, tag, tagScope, x },
    fields: {
      nullifier: toBytes32(nullifier),
      y: toBytes32(y),
      tag: toBytes32(tag),
      tagScope: isFirstContact ? new Uint8Array() : toBytes32(tagScope),
      asOf,
    },
  }
}

/** Refuses what no proof could be made of, before a second is spent on it. */
export function assertUsable({ note, messageId, asOf }: UseRequest): void {
  if (!Number.isInteger(messageId) || messageId < 0 || BigInt(messageId) >= note.limit) {
    throw new NoteUnusableError(`The note has no message id ${messageId}.`)
  }
  if (asOf % 3600n !== 0n) throw new NoteUnusableError(`${asOf} is not a full hour.`)
  if (asOf >= note.expiry) throw new NoteUnusableError('The note has expired.', { hint: 'Use another one.' })
}

/** A note, or a message id of it, that no evidence can be made from. */
export class NoteUnusableError extends BaseError {
  override readonly code = 'note.unusable'
}
