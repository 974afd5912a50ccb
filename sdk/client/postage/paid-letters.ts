import { orAborted, pause } from '../../async.ts'
import {
  type Checkpoint,
  type PaymentPlace,
  type PaymentPlaceInit,
  placeFromMessage,
  placeToMessage,
  type ReplyLane,
} from '../../codec/index.ts'
import {
  type Address,
  addressToBytes,
  classIdOf,
  equalBytes,
  leafOf,
  type NoteClass,
  noteKinds,
  type PaymentTerms,
  paymentCommitment,
  paymentIdOf,
  type RandomBytes,
  recipientLeafOf,
  toBytes32,
  toHex,
} from '../../crypto/index.ts'
import type { AccountLog } from '../../log/index.ts'
import type { TreePath } from '../../notes/index.ts'
import { makeLane, type OwnLane } from '../lanes/lane.ts'
import { actOptions, type ChainSource, requireChain } from '../session/chain.ts'
import type { Clock } from '../session/clock.ts'
import { type StepOptions, type Tell, tellBoth } from '../session/events.ts'
import { type Refusal, refuse } from '../session/refusal.ts'
import type { SafeStorage } from '../session/storage.ts'
import type { KeptUses } from '../tickets/ticket-maker.ts'
import { isTreeDown, type TreeKeeper } from '../tickets/tree-keeper.ts'
import type { Budget } from './budget.ts'
import { paymentItem } from './budget-items.ts'
import { outdated } from './outdated.ts'
import { covers, type PaymentRate } from './payment-means.ts'

/** A payment that was begun for one letter, with the lane that it is for. */
export type BegunPayment = { readonly place: PaymentPlace; readonly lane: OwnLane; readonly isPaid: boolean }

/** A payment that was made, for one of its recipients. */
export type LentPayment = Omit<BegunPayment, 'isPaid'> & {
  readonly recipient: Address
  /** Counts as made without a look: to say what else a letter will take. */
  readonly isPaid?: true | undefined
  /** Whether its letter does not leave without it, though nobody asks for it. */
  readonly isNeeded?: boolean | undefined
  /** Whether an earlier run has opened its lane. */
  readonly isOpen?: boolean | undefined
  /** What remembers the tickets of its lane beyond this run. */
  readonly kept?: KeptUses | undefined
}

/** What evidence of a payment is made for. */
export type PaymentNeed = StepOptions & {
  readonly recipient: Address
  readonly lane: OwnLane
  readonly use: Uint8Array
  readonly rate: PaymentRate
  /** Asked before anything is signed. */
  readonly budget: Budget
}

/** Evidence of a payment. */
export type PaymentEvidence = {
  readonly value: { place: PaymentPlaceInit; treeRoot: Uint8Array; leafIndex: number; path: Uint8Array[] }
  readonly place: PaymentPlace
}

export type PaidLettersOptions = {
  readonly log: AccountLog
  readonly tree: TreeKeeper
  readonly chain: ChainSource | undefined
  readonly random: RandomBytes
  readonly clock: Clock
  readonly storage: SafeStorage
  readonly tell: Tell
}

/** So long a lane must still live for its payment to be of use. */
const marginSeconds = 60
const pauseMs = 500
const patienceSeconds = 60

/**
 * Payments for letters. Each is in the account's log with its lane before it is made, so that whatever is cut off is gone on
 * with: the same payment is used, and cannot be made twice.
 */
export class PaidLetters {
  readonly #options: PaidLettersOptions
  readonly #taken = new Set<string>()
  /** Payments that are kept elsewhere, while their letters are sent. */
  readonly #lent = new Set<LentPayment>()

  constructor(options: PaidLettersOptions) {
    this.#options = options
  }

  /** What payments are at least here; undefined where the network takes none. */
  async least(options: StepOptions = {}): Promise<bigint | undefined> {
    return (await this.#terms(options))?.price
  }

  /**
   * A payment to an account that was begun, by any client, and that no letter on the topic has used yet; for a given lane, that
   * of the lane.
   */
  async begun(
    recipient: Address,
    options: StepOptions & { readonly topic: string; readonly lane?: OwnLane | undefined },
  ): Promise<BegunPayment | undefined> {
    const now = BigInt(this.#options.clock.seconds() + marginSeconds)
    const isFree = ({ lane }: { lane: OwnLane }) =>
      options.lane
        ? isSame(lane, options.lane)
        : lane.topic === options.topic && lane.expiresAt > now && !this.#taken.has(keyOf(lane))
    const open = this.#entriesFor(recipient).findLast(isFree)
    if (!open) return undefined
    const isPaid = open.isPaid ?? (await this.#isPaid(open.place, options))
    return isPaid || (await this.#isOurs(open.place)) ? { ...open, isPaid } : undefined
  }

  /** Keeps a begun payment for one letter. */
  take({ lane }: Pick<BegunPayment, 'lane'>): void {
    this.#taken.add(keyOf(lane))
  }

  /** Sends a letter with a payment that the caller keeps, and not the log. */
  async lend<T>(payment: LentPayment, send: () => Promise<T>): Promise<T> {
    this.#lent.add(payment)
    try {
      return await send()
    } finally {
      this.#lent.delete(payment)
    }
  }

  /** A payment that is lent for a letter to an account on a topic; undefined where none is. */
  lentFor(recipient: Address, topic: string): LentPayment | undefined {
    return [...this.#lent].findLast((lent) => lent.recipient === recipient && lent.lane.topic === topic)
  }

  /** What was paid for a lane; undefined where nothing was. */
  placeFor(recipient: Address, lane: OwnLane): PaymentPlace | undefined {
    return this.#entriesFor(recipient).findLast((entry) => isSame(entry.lane, lane))?.place
  }

  /**
   * Evidence of a payment of at least so much for one lane: made now, unless it is there. Refuses where the budget does not
   * allow it, and where no checkpoint has it yet.
   */
  async evidence(need: PaymentNeed): Promise<PaymentEvidence | Refusal> {
    const known = this.#entriesFor(need.recipient).findLast(
      ({ lane, place }) => isSame(lane, need.lane) && covers(place.terms, need.rate),
    )
    const isPaid = known !== undefined && (await this.#isPaid(known.place, need))
    if (!isPaid && !this.#allows(need, known?.place.terms ?? need.rate)) return outdated()
    this.take(need) // before it is in the log, where another letter to the same account would go on with it
    const place = known?.place ?? (await this.#begin(need))
    if (!isPaid) await this.#pay(place, need)
    const shown = await this.#show(place, need)
    return shown ? { ...shown, place } : notInTree()
  }

  /** One payment for one lane: a second one is another item of the budget, and takes money anew. */
  #allows({ budget, use }: PaymentNeed, rate: PaymentRate): boolean {
    return budget.takePayment(paymentItem(use, rate), { price: rate.base + rate.tip, bond: rate.bond })
  }

  /** Payments of the log in order, without those whose letter is out: another client may have sent another one meanwhile. */
  #entriesFor(recipient: Address): (Omit<BegunPayment, 'isPaid'> & Pick<LentPayment, 'isPaid'>)[] {
    const { log } = this.#options
    const used = new Set([...log.all('sent'), ...log.all('unattended')].map(({ paidRoot }) => toHex(paidRoot)))
    const open = log.all('payment').flatMap((entry) => {
      if (entry.recipient !== recipient || !entry.lane) return []
      const place = placeFromMessage(entry.place)
      return used.has(toHex(place.terms.root)) ? [] : [{ place, lane: readLane(entry.lane) }]
    })
    return [...open, ...[...this.#lent].filter((lent) => lent.recipient === recipient)]
  }

  async #begin({ recipient, lane, use, rate }: PaymentNeed): Promise<PaymentPlace> {
    const { chain } = await requireChain(this.#options.chain, 'payments')
    const salt = this.#options.random(32)
    const root = recipientLeafOf({ recipient: addressToBytes(recipient), use, salt })
    const sender = addressToBytes(chain.walletClient.account.address)
    const terms = { sender, count: 1, deliverBy: lane.expiresAt, root, ...rate }
    const place: PaymentPlace = { terms, index: 0, salt, siblings: [] }
    const { topic, key, units, expiresAt } = lane
    const value = { place: placeToMessage(place), lane: { topic, key, units, expiresAt }, recipient }
    await this.#options.log.append({ case: 'payment', value })
    return place
  }

  async #pay(place: PaymentPlace, step: StepOptions): Promise<void> {
    const { chain, contract: payments } = await requireChain(this.#options.chain, 'payments')
    const { pay } = await import('../../payments/index.ts') // viem is for those who pay
    const { root, count, deliverBy, ...rate } = place.terms
    try {
      await pay({ ...actOptions({ ...this.#options, chain }, 'pay', step), payments, root, count, rate, deliverBy })
    } catch (error) {
      step.signal?.throwIfAborted()
      if (!(await this.#isPaid(place, step).catch(() => false))) throw error // what it says counts, not what fails after
      // It is made, by this attempt or by another client; what failed came after.
    }
  }

  /** Whether the payment is one that this client's wallet can make. */
  async #isOurs({ terms }: PaymentPlace): Promise<boolean> {
    const wallet = (await this.#options.chain?.())?.walletClient.account.address
    return wallet !== undefined && equalBytes(addressToBytes(wallet), terms.sender)
  }

  /** Whether the chain has the payment, or a checkpoint already. */
  async #isPaid(place: PaymentPlace, options: StepOptions): Promise<boolean> {
    if ((await this.#find(place, options)) !== undefined) return true
    const chain = await this.#options.chain?.()
    if (!chain?.payments) return false
    const { readPayment } = await import('../../payments/index.ts')
    const { terms } = place
    const reading = readPayment({ public: chain.publicClient, payments: chain.payments, terms })
    return (await orAborted(reading, options.signal)).isPaid
  }

  /** The payment's place in the newest checkpointed tree; waits for it, but not for ever. */
  async #show(place: PaymentPlace, options: StepOptions): Promise<Pick<PaymentEvidence, 'value'> | undefined> {
    const { clock } = this.#options
    for (const until = clock.seconds() + patienceSeconds; clock.seconds() <= until; ) {
      const found = await this.#find(place, options)
      if (found) {
        const { leafIndex, siblings, root } = found
        const path = siblings.map(toBytes32)
        return { value: { place: placeToMessage(place), treeRoot: toBytes32(root), leafIndex, path } }
      }
      tellBoth(this.#options, options, { kind: 'waiting', code: 'payment.root-unknown' })
      await pause(pauseMs, options.signal)
    }
    return undefined
  }

  /** The payment's way up in the newest tree, or the one before; undefined where nobody answers. */
  async #find({ terms }: PaymentPlace, options: StepOptions): Promise<TreePath | undefined> {
    const leavesOf = ({ classes, chainId }: Checkpoint) =>
      classes
        .filter(({ kind }) => kind === noteKinds.payment)
        .map(({ contract }) => leafIn({ chainId, contract }, terms))
    return await this.#ask(async (tree) => {
      await tree.refresh(options)
      const follower = await tree.find(leavesOf, { ...options, newest: 2 })
      const leaves = follower.checkpoint ? leavesOf(follower.checkpoint) : []
      const [leafIndex] = leaves.flatMap((leaf) => follower.indexOf(leaf) ?? [])
      return leafIndex === undefined ? undefined : follower.path(leafIndex)
    })
  }

  async #terms(options: StepOptions) {
    const checkpoint = await this.#ask(async (tree) => (await tree.refresh(options)).checkpoint)
    return checkpoint?.classes.find(({ kind }) => kind === noteKinds.payment)
  }

  /** What the trees say; undefined where nobody answers, or nobody has said whose word counts. */
  async #ask<T>(question: (tree: TreeKeeper) => Promise<T>): Promise<T | undefined> {
    const { tree } = this.#options
    try {
      return tree.isTrusted ? await question(tree) : undefined
    } catch (error) {
      if (isTreeDown(error)) return undefined
      throw error
    }
  }
}

/** What a payment is in its tree. */
const leafIn = ({ chainId, contract }: Pick<NoteClass, 'chainId' | 'contract'>, terms: PaymentTerms): bigint =>
  leafOf({
    commitment: paymentCommitment(paymentIdOf(terms)),
    classId: classIdOf({ kind: 'payment', chainId, contract, number: 1n }),
    limit: 1n,
    expiry: terms.deliverBy,
  })

const notInTree = (): Refusal =>
  refuse('payment.root-unknown', 'The payment is made, and no checkpoint has it yet. Send again: it is not paid twice.')

const isSame = (a: OwnLane, b: OwnLane): boolean =>
  a.topic === b.topic && a.expiresAt === b.expiresAt && equalBytes(a.key, b.key)

const keyOf = ({ topic, key }: OwnLane): string => `${topic} ${toHex(key)}`

const readLane = ({ topic, key, units, expiresAt }: ReplyLane): OwnLane => makeLane(key, { topic, units, expiresAt })
