import { createQueue } from '../async.ts'
import { fromBytes } from '../crypto/abi.ts'
import type { RandomBytes } from '../crypto/bytes.ts'
import { blockSizeOf, type Device, freeBlocks, messageIdsOf } from './blocks.ts'
import { type HeldNote, noteCommitment } from './note.ts'

/** Where an account records which blocks of its notes are taken, for all its devices and for good. */
export type BlockLog = {
  /** The blocks of one note that were ever taken. */
  taken(noteId: string): Promise<Iterable<number>>
  /**
   * Records a block as taken by this run. Resolves once that is stored: true if this run is the first to have taken it,
   * false if another was faster. Rejects where it cannot be stored; then nothing of the block is used.
   */
  take(noteId: string, block: number): Promise<boolean>
  /** Records that a block which this run took was not used, and will not be by this run. */
  giveBack?(noteId: string, block: number): Promise<void>
}

/** One use of a note: one ticket. */
export type NoteUse<N extends HeldNote = HeldNote> = { readonly note: N; readonly messageId: number }

export type AllocatorOptions = {
  readonly log: BlockLog
  readonly device?: Device | undefined
  /** Takes blocks in random order, so that clients that know nothing of each other seldom want the same one. */
  readonly random?: RandomBytes
}

/** What names a note in the log: its commitment. */
export const noteIdOf = (note: HeldNote): string => noteCommitment(note).toString(16).padStart(64, '0')

/**
 * Hands out message ids, each for one `x` and for good: the same `x` gets the same ids again, so that a ticket is
 * retried unchanged; another `x` gets others, whatever a node says. One for each run of the process.
 */
export class NoteAllocator<N extends HeldNote = HeldNote> {
  readonly #log: BlockLog
  readonly #device: Device
  readonly #random: RandomBytes | undefined
  readonly #notes = new Map<string, N>()
  readonly #fresh = new Map<string, number[]>()
  readonly #given = new Map<bigint, NoteUse<N>[]>()
  readonly #inTurn = createQueue()

  constructor({ log, device = { index: 0, count: 1 }, random }: AllocatorOptions) {
    this.#log = log
    this.#random = random
    this.#device = device
  }

  /** Adds a note that is in the tree; one that is known already changes nothing. */
  add(note: N): void {
    const id = noteIdOf(note)
    if (!this.#notes.has(id)) this.#notes.set(id, note)
  }

  /**
   * Uses of notes for one lane, bound to its `x`; undefined if fewer than `count` are left, and then nothing is bound.
   * `now` in unix seconds; notes of older trees are used first, since younger ones may have few, and of one tree those that
   * expire first. `ready` gives only what was taken before.
   */
  allocate(
    x: bigint,
    count: number,
    { now, from = 'log' }: { readonly now: number; readonly from?: 'ready' | 'log' },
  ): Promise<readonly NoteUse<N>[] | undefined> {
    return this.#inTurn(() => this.#allocate(x, count, { now, from }))
  }

  /** Binds uses to an `x` that an earlier run has drawn for it: it goes on with them. None where a note is not known any more. */
  restore(x: bigint, uses: readonly { readonly noteId: string; readonly messageId: number }[]): void {
    if (this.#given.has(x)) return
    const found = uses.flatMap(({ noteId, messageId }) => {
      const note = this.#notes.get(noteId)
      return note ? [{ note, messageId }] : []
    })
    if (found.length > 0 && found.length === uses.length) this.#given.set(x, found)
  }

  /**
   * Takes blocks ahead until so many uses are ready, or none is left, or so many blocks are taken: later, nothing has to be
   * recorded when one is needed. Answers whether a block was taken.
   */
  reserve(count: number, { now, blocks }: { readonly now: number; readonly blocks: number }): Promise<boolean> {
    return this.#inTurn(async () => {
      let taken = 0
      for (const [id, note] of this.#usable(now)) {
        while (taken < blocks && this.#ready(now) < count && (await this.#takeBlock(id, note))) taken++
      }
      return taken > 0
    })
  }

  /** Gives back every block of which no use was ever drawn. */
  giveBack(): Promise<void> {
    return this.#inTurn(async () => {
      for (const [id, ids] of this.#fresh) {
        const limit = Number(this.#notes.get(id)?.limit ?? 0n)
        const size = blockSizeOf(limit)
        for (const block of new Set(ids.map((messageId) => Math.floor(messageId / size)))) {
          const whole = messageIdsOf(limit, block)
          if (!whole.every((messageId) => this.#freshOf(id).includes(messageId))) continue
          this.#fresh.set(
            id,
            this.#freshOf(id).filter((messageId) => !whole.includes(messageId)),
          )
          await this.#log.giveBack?.(id, block)
        }
      }
    })
  }

  #ready(now: number): number {
    return this.#usable(now).reduce((sum, [id]) => sum + this.#freshOf(id).length, 0)
  }

  /** How many uses this device has left. */
  async remaining(now: number): Promise<number> {
    let count = 0
    for (const [id, note] of this.#usable(now)) {
      const limit = Number(note.limit)
      const free = freeBlocks(limit, await this.#log.taken(id), this.#device)
      count += this.#freshOf(id).length + free.flatMap((block) => messageIdsOf(limit, block)).length
    }
    return count
  }

  async #allocate(
    x: bigint,
    count: number,
    { now, from }: { readonly now: number; readonly from: 'ready' | 'log' },
  ): Promise<readonly NoteUse<N>[] | undefined> {
    const given = this.#given.get(x) ?? []
    const found: NoteUse<N>[] = []
    for (const [id, note] of this.#usable(now)) {
      const missing = count - given.length - found.length
      if (missing <= 0) break
      const ids = from === 'ready' ? this.#freshOf(id).splice(0, missing) : await this.#draw(id, note, missing)
      found.push(...ids.map((messageId) => ({ note, messageId })))
    }
    const uses = [...given, ...found]
    if (uses.length < count) {
      this.#putBack(found)
      return undefined
    }
    this.#given.set(x, uses)
    return uses.slice(0, count)
  }

  /** Up to `count` fresh ids of one note, taking blocks as needed. */
  async #draw(id: string, note: N, count: number): Promise<number[]> {
    const fresh = this.#freshOf(id)
    while (fresh.length < count && (await this.#takeBlock(id, note)));
    return fresh.splice(0, count)
  }

  /** Takes a block that nobody else has; false where there is none. */
  async #takeBlock(id: string, note: N): Promise<boolean> {
    const limit = Number(note.limit)
    for (;;) {
      const block = this.#pick(freeBlocks(limit, await this.#log.taken(id), this.#device))
      if (block === undefined) return false
      if (!(await this.#log.take(id, block))) continue
      this.#freshOf(id).push(...messageIdsOf(limit, block))
      return true
    }
  }

  #pick(blocks: readonly number[]): number | undefined {
    const number = this.#random ? Number(fromBytes(this.#random(4))) : 0
    return blocks[number % blocks.length]
  }

  /** Ids that were drawn and shown to nobody. */
  #putBack(uses: readonly NoteUse<N>[]): void {
    for (const { note, messageId } of uses) this.#freshOf(noteIdOf(note)).push(messageId)
  }

  #freshOf(id: string): number[] {
    const fresh = this.#fresh.get(id) ?? []
    this.#fresh.set(id, fresh)
    return fresh
  }

  #usable(now: number): [string, N][] {
    const live = [...this.#notes].filter(([, { expiry }]) => expiry > BigInt(now))
    return live.sort(([, a], [, b]) => (a.tree ?? 0) - (b.tree ?? 0) || Number(a.expiry - b.expiry))
  }
}
