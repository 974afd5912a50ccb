import { orAborted } from '../../async.ts'
import type { Checkpoint } from '../../codec/index.ts'
import { fromBytes, noteKinds, type RandomBytes, toBytes8, toHex, xOf } from '../../crypto/index.ts'
import type { TicketFields } from '../../evidence/index.ts'
import { groupBy } from '../../group-by.ts'
import type { AccountLog } from '../../log/index.ts'
import {
  type BlockLog,
  type Device,
  epochOf,
  fullHour,
  type HeldNote,
  NoteAllocator,
  nextEpochAt,
  noteIdOf,
} from '../../notes/index.ts'
import type { Clock } from '../session/clock.ts'
import type { Copies } from '../session/copies.ts'
import type { StepOptions, Tell } from '../session/events.ts'
import type { SafeStorage } from '../session/storage.ts'
import { createBlockLog } from './block-log.ts'
import { withLocalBlocks } from './local-blocks.ts'
import { findNotes } from './note-place.ts'
import { readyOf, takeReady } from './take-ready.ts'
import type { TicketMaker, TicketNeed } from './ticket-maker.ts'
import type { TreeKeeper } from './tree-keeper.ts'

export type StakeNotesOptions = {
  readonly log: AccountLog
  /** The account's part in every note and tag. */
  readonly person: bigint
  readonly tree: TreeKeeper
  readonly maker: TicketMaker
  readonly device: Device | undefined
  /** Where this device remembers what it took, in case the log does not say. */
  readonly storage: SafeStorage
  readonly random: RandomBytes
  readonly clock: Clock
  readonly copies: Pick<Copies, 'isSteady' | 'awaitPage'>
  readonly tell: Tell
  /** Resolves when the first tickets of this run are ready, or cannot be. */
  readonly firstReady?: (() => Promise<unknown>) | undefined
}

/** Tickets of the stakes of one class. */
export type StakeTickets = {
  readonly class: number
  /** In this epoch, on this device. */
  readonly left: number
  /** Unix seconds at which all of them are fresh again. */
  readonly nextEpochAt: number
  /** What a lane of one of them is worth. */
  readonly units: number
  readonly laneTtl: number
}

type ReserveOptions = StepOptions & { readonly count?: number; readonly blocks?: number }

/** Tickets of an account's stakes. */
export type StakeNotes = {
  /** Tickets that are left, by class. Asks nobody where the account has never staked. */
  available(options?: StepOptions): Promise<StakeTickets[]>
  /** A ticket of a class for one lane; undefined where none is left until the next epoch. */
  ticket(number: number, need: Omit<TicketNeed, 'count'>): Promise<TicketFields | undefined>
  /** Makes some more ready, with one page of the account's log unless told otherwise; answers whether it wrote any. */
  reserve(options?: ReserveOptions): Promise<boolean>
  /** The last act: gives back what was made ready and of which nothing was ever drawn, for the runs to come. */
  giveBack(): Promise<void>
}

/** The expiry of every note of stakes: none. */
const never = 2n ** 40n - 1n

/** Hands out tickets of stakes. */
export function createStakeNotes(options: StakeNotesOptions): StakeNotes {
  const { log, tree, maker, clock, person, tell } = options
  const allocatorOf = createEpochs(options)
  const hereOf = (number: number, notes: readonly HeldNote[]): Here => {
    const now = clock.seconds()
    const asOf = fullHour(now) // decides the epoch of message id and proof alike
    return { now, asOf, allocator: allocatorOf(number, notes, asOf) }
  }

  async function load(step: StepOptions): Promise<Map<number, HeldNote[]>> {
    const entries = log.all('stake')
    if (entries.length === 0) return new Map()
    const notesOf = (checkpoint: Checkpoint) => entries.flatMap((entry) => toNote(entry, person, checkpoint))
    const notes = await findNotes(tree, notesOf, { ...step, least: 1 })
    return groupBy(notes, ({ noteClass }) => Number(noteClass.number))
  }

  const setAside = createReserving(async ({ count = 0, blocks = 1, ...step }) => {
    if (log.all('stake').length === 0 || !(await isSafe(options))) return false
    for (const [number, notes] of await load(step)) {
      const { now, allocator } = hereOf(number, notes)
      const left = (await allocator?.remaining(now)) ?? 0
      if (await allocator?.reserve(Math.max(count, readyOf(left)), { now, blocks })) return true
    }
    return false
  })

  return {
    async available(step = {}) {
      await orAborted(setAside.settled(), step.signal)
      const now = clock.seconds()
      const found: StakeTickets[] = []
      if (log.all('stake').length > 0 && !(await isSafe(options))) {
        tell({ kind: 'degraded', code: 'stake.unsafe' })
        return found
      }
      for (const [number, notes] of await load(step)) {
        const left = (await allocatorOf(number, notes, fullHour(now))?.remaining(now)) ?? 0
        const { unitsPerTicket: units = 1, laneTtl = 0, epochLength = 0 } = classOf(tree.checkpoint(), number) ?? {}
        found.push({ class: number, left, nextEpochAt: nextEpochAt(epochLength, now), units, laneTtl })
      }
      return found
    },
    async ticket(number, need) {
      if (!(await isSafe(options))) return undefined
      const notes = (await load(need)).get(number) ?? []
      const taken = await takeOne(options, () => hereOf(number, notes), need)
      const [ticket] = taken ? await maker.make(taken.uses, { ...need, count: 1 }, taken.asOf) : []
      return ticket
    },
    reserve: setAside.reserve,
    giveBack: () => setAside.end().then(allocatorOf.giveBack),
  }
}

type Reserve = (options: ReserveOptions) => Promise<boolean>

/** What is being set aside: while it is, nobody can tell what is left, and what is cut off meanwhile is lost until the next epoch. */
function createReserving(reserve: Reserve) {
  let isOver = false
  let pending: Promise<unknown> = Promise.resolve()
  return {
    settled: () => pending,
    async reserve(options: ReserveOptions = {}): Promise<boolean> {
      if (isOver) return false
      const one = reserve(options)
      pending = Promise.allSettled([pending, one])
      return one
    },
    end(): Promise<unknown> {
      isOver = true
      return pending
    },
  }
}

/** Now, and what hands out message ids now. */
type Here = { readonly now: number; readonly asOf: bigint; readonly allocator: NoteAllocator | undefined }

/** One use of a note, of the epoch in which it is taken. */
function takeOne(
  edges: Pick<StakeNotesOptions, 'copies' | 'tell' | 'firstReady'>,
  here: () => Here,
  need: Omit<TicketNeed, 'count'>,
) {
  const take = async (from: 'ready' | 'log') => {
    const { now, asOf, allocator } = here()
    const uses = await allocator?.allocate(xOf(need.use), 1, { now, from })
    return uses && { uses, asOf }
  }
  const hasMore = async () => {
    const { now, allocator } = here()
    return ((await allocator?.remaining(now)) ?? 0) > 0
  }
  return takeReady(edges, { take, hasMore }, need)
}

/**
 * Whether a stake can be used: two uses of one ticket cost the deposit, and a node that shows each client a log of its own can
 * make two of them take the same one. Only numbers that the clients were given, and what each has written down where no node
 * can hide it, keep them apart.
 */
export async function isSafe({ device, storage, random }: Pick<StakeNotesOptions, 'device' | 'storage' | 'random'>) {
  if (device === undefined || !storage.isReliable) return false
  return storage.isKeeping(random(16))
}

/**
 * What hands out message ids, for notes of one class and the epoch of a time. Message ids count within an epoch, so each
 * epoch has blocks of its own in the account's log; where a block cannot be recorded it is not used.
 */
function createEpochs({ log, random, device, storage }: StakeNotesOptions) {
  const limits = new Map<string, number>()
  const blocks = createBlockLog(log, (id) => limits.get(id) ?? 1, random)
  const allocators = new Map<string, NoteAllocator>()

  function open(number: number, epoch: bigint): NoteAllocator {
    const suffix = toHex(toBytes8(epoch))
    const key = number + suffix
    const known = allocators.get(key)
    if (known) return known
    const ofEpoch: BlockLog = {
      taken: (id) => blocks.taken(id + suffix),
      take: (id, block) => blocks.take(id + suffix, block),
      giveBack: async (id, block) => blocks.giveBack?.(id + suffix, block),
    }
    const local = withLocalBlocks(ofEpoch, storage, epoch)
    const allocator = new NoteAllocator({ log: local, random, device })
    allocators.set(key, allocator)
    return allocator
  }

  async function giveBack(): Promise<void> {
    for (const allocator of allocators.values()) await allocator.giveBack()
  }

  const allocatorOf = (number: number, notes: readonly HeldNote[], asOf: bigint): NoteAllocator | undefined => {
    const [first] = notes
    if (!first) return undefined
    const epoch = epochOf(first, asOf)
    const allocator = open(number, epoch)
    for (const note of notes) {
      limits.set(noteIdOf(note) + toHex(toBytes8(epoch)), Number(note.limit)) // as the log names it
      allocator.add(note)
    }
    return allocator
  }
  return Object.assign(allocatorOf, { giveBack })
}

const classOf = (checkpoint: Checkpoint | undefined, wanted: number) =>
  checkpoint?.classes.find(({ kind, number }) => kind === noteKinds.stake && number === wanted)

/** The note of an entry of the log, if there is such a class. Once its exit is asked for, no tree has it. */
function toNote(
  { secret, classNumber }: { secret: Uint8Array; classNumber: number },
  person: bigint,
  checkpoint: Checkpoint,
): HeldNote[] {
  const terms = classOf(checkpoint, classNumber)
  if (!terms) return []
  return [
    {
      secret: fromBytes(secret),
      person,
      noteClass: {
        kind: 'stake',
        chainId: checkpoint.chainId,
        contract: terms.contract,
        number: BigInt(classNumber),
      },
      limit: BigInt(terms.limit),
      expiry: never,
      epochLength: terms.epochLength,
    },
  ]
}
