import { orAborted } from '../../async.ts'
import { type Address, addressToBytes, checksumAddress, toAddress, toHex } from '../../crypto/index.ts'
import { BaseError } from '../../errors.ts'
import type { AccountLog } from '../../log/index.ts'
import type { BurnRatio, PaymentOpening, PaymentState, Settlement, Verdict } from '../../payments/index.ts'
import type { Conversation } from '../conversations/conversation.ts'
import { type LetterPrice, priceOf } from '../postage/letter-payment.ts'
import { actOptions, requireChain } from '../session/chain.ts'
import type { ChainAct, StepOptions, Tell } from '../session/events.ts'
import type { ChainOptions } from '../session/options.ts'
import type { SafeStorage } from '../session/storage.ts'

/** What the chain says of a letter's payment. */
export type LetterPaymentState = LetterPrice & {
  /** Whether it was made at all: before that, it is only somebody's word. */
  readonly isPaid: boolean
  /** Whether this account's verdict is on the chain. */
  readonly isSettled: boolean
  /** What others have said about the sender's letters. */
  readonly burnRatio: BurnRatio
}

/** A verdict that anybody can bring to the chain. */
export type SignedVerdict = Required<Settlement>

/** A payment that this account's wallet has made. */
export type OwnPayment = LetterPrice & {
  /** Whom it was for; undefined where it was for many, or made elsewhere. */
  readonly recipient: Address | undefined
  readonly count: number
  readonly state: PaymentState
}

/** What came of many verdicts, or of many refunds: what is on the chain counts, whatever kept the rest from it. */
type Stopped = { /** Why not all was done; the same call again goes on. */ readonly stoppedBy?: unknown }
export type Collected = Stopped & { /** Verdicts that were new. */ readonly settled: number }
export type Refunded = Stopped & { readonly amount: bigint }

type CallOptions = Pick<StepOptions, 'signal'>

export type PaymentsOptions = {
  readonly address: Address
  readonly log: AccountLog
  readonly chain: ChainOptions | undefined
  readonly storage: SafeStorage
  readonly tell: Tell
}

/** Named payments: what others have paid to write to this account, and what this account has paid. */
export class Payments {
  readonly #options: PaymentsOptions

  constructor(options: PaymentsOptions) {
    this.#options = options
  }

  /**
   * What the chain says of the payment that came with a letter; undefined where none came.
   *
   * @example
   * ```ts
   * const paid = await client.payments.look(conversation)
   * if (paid?.isPaid) console.log(`bond ${paid.bond}; others called ${paid.burnRatio.spam} of the sender's letters spam`)
   * ```
   */
  look(conversation: Conversation, { signal }: CallOptions = {}): Promise<LetterPaymentState | undefined> {
    return orAborted(this.#look(conversation), signal)
  }

  async #look({ thread }: Conversation): Promise<LetterPaymentState | undefined> {
    const payment = thread.letter?.payment
    if (!payment) return undefined
    const { chain, on } = this.#on()
    const { burnRatioOf, isSettled, readPayment } = await import('../../payments/index.ts') // viem is for those who need it
    const { terms, index } = payment.place
    const sender = toAddress(terms.sender)
    const [{ isPaid }, settled, burnRatio] = await Promise.all([
      readPayment({ ...on, terms }),
      isSettled({ ...on, terms, index }),
      burnRatioOf({ ...on, ...rangeOf(chain), sender }),
    ])
    return { ...priceOf(payment.place), isPaid, isSettled: settled, burnRatio }
  }

  /**
   * Gives the verdict on a letter: this account's wallet gets the tip, the sender its bond, or nobody.
   *
   * @example
   * ```ts
   * await client.payments.settle(conversation, 'fine') // the bond goes back to its sender
   * ```
   */
  async settle(conversation: Conversation, verdict: Verdict, options: StepOptions = {}): Promise<{ hash: string }> {
    const opening = this.#openingOf(conversation)
    const { settle } = await import('../../payments/index.ts')
    return settle({ ...this.#act('settle', options), opening, verdict })
  }

  /**
   * Signs a verdict for somebody else to bring to the chain, with {@link bring}: this account needs no gas.
   *
   * @example
   * ```ts
   * const verdict = await client.payments.sign(conversation, 'fine') // no gas: whoever has it may bring it
   * ```
   */
  sign(conversation: Conversation, verdict: Verdict, { signal }: CallOptions = {}): Promise<SignedVerdict> {
    return orAborted(this.#sign(conversation, verdict), signal)
  }

  async #sign(conversation: Conversation, verdict: Verdict): Promise<SignedVerdict> {
    const opening = this.#openingOf(conversation)
    const { chain, on } = this.#on()
    const { signVerdict } = await import('../../payments/index.ts')
    const chainId = await chain.publicClient.getChainId()
    const { payments } = on
    const signature = await signVerdict({ wallet: chain.walletClient, chainId, payments, opening, verdict })
    return { opening, verdict, signature }
  }

  /**
   * Brings verdicts that recipients have signed. Answers how many were new.
   *
   * @example
   * ```ts
   * const verdict = await client.payments.sign(conversation, 'spam')
   * const { settled, stoppedBy } = await client.payments.bring([verdict])
   * console.log(settled, stoppedBy)
   * ```
   */
  bring(verdicts: readonly Settlement[], options: StepOptions = {}): Promise<Collected> {
    return orAborted(this.#settleAll(verdicts, options), options.signal)
  }

  /**
   * Gives the verdict on many letters at once, and collects their tips. Letters of which nothing can be had (never paid,
   * over, settled before) are passed over. Answers how many verdicts were new.
   *
   * @example
   * ```ts
   * const { settled } = await client.payments.collect([{ conversation, verdict: 'fine' }])
   * console.log(`${settled} verdicts are on the chain`)
   * ```
   */
  async collect(
    letters: readonly { readonly conversation: Conversation; readonly verdict: Verdict }[],
    options: StepOptions = {},
  ): Promise<Collected> {
    const paid = letters.filter(({ conversation }) => conversation.thread.letter?.payment)
    const settlements = paid.map(({ conversation, verdict }) => ({ opening: this.#openingOf(conversation), verdict }))
    return orAborted(this.#settleAll(settlements, options), options.signal)
  }

  /**
   * What this account's wallet has paid, and what became of it; newest first.
   *
   * @example
   * ```ts
   * for (const { recipient, count, state } of await client.payments.list()) console.log(recipient, count, state)
   * ```
   */
  list({ signal }: CallOptions = {}): Promise<OwnPayment[]> {
    return orAborted(this.#list(), signal)
  }

  async #list(): Promise<OwnPayment[]> {
    const { chain, on } = this.#on()
    const { findPayments, readPayment } = await import('../../payments/index.ts')
    const sender = chain.walletClient.account.address
    const found = await findPayments({ ...on, ...rangeOf(chain), sender })
    const recipients = new Map(
      this.#options.log.all('payment').map(({ place, recipient }) => [rootOf(place), recipient]),
    )
    const listed = found.map(async ({ terms }) => {
      const recipient = recipients.get(toHex(terms.root))
      const state = await readPayment({ ...on, terms })
      const price = priceOf({ terms })
      return { ...price, count: terms.count, recipient: recipient ? checksumAddress(recipient) : undefined, state }
    })
    return (await Promise.all(listed)).reverse()
  }

  /**
   * Fetches what is due to this account's wallet of all that it paid.
   *
   * @example
   * ```ts
   * const { amount } = await client.payments.refund()
   * console.log(`${amount} came back`)
   * ```
   */
  refund(options: StepOptions = {}): Promise<Refunded> {
    return orAborted(this.#refund(options), options.signal)
  }

  async #refund(options: StepOptions): Promise<Refunded> {
    const { chain, on } = this.#on()
    const { findPayments, readPayment, refund } = await import('../../payments/index.ts')
    const sender = chain.walletClient.account.address
    const found = await findPayments({ ...on, ...rangeOf(chain), sender })
    const states = await Promise.all(found.map(({ terms }) => readPayment({ ...on, terms })))
    const terms = found.filter((_, i) => (states[i]?.due ?? 0n) > 0n).map((payment) => payment.terms)
    const refunds = await refund({ ...this.#act('refund', options), terms })
    const amount = refunds.reduce((sum, refund) => sum + refund.amount, 0n)
    return { amount, ...stopOf(refunds) }
  }

  async #settleAll(settlements: readonly Settlement[], options: StepOptions): Promise<Collected> {
    const { on } = this.#on()
    const { isSettled, readPayment, settleMany } = await import('../../payments/index.ts')
    const isOpen = async ({ opening: { terms, index } }: Settlement) => {
      const { isPaid, isOver } = await readPayment({ ...on, terms })
      return isPaid && !isOver && !(await isSettled({ ...on, terms, index }))
    }
    const open = await Promise.all(settlements.map(isOpen))
    const wanted = settlements.filter((_, i) => open[i])
    const results = await settleMany({ ...this.#act('settle', options), settlements: wanted })
    return { settled: results.reduce((sum, { settled }) => sum + settled, 0), ...stopOf(results) }
  }

  #openingOf({ thread }: Conversation): PaymentOpening {
    const payment = thread.letter?.payment
    if (!payment) throw new PaymentMissingError('Nothing was paid for this letter.')
    return { ...payment.place, use: payment.use, recipient: addressToBytes(this.#options.address) }
  }

  #on() {
    const { chain, contract: payments } = requireChain(this.#options.chain, 'payments')
    return { chain, on: { public: chain.publicClient, payments } }
  }

  #act(act: ChainAct, step: StepOptions) {
    const { chain, on } = this.#on()
    return { ...on, ...actOptions({ ...this.#options, chain }, act, step) }
  }
}

function stopOf(results: readonly Stopped[]): Stopped {
  const stopped = results.find(({ stoppedBy }) => stoppedBy !== undefined)
  return stopped ? { stoppedBy: stopped.stoppedBy } : {}
}

const rangeOf = ({ fromBlock, blocksAtOnce }: ChainOptions) => ({ fromBlock, blocksAtOnce })

const rootOf = (place: { terms?: { root: Uint8Array } | undefined } | undefined): string =>
  toHex(place?.terms?.root ?? new Uint8Array())

/** A verdict on a letter that nothing was paid for. */
export class PaymentMissingError extends BaseError {
  override readonly code = 'payment.missing'
}
