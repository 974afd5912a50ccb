import { orAborted } from '../../async.ts'
import { equalBytes, fromBytes, personHashOf, type RandomBytes, secretHashOf, toBytes32 } from '../../crypto/index.ts'
import { BaseError } from '../../errors.ts'
import type { AccountLog } from '../../log/index.ts'
import type { Device } from '../../notes/index.ts'
import { createNote, noteCommitment } from '../../notes/index.ts'
import type { StakeClass, StakeMade, StakeState } from '../../payments/index.ts'
import { actOptions, type ChainSource, requireChain } from '../session/chain.ts'
import type { Copies } from '../session/copies.ts'
import type { StepOptions, Tell } from '../session/events.ts'
import type { SafeStorage } from '../session/storage.ts'
import { afterwards, type Usable } from './afterwards.ts'
import { StakeUnsafeError } from './local-blocks.ts'
import { readNoteFile } from './note-file.ts'
import { isSafe, type StakeNotes, type StakeTickets } from './stake-notes.ts'
import type { TreeKeeper } from './tree-keeper.ts'

/** What is to be staked. */
export type StakeOptions = StepOptions & {
  /** The class of stakes; 1 unless given. */
  readonly class?: number
  /** The most that the deposit may be, in the token's smallest unit. */
  readonly maxAmount?: bigint
}

/** What an account has at stake. */
export type StakeStatus = {
  /** As the chain has it; undefined where the account has none, or the client was given no chain. */
  readonly deposit: StakeState | undefined
  /** For each class whose note is in the tree. */
  readonly tickets: readonly StakeTickets[]
}

export type StakesOptions = {
  readonly log: AccountLog
  /** The account's part in every note and tag. */
  readonly person: bigint
  readonly tree: TreeKeeper
  readonly notes: StakeNotes
  readonly device: Device | undefined
  readonly storage: SafeStorage
  readonly chain: ChainSource | undefined
  readonly random: RandomBytes
  readonly copies: Pick<Copies, 'isSteady'>
  readonly tell: Tell
}

/** Before money is at risk. */
async function requireSafe(options: Pick<StakesOptions, 'device' | 'storage' | 'random'>): Promise<void> {
  if (await isSafe(options)) return
  throw new StakeUnsafeError('Two clients of the account could use one ticket twice, which costs the stake.', {
    hint: 'Pass `device: { index, count }` and a `storage` that lasts to Client.create.',
  })
}

type Note = ReturnType<typeof createNote>

type Deposit = { readonly note: Note; readonly number: number; readonly maxAmount: bigint | undefined }

const isTaken = (error: unknown): boolean => error instanceof BaseError && error.code === 'stake.already-staked'

/** An account's stakes: deposits on chain that give so many tickets in every epoch. A ticket costs no money. */
export class Stakes {
  readonly #options: StakesOptions

  constructor(options: StakesOptions) {
    this.#options = options
  }

  /**
   * Deposits a stake. Its secret is in the account's log before anything is sent to the chain, so every client of the account
   * has its tickets. Two uses of one ticket cost the deposit; the client never makes a second. What an earlier call has begun
   * is continued: a stake that is there is answered, and not made again.
   *
   * @example
   * ```ts
   * const { hash } = await client.stakes.stake({ maxAmount: 100n * 10n ** 18n })
   * console.log('staked by', hash)
   * ```
   */
  async stake({ class: number = 1, maxAmount, ...step }: StakeOptions = {}): Promise<StakeMade & Usable> {
    const { tree } = this.#options
    await requireChain(this.#options.chain, 'stakes')
    await requireSafe(this.#options)
    const note = await this.#note(number, step.signal)
    const made = await this.#deposit({ note, number, maxAmount }, step).catch(async (error) => {
      step.signal?.throwIfAborted()
      const other = isTaken(error) && (await this.#note(number, step.signal))
      if (!other || other.secret === note.secret) throw error
      return this.#deposit({ note: other, number, maxAmount }, step) // another client of the account has come first
    })
    const isUsable = await afterwards(this.#options, step, async (step) => {
      await tree.waitFor(made.operation, step)
      if (this.#options.copies.isSteady) await this.prepare(step)
    })
    return { ...made, isUsable }
  }

  /**
   * What a class of stakes takes and gives, as the chain has it; class 1 unless given.
   *
   * @example
   * ```ts
   * const { amount, limit } = await client.stakes.terms()
   * console.log(`${amount} for ${limit} tickets in every epoch`)
   * ```
   */
  async terms({ class: number = 1, signal }: Pick<StakeOptions, 'class' | 'signal'> = {}): Promise<StakeClass> {
    const { chain, contract: stakes } = await orAborted(requireChain(this.#options.chain, 'stakes'), signal)
    const { readClass } = await import('../../payments/index.ts')
    return orAborted(readClass({ public: chain.publicClient, stakes, class: number }), signal)
  }

  /**
   * Takes in a stake that `hardhat pennypost stake` has deposited for `client.person`: the text of the file with its secret. It
   * must not have been used by anything else in this epoch, or both uses of a ticket cost the deposit.
   *
   * @example
   * ```ts
   * await client.stakes.import(await file.text()) // of .pennypost/secrets/stake-….json
   * ```
   */
  async import(text: string, step: StepOptions = {}): Promise<void> {
    const { log, person } = this.#options
    const { secret, classNumber } = readNoteFile(text, { kind: 'stake', person })
    await requireSafe(this.#options)
    await log.sync(step.signal)
    if (log.all('stake').some((one) => equalBytes(one.secret, secret))) return
    await log.append({ case: 'stake', value: { secret, classNumber } }, step.signal)
    if (this.#options.copies.isSteady) await this.prepare(step)
  }

  async #deposit({ note, number, maxAmount }: Deposit, step: StepOptions): Promise<StakeMade> {
    const { stake } = await import('../../payments/index.ts') // viem is for those who stake
    const { person } = this.#options
    const opening = {
      commitment: noteCommitment(note),
      secretHash: secretHashOf(note.secret),
      personHash: personHashOf(person),
    }
    return stake({ ...(await this.#registry(step)), class: number, opening, maxAmount })
  }

  /** The note that the account's clients have begun to stake, else a new one, in the log before anything is sent. */
  async #note(number: number, signal: AbortSignal | undefined): Promise<Note> {
    const { log, person, random } = this.#options
    await log.sync(signal)
    const begun = await orAborted(this.#begun(number), signal)
    if (begun) return begun
    const note = createNote(person, random)
    await log.append({ case: 'stake', value: { secret: toBytes32(note.secret), classNumber: number } }, signal)
    return note
  }

  /**
   * Makes tickets of this epoch ready for letters, so many or a few, as `stamps.prepare` does: with pages of the account's log
   * at once, at a time that has nothing to do with a letter. It costs no money.
   *
   * @example
   * ```ts
   * await client.stakes.prepare({ count: 8 }) // eight letters of this epoch need not wait
   * ```
   */
  async prepare({ count = 0, ...step }: StepOptions & { readonly count?: number } = {}): Promise<void> {
    await orAborted(this.#options.notes.reserve({ ...step, count, blocks: Number.POSITIVE_INFINITY }), step.signal)
  }

  /** A note that an earlier call has written down: the one in force, or one that the chain has never had. */
  async #begun(number: number): Promise<Note | undefined> {
    const { log, person } = this.#options
    const noted = log.all('stake').filter(({ classNumber }) => classNumber === number)
    if (noted.length === 0) return undefined
    const { chain, contract: stakes } = await requireChain(this.#options.chain, 'stakes')
    const { findStakedNotes, stakeOf } = await import('../../payments/index.ts')
    const { publicClient, walletClient, fromBlock, blocksAtOnce } = chain
    const on = { public: publicClient, fromBlock, blocksAtOnce, stakes, account: walletClient.account.address }
    const [staked, current] = await Promise.all([findStakedNotes(on), stakeOf(on)])
    const inForce = current?.exitAt === 0n ? staked.at(-1) : undefined
    const notes = noted.map(({ secret }) => ({ secret: fromBytes(secret), person }))
    return (
      notes.find((note) => noteCommitment(note) === inForce) ??
      notes.findLast((note) => !staked.includes(noteCommitment(note)))
    )
  }

  /**
   * What the account has at stake, and the tickets that are left.
   *
   * @example
   * ```ts
   * const { deposit, tickets } = await client.stakes.status()
   * console.log(deposit?.amount, tickets.map(({ left }) => left))
   * ```
   */
  async status(options: StepOptions = {}): Promise<StakeStatus> {
    const tickets = await this.#options.notes.available(options)
    const chain = await this.#options.chain?.()
    if (!chain?.stakes) return { deposit: undefined, tickets }
    const { stakeOf } = await import('../../payments/index.ts')
    const account = chain.walletClient.account.address
    const deposit = stakeOf({ public: chain.publicClient, stakes: chain.stakes, account })
    return { deposit: await orAborted(deposit, options.signal), tickets }
  }

  /**
   * Takes the note out of the tree: no ticket of it counts any more, and `exit` works from `exitAt` (unix seconds) on.
   *
   * @example
   * ```ts
   * const { exitAt } = await client.stakes.requestExit()
   * console.log('to be withdrawn from', new Date(Number(exitAt) * 1000))
   * ```
   */
  async requestExit(options: StepOptions = {}): Promise<{ exitAt: bigint }> {
    const registry = await this.#registry(options)
    const { requestExit } = await import('../../payments/index.ts')
    return requestExit(registry)
  }

  /**
   * Fetches the deposit.
   *
   * @example
   * ```ts
   * const { amount } = await client.stakes.exit() // once its waiting time is over
   * ```
   */
  async exit(options: StepOptions = {}): Promise<{ amount: bigint }> {
    const registry = await this.#registry(options)
    const { exit } = await import('../../payments/index.ts')
    return exit(registry)
  }

  async #registry(step: StepOptions) {
    const { chain, contract: stakes } = await requireChain(this.#options.chain, 'stakes')
    return { ...actOptions({ ...this.#options, chain }, 'stake', step), stakes }
  }
}
