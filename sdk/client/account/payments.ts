import { orAborted } from '../../async.ts'
import type { PaymentPlace } from '../../codec/index.ts'
import { type Address, addressToBytes, checksumAddress, toAddress, toHex } from '../../crypto/index.ts'
import type { AccountLog } from '../../log/index.ts'
import type { BurnRatio, PaymentState, Settlement, Verdict } from '../../payments/index.ts'
import type { Conversation } from '../conversations/conversation.ts'
import { type LetterPrice, priceOf } from '../postage/letter-payment.ts'
import { actOptions, type ChainSource, requireChain } from '../session/chain.ts'
import type { ChainAct, StepOptions, Tell } from '../session/events.ts'
import type { ChainOptions } from '../session/options.ts'
import type { SafeStorage } from '../session/storage.ts'
import { PaymentMissingError } from './payment-missing.ts'

/** What the chain says of a letter's payment. */
export type LetterPaymentState = LetterPrice & {
  /** Whether it was made at all: before that, it is only somebody's word. */
  readonly isPaid: boolean
  /** Whether this account's verdict is on the chain. */
  readonly isSettled: boolean
  /** Which one that is. */
  readonly verdict: Verdict | undefined
  /** Unix seconds: from then on no verdict counts. */
  readonly closesAt: bigint
  /** Whether that time has come. */
  readonly isOver: boolean
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
type Unsigned = Omit<Settlement, 'signature'>

export type PaymentsOptions = {
  readonly address: Address
  readonly log: AccountLog
  readonly chain: ChainSource | undefined
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
   * What the chain says of what was paid for a letter: usually of one payment, and of none where nothing was.
   *
   * @example
   * ```ts
   * for (const { isPaid, bond, burnRatio } of await client.payments.look(conversation)) {
   *   if (isPaid) console.log(`bond ${bond}; others called ${burnRatio.spam} of the sender's letters spam`)
   * }
   * ```
   */
  look(conversation: Conversation, { signal }: CallOptions = {}): Promise<LetterPaymentState[]> {
    return orAborted(Promise.all(conversation.openings.map(({ place }) => this.#lookAt(place))), signal)
  }

  async #lookAt(place: PaymentPlace): Promise<LetterPaymentState> {
    const { chain, on } = await this.#on()
    const { burnRatioOf, readPayment, readVerdict } = await import('../../payments/index.ts') // viem is for those who need it
    const { terms, index } = place
    const sender = toAddress(terms.sender)
    const [{ isPaid, closesAt, isOver }, verdict, burnRatio] = await Promise.all([
      readPayment({ ...on, terms }),
      readVerdict({ ...on, ...rangeOf(chain), terms, index }),
      burnRatioOf({ ...on, ...rangeOf(chain), sender }),
    ])
    return { ...priceOf(place), isPaid, isSettled: verdict !== undefined, verdict, closesAt, isOver, burnRatio }
  }

  /**
   * Gives the verdict on a letter: this account's wallet gets the tip, the sender its bond, or nobody. Of several payments,
   * those that the chain knows.
   *
   * @example
   * ```ts
   * await client.payments.settle(conversation, 'fine') // the bond goes back to its sender
   * ```
   */
  async settle(conversation: Conversation, verdict: Verdict, options: StepOptions = {}): Promise<{ hash: string }> {
    const [first, ...others] = await orAborted(this.#toSettle(conversation, verdict), options.signal)
    const { settle } = await import('../../payments/index.ts')
    let settled = await settle({ ...(await this.#act('settle', options)), ...first })
    for (const next of others) settled = await settle({ ...(await this.#act('settle', options)), ...next })
    return settled
  }

  /**
   * Signs the verdict on a letter for somebody else to bring to the chain, with {@link bring}: this account needs no gas. One
   * signature for each payment, so usually one.
   *
   * @example
   * ```ts
   * const verdicts = await client.payments.sign(conversation, 'fine') // no gas: whoever has them may bring them
   * ```
   */
  sign(conversation: Conversation, verdict: Verdict, { signal }: CallOptions = {}): Promise<SignedVerdict[]> {
    return orAborted(this.#sign(conversation, verdict), signal)
  }

  async #sign(conversation: Conversation, verdict: Verdict): Promise<SignedVerdict[]> {
    const settlements = await this.#toSettle(conversation, verdict)
    const { chain, on } = await this.#on()
    const { signVerdict } = await import('../../payments/index.ts')
    const chainId = await chain.publicClient.getChainId()
    const common = { wallet: chain.walletClient, chainId, payments: on.payments }
    const signed: SignedVerdict[] = []
    for (const one of settlements) signed.push({ ...one, signature: await signVerdict({ ...common, ...one }) })
    return signed
  }

  /**
   * Brings verdicts that recipients have signed. Answers how many were new.
   *
   * @example
   * ```ts
   * const verdicts = await client.payments.sign(conversation, 'spam')
   * const { settled, stoppedBy } = await client.payments.bring(verdicts)
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
    const settlements = letters.flatMap(({ conversation, verdict }) => this.#settlementsOf(conversation, verdict))
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
    const { chain, on } = await this.#on()
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
    const { chain, on } = await this.#on()
    const { findPayments, readPayment, refund } = await import('../../payments/index.ts')
    const sender = chain.walletClient.account.address
    const found = await findPayments({ ...on, ...rangeOf(chain), sender })
    const states = await Promise.all(found.map(({ terms }) => readPayment({ ...on, terms })))
    const terms = found.filter((_, i) => (states[i]?.due ?? 0n) > 0n).map((payment) => payment.terms)
    const refunds = await refund({ ...(await this.#act('refund', options)), terms })
    const amount = refunds.reduce((sum, refund) => sum + refund.amount, 0n)
    return { amount, ...stopOf(refunds) }
  }

  async #settleAll(settlements: readonly Settlement[], options: StepOptions): Promise<Collected> {
    const { settleMany } = await import('../../payments/index.ts')
    const wanted = await this.#openOf(settlements)
    const results = await settleMany({ ...(await this.#act('settle', options)), settlements: wanted })
    return { settled: results.reduce((sum, { settled }) => sum + settled, 0), ...stopOf(results) }
  }

  /** Those of which something can be had. */
  async #openOf<S extends Settlement>(settlements: readonly S[]): Promise<S[]> {
    const { on } = await this.#on()
    const { isSettled, readPayment } = await import('../../payments/index.ts')
    const isOpen = async ({ opening: { terms, index } }: Settlement) => {
      const { isPaid, isOver } = await readPayment({ ...on, terms })
      return isPaid && !isOver && !(await isSettled({ ...on, terms, index }))
    }
    const open = await Promise.all(settlements.map(isOpen))
    return settlements.filter((_, i) => open[i])
  }

  #settlementsOf(conversation: Conversation, verdict: Verdict): Unsigned[] {
    const recipient = addressToBytes(this.#options.address)
    return conversation.openings.map(({ place, use }) => ({ opening: { ...place, use, recipient }, verdict }))
  }

  /** What a verdict is given on. A single payment is tried whatever the chain says, so that it says what is wrong. */
  async #toSettle(conversation: Conversation, verdict: Verdict): Promise<[Unsigned, ...Unsigned[]]> {
    const all = this.#settlementsOf(conversation, verdict)
    const [first] = all
    if (!first) throw new PaymentMissingError('Neither the letter nor the node shows anything that was paid for it.')
    const [next = first, ...others] = all.length > 1 ? await this.#openOf(all) : all
    return [next, ...others]
  }

  async #on() {
    const { chain, contract: payments } = await requireChain(this.#options.chain, 'payments')
    return { chain, on: { public: chain.publicClient, payments } }
  }

  async #act(act: ChainAct, step: StepOptions) {
    const { chain, on } = await this.#on()
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
