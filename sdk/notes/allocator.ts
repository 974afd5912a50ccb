import { createQueue } from '../async.ts'
import { fromBytes } from '../crypto/abi.ts'
import type { RandomBytes } from '../crypto/bytes.ts'
import type { BlockLog } from './block-log.ts'
import { type Device, freeBlocks, messageIdsOf } from './blocks.ts'
import { type HeldNote, noteCommitment } from './note.ts'
import { createReadyIds, nameOfId, type ReadyBlock, type ReadyIds, withoutIds } from './ready-ids.ts'

/** One use of a note: one ticket. */
export type NoteUse<N extends HeldNote = HeldNote> = { readonly note: N; readonly messageId: number }

export type AllocatorOptions = {
  readonly log: BlockLog
  readonly device?: Device | undefined
  /** Takes blocks in random order, so that clients that know nothing of each other seldom want the same one. */
  readonly random?: RandomBytes
  /** Where ids wait that were taken ahead; in this run alone unless given. */
  readonly ready?: ReadyIds | undefined
}

/** What names a note in the log: its commitment. */
export const noteIdOf = (note: HeldNote): string => noteCommitment(note).toString(16).padStart(64, '0')

/** Unix seconds, and how many blocks may be taken. */
type Until = { readonly now: number; readonly blocks: number }

/**
 * Hands out message ids, each for one `x` and for good: the same `x` gets the same ids again, so that a ticket is
 * retried unchanged; another `x` gets others, whatever a node says. One for each run of the process.
 */
export class NoteAllocator<N extends HeldNote = HeldNote> {
  readonly #log: BlockLog
  readonly #device: Device
  readonly #random: RandomBytes | undefined
  readonly #ready: ReadyIds
  readonly #notes = new Map<string, N>()
  /** Notes of which no claim is open any more that an earlier run has begun. */
  readonly #settled = new Set<string>()
  readonly #given = new Map<bigint, readonly NoteUse<N>[]>()
  readonly #inTurn = createQueue()

  constructor({ log, device = { index: 0, count: 1 }, random, ready = createReadyIds() }: AllocatorOptions) {
    this.#log = log
    this.#random = random
    this.#device = device
    this.#ready = ready
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
    return this.#inTurn(async () => {
      const given = this.#given.get(x) ?? []
      const missing = Math.max(0, count - given.length)
      const found = from === 'ready' ? await this.#draw(missing, now) : await this.#drawOrTake(missing, now)
      if (!found) return undefined
      const uses = [...given, ...found]
      this.#given.set(x, uses)
      return uses.slice(0, count)
    })
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
  reserve(count: number, until: Until): Promise<boolean> {
    return this.#inTurn(async () => (await this.#fill(count, until)).taken > 0)
  }

  /** Gives back every block of which no use was ever drawn. */
  giveBack(): Promise<void> {
    return this.#inTurn(() => this.#endClaims((block) => block.isTaken && this.#isWhole(block)))
  }

  /** How many uses this device has left. */
  async remaining(now: number): Promise<number> {
    const ready = await this.#countReady()
    let count = 0
    for (const [id, note] of this.#usable(now)) {
      const limit = Number(note.limit)
      const free = freeBlocks(limit, await this.#log.taken(id), this.#device)
      count += ready(id) + free.flatMap((block) => messageIdsOf(limit, block)).length
    }
    return count
  }

  async #drawOrTake(count: number, now: number): Promise<readonly NoteUse<N>[] | undefined> {
    for (;;) {
      const { isEnough } = await this.#fill(count, { now, blocks: Number.POSITIVE_INFINITY })
      const found = isEnough ? await this.#draw(count, now) : undefined
      if (found || !isEnough) return found // another run has drawn of it meanwhile
    }
  }

  /** Draws so many ids of those that are ready; none if there are fewer. */
  async #draw(count: number, now: number): Promise<readonly NoteUse<N>[] | undefined> {
    const notes = this.#usable(now)
    const found = await this.#ready.change((blocks) => {
      const all = notes.flatMap(([id, note]) => this.#goodOf(blocks, id).map((messageId) => ({ note, messageId })))
      const uses = all.slice(0, count)
      if (count === 0 || uses.length < count) return { blocks, answer: count === 0 ? [] : undefined }
      const names = uses.map(({ note, messageId }) => nameOfId({ noteId: noteIdOf(note) }, messageId))
      return { blocks: withoutIds(blocks, new Set(names), now), answer: uses }
    })
    for (const { note, messageId } of found ?? []) await this.#log.names?.seal(noteIdOf(note), messageId)
    return found
  }

  /** Takes blocks until so many ids are ready, first of the notes that are used first. */
  async #fill(count: number, { now, blocks }: Until): Promise<{ readonly taken: number; readonly isEnough: boolean }> {
    await this.#settle()
    const before = await this.#countReady()
    let [taken, ready] = [0, 0]
    for (const [id, note] of this.#usable(now)) {
      ready += before(id)
      while (ready < count && taken < blocks) {
        const more = await this.#takeBlock(id, note)
        if (more === 0) break
        ready += more
        taken++
      }
    }
    return { taken, isEnough: ready >= count }
  }

  /** Gives back what another run has claimed without hearing the end: if it is there still, it takes another block. */
  async #settle(): Promise<void> {
    const isNew = (id: string) => this.#notes.has(id) && !this.#settled.has(id)
    if ([...this.#notes.keys()].some(isNew)) await this.#endClaims(({ noteId, isTaken }) => !isTaken && isNew(noteId))
    for (const id of this.#notes.keys()) this.#settled.add(id)
  }

  /** Takes a block that nobody else has, and answers how many ids it has; none where there is none. */
  async #takeBlock(id: string, note: N): Promise<number> {
    for (;;) {
      const block = this.#pick(freeBlocks(Number(note.limit), await this.#log.taken(id), this.#device))
      const ids = block === undefined ? 0 : await this.#claim(id, note, block)
      if (ids > 0 || block === undefined) return ids
    }
  }

  /** Takes one block, and answers how many ids it has; none where another client was faster. */
  async #claim(noteId: string, { limit, expiry }: N, block: number): Promise<number> {
    const own = () => this.#log.names?.own(noteId, block)
    const ids = messageIdsOf(Number(limit), block)
    const begun = { noteId, expiry: Number(expiry), block, ids, name: own(), isTaken: false }
    await this.#replace(begun, begun) // first: the next run finds it, wherever this one is cut off
    const isTaken = await this.#log.take(noteId, block)
    const isKept = await this.#replace(begun, isTaken ? { ...begun, name: own(), isTaken } : undefined)
    return isTaken && isKept ? ids.length : 0
  }

  /** Puts another block in the place of one; answers whether that was there still. */
  #replace(one: ReadyBlock, other: ReadyBlock | undefined): Promise<boolean | undefined> {
    const isOne = ({ noteId, block, name }: ReadyBlock) =>
      noteId === one.noteId && block === one.block && name === one.name
    return this.#ready.change((blocks) => {
      const isThere = one === other || blocks.some(isOne)
      const rest = blocks.filter((each) => !isOne(each))
      return { blocks: other && isThere ? [...rest, other] : rest, answer: isThere }
    })
  }

  async #endClaims(isEnding: (block: ReadyBlock) => boolean): Promise<void> {
    const ended = await this.#ready.change((blocks) => {
      const answer = blocks.filter(isEnding)
      return { blocks: answer.length > 0 ? blocks.filter((block) => !isEnding(block)) : blocks, answer }
    })
    for (const { noteId, block, name } of ended ?? []) await this.#log.giveBack?.(noteId, block, name)
  }

  /** How many ids of each note are ready. */
  async #countReady(): Promise<(noteId: string) => number> {
    const blocks = (await this.#ready.change((waiting) => ({ blocks: waiting, answer: waiting }))) ?? []
    return (noteId) => this.#goodOf(blocks, noteId).length
  }

  /** Ids of a note that nobody else may have. */
  #goodOf(blocks: readonly ReadyBlock[], noteId: string): number[] {
    const isHeld = this.#log.names?.holder(noteId) ?? (() => true)
    const own = blocks.filter((block) => block.isTaken && block.noteId === noteId)
    return own.flatMap(({ ids, name }) => ids.filter((messageId) => isHeld(name, messageId)))
  }

  #isWhole(block: ReadyBlock): boolean {
    const { limit = 0n } = this.#notes.get(block.noteId) ?? {}
    return limit > 0n && this.#goodOf([block], block.noteId).length === messageIdsOf(Number(limit), block.block).length
  }

  #pick(blocks: readonly number[]): number | undefined {
    const number = this.#random ? Number(fromBytes(this.#random(4))) : 0
    return blocks[number % blocks.length]
  }

  #usable(now: number): [string, N][] {
    const live = [...this.#notes].filter(([, { expiry }]) => expiry > BigInt(now))
    return live.sort(([, a], [, b]) => (a.tree ?? 0) - (b.tree ?? 0) || Number(a.expiry - b.expiry))
  }
}
