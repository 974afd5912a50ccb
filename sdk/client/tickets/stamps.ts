import { orAborted } from '../../async.ts'
import type { Checkpoint, StampBook } from '../../codec/index.ts'
import { equalBytes, fromBytes, noteKinds, type RandomBytes, toHex, xOf } from '../../crypto/index.ts'
import type { TicketFields } from '../../evidence/index.ts'
import type { AccountLog } from '../../log/index.ts'
import { type Device, fullHour, type HeldNote, NoteAllocator, noteCommitment, noteIdOf } from '../../notes/index.ts'
import type { Purchase } from '../../payments/index.ts'
import type { ProverClient } from '../../transport/index.ts'
import { actOptions, type ChainSource, requireChain } from '../session/chain.ts'
import type { Clock } from '../session/clock.ts'
import type { Copies } from '../session/copies.ts'
import type { StepOptions, Tell } from '../session/events.ts'
import type { SealedStorage } from '../session/sealed-storage.ts'
import type { SafeStorage } from '../session/storage.ts'
import { afterwards, type Usable } from './afterwards.ts'
import { createBegunBooks } from './begun-books.ts'
import { createBlockLog } from './block-log.ts'
import { findBook, type SoldBook } from './find-book.ts'
import { createKeptReady } from './kept-ready.ts'
import { NoteMissingError, readNoteFile } from './note-file.ts'
import { findNotes, noteOfBook } from './note-place.ts'
import { readyOf, takeReady } from './take-ready.ts'
import type { TicketMaker, TicketNeed } from './ticket-maker.ts'
import { isTreeDown, type TreeKeeper } from './tree-keeper.ts'

/** What stamps are to be bought. */
export type BuyOptions = StepOptions & {
  /** 1…256. Buy ahead, in numbers that others buy too. */
  readonly count: number
  /** The most that all of them may cost, in the token's smallest unit. */
  readonly maxPrice?: bigint | undefined
  /** The class of stamps; the network's first unless given. */
  readonly class?: number
}

/** What an account has left. */
export type StampBalance = {
  readonly stamps: number
  /** Stamps that are bought and not in any tree yet: a checkpoint has still to name them. */
  readonly coming: number
  readonly books: readonly HeldBook[]
}

export type BalanceOptions = StepOptions & {
  /** Reads the account's log first, in the account's name: what its other clients have bought meanwhile is counted. */
  readonly isFresh?: boolean
}

/** One bought note, as its owner sees it. */
export type HeldBook = { readonly limit: number /** Unix seconds. */; readonly expiresAt: number }

export type StampsOptions = {
  readonly log: AccountLog
  /** The account's part in every note and tag. */
  readonly person: bigint
  readonly tree: TreeKeeper
  readonly maker: TicketMaker
  readonly prover: ProverClient | undefined
  readonly chain: ChainSource | undefined
  readonly device: Device | undefined
  readonly storage: SafeStorage
  /** What is ready lies there, for all clients on this device. */
  readonly sealed: SealedStorage
  readonly random: RandomBytes
  readonly clock: Clock
  readonly copies: Copies
  readonly tell: Tell
  /** Resolves when the first tickets of this run are ready, or cannot be. */
  readonly firstReady?: (() => Promise<unknown>) | undefined
}

type HeldSecret = Parameters<typeof noteCommitment>[0]

/** An account's stamps: bought on chain, kept in its log, shown as tickets that say nothing of the account. */
export class Stamps {
  readonly #options: StampsOptions
  readonly #allocator: NoteAllocator
  readonly #limits = new Map<string, number>()
  /** When a book was last looked for, by its secret. */
  readonly #searched = new Map<string, number>()
  /** The most tickets that a lane has asked for. */
  #wanted = 0
  /** Tickets of lanes that wait for them now. */
  #awaited = 0
  readonly #begun: ReturnType<typeof createBegunBooks>

  constructor(options: StampsOptions) {
    const { log, device, random } = options
    this.#options = options
    const blockLog = createBlockLog(log, (noteId) => this.#limits.get(noteId) ?? 1, random)
    this.#begun = createBegunBooks(options)
    this.#allocator = new NoteAllocator({ log: blockLog, random, device, ready: createKeptReady(options) })
  }

  /**
   * Buys a book of stamps, and waits up to a minute until they can be used. Its secret is in the account's log before anything
   * is sent to the chain. A purchase that has not been answered is continued by the same call, also in another run of the
   * program with the same storage; once it is, the same call buys another book.
   *
   * @example
   * ```ts
   * const { limit } = await client.stamps.buy({ count: 8, maxPrice: 10n ** 19n }) // eight tickets, at most ten tokens
   * console.log(`${limit} letters are paid for`)
   * ```
   */
  async buy({ count, maxPrice, class: number = 1, signal, onProgress }: BuyOptions): Promise<Purchase & Usable> {
    const { chain, contract: postage } = await requireChain(this.#options.chain, 'postage')
    const { buyStamps, isPurchaseUnderWay } = await import('../../payments/index.ts') // viem is for those who buy
    const buying = (note: HeldSecret) => ({
      ...actOptions({ ...this.#options, chain }, 'buy', { signal, onProgress }),
      postage,
      class: number,
      count,
      commitment: noteCommitment(note),
      maxPrice,
    })
    const isUnderWay = (note: HeldSecret) => isPurchaseUnderWay(buying(note))
    const begun = await this.#begun.begin({ classNumber: number, limit: count }, { signal, isUnderWay })
    const purchase = await buyStamps(buying(begun.note))
    const { tree, copies } = this.#options
    const { secret, classNumber, limit } = begun
    const isUsable = await afterwards(this.#options, { signal, onProgress }, async (step) => {
      const { expiry, leafIndex } = purchase
      const value = { secret, classNumber, limit, expiry, leafIndex: BigInt(leafIndex) }
      await orAborted(copies.keep({ case: 'book', value }), step.signal)
      await tree.waitFor(purchase.operation, step)
      await this.begin(step)
    })
    await begun.end() // last: a run that ends before has answered nobody
    return { ...purchase, isUsable }
  }

  /**
   * Takes in a book that `hardhat pennypost buy` has bought for `client.person`: the text of the file with its secret. What it
   * holds is looked up in the note log. Taking it in again changes nothing.
   *
   * @example
   * ```ts
   * const { limit } = await client.stamps.import(await file.text()) // of .pennypost/secrets/stamps-….json
   * console.log(`${limit} stamps, unless some are used`)
   * ```
   */
  async import(text: string, { signal, onProgress }: StepOptions = {}): Promise<HeldBook> {
    const { log, person, prover } = this.#options
    const { secret, classNumber } = readNoteFile(text, { kind: 'stamps', person })
    const sold = prover && (await findBook(prover, { secret }, { person, signal }))
    if (!sold) throw new NoteMissingError('The note log has no such note, or no prover can be asked.')
    const isKnown = log.all('book').some((book) => equalBytes(book.secret, secret) && book.expiry === sold.expiry)
    if (!isKnown) await log.append({ case: 'book', value: { secret, classNumber, ...sold } }, signal)
    await this.begin({ signal, onProgress })
    return { limit: sold.limit, expiresAt: Number(sold.expiry) }
  }

  /**
   * Makes stamps ready for letters: three, or one in twelve of those that are left, or so many. A client whose storage lasts does
   * so by itself after logging in, and with the pages of the account's log that it writes every ten minutes or so; a letter that
   * finds no stamp ready waits for such a page. This writes the pages now, which the node sees: call it at a time that has nothing
   * to do with a letter. `close()` gives back what was not used; what a process that is killed had ready, the next one with the
   * same storage uses first, where that has `inTurn`, and is lost otherwise.
   *
   * @example
   * ```ts
   * await client.stamps.prepare({ count: 20 }) // before twenty letters in a row
   * ```
   */
  async prepare({ count, ...step }: StepOptions & { readonly count?: number } = {}): Promise<void> {
    const countOf = (left: number) => count ?? readyOf(left)
    await orAborted(this.#reserve(Number.POSITIVE_INFINITY, { countOf, step }), step.signal)
  }

  /** @internal Gives back what was made ready and not used. The last thing before the last page of the log. */
  giveBack(): Promise<void> {
    return this.#allocator.giveBack()
  }

  /** @internal Makes the first ones ready, where those that nobody uses are not lost with the storage. */
  async begin(options: StepOptions): Promise<void> {
    const { copies, storage } = this.#options
    if (copies.isSteady && storage.isLasting) await this.prepare(options)
  }

  /** @internal Makes some more ready with one page, or what letters wait for; answers whether it wrote one. */
  async reserve(): Promise<boolean> {
    const { isLasting } = this.#options.storage
    if (!isLasting && this.#awaited === 0) return false
    const countOf = (left: number) => (isLasting ? Math.max(this.#wanted, readyOf(left)) : this.#awaited)
    return this.#reserve(1, { countOf, step: {} })
  }

  async #reserve(
    blocks: number,
    { countOf, step }: { readonly countOf: (left: number) => number; readonly step: StepOptions },
  ): Promise<boolean> {
    if (this.#options.log.all('book').length === 0) return false
    await this.#load(step)
    const now = this.#options.clock.seconds()
    const left = await this.#allocator.remaining(now)
    return this.#allocator.reserve(countOf(left), { now, blocks })
  }

  /**
   * What is left on this device. Works without a prover where the tree was fetched before.
   *
   * @example
   * ```ts
   * const { stamps } = await client.stamps.balance()
   * if (stamps === 0) await client.stamps.buy({ count: 8 })
   * ```
   */
  async balance({ isFresh = false, ...step }: BalanceOptions = {}): Promise<StampBalance> {
    if (isFresh) await this.#options.log.sync(step.signal)
    const notes = await this.#load(step)
    const secrets = new Set(notes.map(({ secret }) => secret))
    const coming = (await this.#books(step)).filter(({ secret }) => !secrets.has(fromBytes(secret)))
    return {
      stamps: await this.#allocator.remaining(this.#options.clock.seconds()),
      coming: coming.reduce((sum, { limit }) => sum + limit, 0),
      books: notes.map(({ limit, expiry }) => ({ limit: Number(limit), expiresAt: Number(expiry) })),
    }
  }

  /**
   * What one stamp costs, in the token's smallest unit, by the terms that the network's signers sign; undefined where nobody
   * has signed any, or nobody can be asked.
   *
   * @example
   * ```ts
   * const price = await client.stamps.price()
   * if (price !== undefined) await client.stamps.buy({ count: 8, maxPrice: 8n * price })
   * ```
   */
  async price(options: StepOptions = {}): Promise<bigint | undefined> {
    return (await orAborted(this.fetchTerms(options), options.signal))?.price
  }

  /**
   * Loads the proving key and starts the worker, while the user is still writing.
   *
   * @example
   * ```ts
   * await client.stamps.warmUp() // while the user types
   * ```
   */
  async warmUp(options: StepOptions = {}): Promise<void> {
    await this.#options.maker.warmUp(options)
  }

  /**
   * @internal Tickets for one lane, all of one account. The same use always gets the same message ids; undefined where too few
   * stamps are left.
   */
  async tickets(need: TicketNeed): Promise<TicketFields[] | undefined> {
    const { clock, maker } = this.#options
    await this.#load(need)
    const { count, use, kept } = need
    if (kept) this.#allocator.restore(xOf(use), kept.known)
    this.#wanted = Math.max(this.#wanted, count)
    const take = (from: 'ready' | 'log') => this.#allocator.allocate(xOf(use), count, { now: clock.seconds(), from })
    const hasMore = async () => (await this.#allocator.remaining(clock.seconds())) >= count
    this.#awaited += count
    const taking = takeReady(this.#options, { take, hasMore }, need)
    const uses = await taking.finally(() => (this.#awaited -= count))
    if (uses) await kept?.keep(uses.map(({ note, messageId }) => ({ noteId: noteIdOf(note), messageId })))
    return uses && maker.make(uses, need, fullHour(clock.seconds()))
  }

  /** @internal Whether this client was given a chain to buy any on. */
  get canBuy(): boolean {
    return this.#options.chain !== undefined
  }

  /** @internal Goes on to the newest tree. Where the prover is down, the known one stays. */
  async refresh(options: StepOptions = {}): Promise<void> {
    await this.#options.tree.refresh(options)
  }

  /** @internal Terms of the network's first class of stamps, from the newest checkpoint that is known. */
  terms(): { price: bigint; unitsPerTicket: number; laneTtl: number } | undefined {
    const classes = this.#options.tree.checkpoint()?.classes.filter(({ kind }) => kind === noteKinds.stamp) ?? []
    return classes.sort((a, b) => a.number - b.number)[0]
  }

  /** @internal The same from the prover, before the node has a checkpoint; undefined where there is no prover to ask. */
  async fetchTerms(options: StepOptions = {}): Promise<ReturnType<Stamps['terms']>> {
    try {
      await this.refresh(options)
    } catch (error) {
      if (!isTreeDown(error)) throw error
    }
    return this.terms()
  }

  /** @internal */
  close(): void {
    this.#options.maker.close()
  }

  /** Hands the notes of the log that are in the tree to the allocator. */
  async #load(options: StepOptions): Promise<HeldNote[]> {
    const books = await this.#books(options)
    const found = await this.#find(books, options)
    const isSettled = found.length === books.length || !(await this.#correct(books, found, options))
    const notes = isSettled ? found : await this.#find(await this.#books(options), options)
    for (const note of notes) {
      this.#limits.set(noteIdOf(note), Number(note.limit))
      this.#allocator.add(note)
    }
    return notes
  }

  /** The notes of books that are in the tree. */
  async #find(books: readonly StampBook[], options: StepOptions): Promise<HeldNote[]> {
    if (books.length === 0) return []
    const { tree, person } = this.#options
    const notesOf = (checkpoint: Checkpoint) => books.flatMap((book) => noteOfBook(book, person, checkpoint))
    const near = books.flatMap(({ leafIndex }) => (leafIndex === undefined ? [] : [Number(leafIndex)]))
    return findNotes(tree, notesOf, { ...options, near, least: books.length })
  }

  /** The account's books that still give tickets, each with the expiry that the chain gave it. */
  async #books(options: StepOptions): Promise<StampBook[]> {
    const bySecret = new Map<string, StampBook>()
    for (const book of this.#options.log.all('book')) {
      const key = toHex(book.secret)
      if (book.expiry > 0n || !bySecret.has(key)) bySecret.set(key, book)
    }
    for (const [key, book] of bySecret) {
      if (book.expiry === 0n) bySecret.set(key, { ...book, ...(await this.#findSold(book, options)) })
    }
    return [...bySecret.values()].filter(({ expiry }) => expiry > BigInt(this.#options.clock.seconds()))
  }

  /**
   * Writes down anew what the chain says of books that no tree has as their receipts said: a reorganisation may have put a
   * purchase into another block, and the expiry counts from the block's time. Answers whether any was another.
   */
  async #correct(books: readonly StampBook[], found: readonly HeldNote[], options: StepOptions): Promise<boolean> {
    const secrets = new Set(found.map(({ secret }) => secret))
    let isAnother = false
    for (const book of books) {
      if (secrets.has(fromBytes(book.secret))) continue
      const sold = await this.#findSold(book, options)
      isAnother ||= sold !== undefined
    }
    return isAnother
  }

  /**
   * Looks, once an hour at most, for a book whose purchase was cut off, or moved after its receipt; undefined where the chain
   * never had it, or says of it what the log says.
   */
  async #findSold(book: StampBook, { signal }: StepOptions): Promise<SoldBook | undefined> {
    const { log, prover, person, clock } = this.#options
    const { secret, classNumber, expiry } = book
    const [key, now] = [toHex(secret), clock.seconds()]
    if (!prover || now < (this.#searched.get(key) ?? 0) + 3600) return undefined
    this.#searched.set(key, now)
    const sold = await findBook(prover, book, { person, signal })
    if (!sold || sold.expiry === expiry) return undefined
    await log.append({ case: 'book', value: { secret, classNumber, ...sold } })
    return sold
  }
}
