import { createQueue } from '../../async.ts'
import type { Issuer } from '../../codec/index.ts'
import { type BabyJubjubKey, classIdOf, isSameKey, type RandomBytes, xOf } from '../../crypto/index.ts'
import type { CredentialFields, CredentialProver, ProvingStep } from '../../evidence/index.ts'
import type { AccountLog } from '../../log/index.ts'
import { type Device, factSecretOf, fullHour, type HeldNote, NoteAllocator, noteIdOf } from '../../notes/index.ts'
import { type FactCondition, factClassOf, predicateOf } from '../../policy/index.ts'
import { factClass, factEpochOf, factExpiryOf } from '../../verifier/index.ts'
import type { Clock } from '../session/clock.ts'
import type { Copies } from '../session/copies.ts'
import { type Tell, tellBoth } from '../session/events.ts'
import type { SealedStorage } from '../session/sealed-storage.ts'
import type { SafeStorage } from '../session/storage.ts'
import { type AttestedFact, decodeFacts, encodeFacts } from './attested-facts.ts'
import { createBlockLog } from './block-log.ts'
import { createKeptReady } from './kept-ready.ts'
import { readyOf, takeReady } from './take-ready.ts'
import type { TicketNeed } from './ticket-maker.ts'

export type FactNotesOptions = {
  readonly log: AccountLog
  /** The account's part in every note and tag, and the key that its notes' secrets come from. */
  readonly person: bigint
  readonly identityKey: Uint8Array
  readonly networkId: Uint8Array
  /** The network's issuers, by the newest checkpoint that is known. */
  readonly issuers: () => readonly Issuer[]
  readonly prover: CredentialProver
  readonly device: Device | undefined
  /** What was attested lies there, and what is ready, for all clients on this device. */
  readonly sealed: SealedStorage
  readonly storage: SafeStorage
  readonly random: RandomBytes
  readonly clock: Clock
  readonly copies: Pick<Copies, 'isSteady' | 'awaitPage'>
  readonly tell: Tell
  /** Resolves when the first tickets of this run are ready, or cannot be. */
  readonly firstReady?: (() => Promise<unknown>) | undefined
}

/** What an account can show of one fact now. */
export type HeldFact = {
  /** Of the fact's class. */
  readonly classId: bigint
  /** How many issuers have attested it of whom tickets are left on this device. */
  readonly issuers: number
  /** The condition, where it is proven by the state of the chain. */
  readonly proven?: string
}

/** Notes of facts. Their tickets say nothing of the account, and an issuer does not see its notes again. */
export type FactNotes = {
  /** What issuers in office have attested in this epoch. */
  attested(): Promise<AttestedFact[]>
  /** Keeps what an issuer has attested. */
  keep(attested: AttestedFact): Promise<void>
  /** What can be shown. Asks nobody. */
  available(): Promise<HeldFact[]>
  /** As many credentials for one lane as the fact asks issuers for; undefined where too few are left in this epoch. */
  credentials(fact: FactCondition, need: Omit<TicketNeed, 'count'>): Promise<CredentialFields[] | undefined>
  /** Makes some tickets of each note ready, with so many pages of the account's log; answers whether it wrote any. */
  reserve(options?: { readonly blocks?: number }): Promise<boolean>
}

type Held = { readonly attested: AttestedFact; readonly note: HeldNote; readonly allocator: NoteAllocator }

/** Keeps notes of facts and makes credentials of them. */
export function createFactNotes(options: FactNotesOptions): FactNotes {
  const { clock, sealed } = options
  const allocatorOf = createAllocators(options)
  const inTurn = createQueue()
  /** A device without a storage has these alone. */
  let ofThisRun: readonly AttestedFact[] = []

  async function kept(): Promise<AttestedFact[]> {
    const epoch = factEpochOf(clock.seconds())
    const stored = decodeFacts(await sealed.get('facts')).filter((one) => !ofThisRun.some((own) => isSame(own, one)))
    return [...stored, ...ofThisRun].filter((attested) => attested.epoch === epoch)
  }

  /** Notes of issuers in office, in the order of the network's terms. */
  async function held(): Promise<Held[]> {
    const all = await kept()
    return options.issuers().flatMap((issuer) =>
      all
        .filter((attested) => isOf(attested, issuer))
        .map((attested) => {
          const note = noteOf(attested, options)
          return { attested, note, allocator: allocatorOf(note) }
        }),
    )
  }

  return {
    attested: async () => (await held()).map(({ attested }) => attested),
    keep: (attested) =>
      inTurn(async () => {
        ofThisRun = [...ofThisRun.filter((other) => !isSame(other, attested)), attested]
        await sealed.set('facts', encodeFacts(await kept()))
      }),
    available: async () => countHeld(await held(), clock.seconds()),
    async credentials(fact, need) {
      const made: CredentialFields[] = []
      const wanted = (await held()).filter(({ attested }) => predicateOf(attested.fact) === predicateOf(fact))
      for (const one of wanted) {
        if (made.length === fact.issuers) break
        const credential = await makeOne(options, one, { ...need, ticket: made.length + 1, of: fact.issuers })
        if (credential) made.push(credential)
      }
      return made.length === fact.issuers ? made : undefined
    },
    async reserve({ blocks = 1 } = {}) {
      const now = clock.seconds()
      let isWritten = false
      for (const { allocator } of await held()) {
        const left = await allocator.remaining(now)
        isWritten = (await allocator.reserve(readyOf(left), { now, blocks })) || isWritten
      }
      return isWritten
    },
  }
}

async function countHeld(held: readonly Held[], now: number): Promise<HeldFact[]> {
  const counts = new Map<bigint, number>()
  for (const { note, allocator } of held) {
    const classId = classIdOf(note.noteClass)
    if ((await allocator.remaining(now)) > 0) counts.set(classId, (counts.get(classId) ?? 0) + 1)
  }
  return [...counts].map(([classId, issuers]) => ({ classId, issuers }))
}

type One = Omit<TicketNeed, 'count'> & { readonly ticket: number; readonly of: number }

/** A credential of one use of a note, of the hour in which it is taken; undefined where none is left. */
async function makeOne(
  { clock, prover, tell, ...edges }: FactNotesOptions,
  { attested: { issuer, signature }, allocator }: Held,
  { ticket, of, ...need }: One,
): Promise<CredentialFields | undefined> {
  const { networkId, use, toward, signal, onProgress } = need
  const take = (from: 'ready' | 'log') => allocator.allocate(xOf(use), 1, { now: clock.seconds(), from })
  const hasMore = async () => (await allocator.remaining(clock.seconds())) > 0
  const [taken] = (await takeReady({ ...edges, tell }, { take, hasMore }, need)) ?? []
  if (!taken) return undefined
  const report = (step: ProvingStep) => tellBoth({ tell }, { onProgress }, { kind: 'proving', step, ticket, of })
  const request = { ...taken, issuer, signature, networkId, use, toward, asOf: fullHour(clock.seconds()) }
  return prover.prove(request, { signal, onProgress: report })
}

/** What hands out the message ids of each note, recorded in the account's log as those of all notes are. */
function createAllocators({ log, random, device, ...kept }: FactNotesOptions) {
  const ready = createKeptReady(kept)
  const blocks = createBlockLog(log, () => factClass.limit, random)
  const allocators = new Map<string, NoteAllocator>()
  return (note: HeldNote): NoteAllocator => {
    const known = allocators.get(noteIdOf(note))
    if (known) return known
    const allocator = new NoteAllocator({ log: blocks, random, device, ready })
    allocator.add(note)
    allocators.set(noteIdOf(note), allocator)
    return allocator
  }
}

function noteOf({ fact, issuer, epoch }: AttestedFact, { identityKey, networkId, person }: FactNotesOptions): HeldNote {
  return {
    secret: factSecretOf(identityKey, { networkId, issuer, fact, epoch }),
    person,
    noteClass: factClassOf(fact),
    limit: BigInt(factClass.limit),
    expiry: BigInt(factExpiryOf(epoch)),
  }
}

const isOf = ({ issuer }: Pick<AttestedFact, 'issuer'>, other: BabyJubjubKey): boolean => isSameKey(issuer, other)

const isSame = (one: AttestedFact, other: AttestedFact): boolean =>
  isOf(one, other.issuer) && predicateOf(one.fact) === predicateOf(other.fact)
