import { addressToBytes, paymentIdOf, toHex } from '../../crypto/index.ts'
import type { TaggedEnvelope } from '../../transport/index.ts'
import { readPaidEnvelope } from '../../verifier/index.ts'
import type { LetterPayment } from '../postage/letter-payment.ts'
import type { Session } from '../session/session.ts'
import { type Thread, threadKey } from './thread.ts'

type Context = Pick<Session, 'keyring' | 'network' | 'tell'>

/**
 * What was paid for the letters of each conversation: what the letters say, and what the node hands over beside them, where
 * that verifies. Either may be missing or lie, so both count; whether something was paid, the chain is asked.
 */
export class ReceivedPayments {
  readonly #context: Context
  readonly #byThread = new Map<string, Map<string, LetterPayment>>()
  /** Whose payments are proven, by what they are known by. */
  readonly #owners = new Map<string, string>()

  constructor(context: Context) {
    this.#context = context
  }

  /** Keeps what a letter says, or the account's own log. */
  keep(thread: Pick<Thread, 'topic' | 'peer'>, payments: readonly LetterPayment[]): void {
    const [key, known] = [threadKey(thread), this.#paymentsOf(thread)]
    for (const payment of payments) {
      const name = nameOf(payment)
      if (payment.isProven && !this.#owners.has(name)) this.#owners.set(name, key)
      if (payment.isProven || !known.has(name)) known.set(name, payment)
    }
  }

  /** Keeps what the node hands over beside an envelope of a conversation; tells where it is not for that envelope. */
  keepShown(thread: Pick<Thread, 'topic' | 'peer'>, envelope: TaggedEnvelope): void {
    if (!envelope.paid) return
    const { keyring, network, tell } = this.#context
    const recipient = addressToBytes(keyring.identity.address)
    const target = { networkId: network.id, envelope, recipient, author: addressToBytes(thread.peer) }
    const payments = readPaidEnvelope(envelope.paid, target)
    if (payments)
      this.keep(
        thread,
        payments.map((payment) => ({ ...payment, isProven: true })),
      )
    else tell({ kind: 'skipped', what: 'payment', code: 'payment.not-for-this' })
  }

  /** What was paid for a conversation's letters, what is proven first. What is proven to be another's is nobody else's. */
  of(thread: Pick<Thread, 'topic' | 'peer'>): LetterPayment[] {
    const key = threadKey(thread)
    const own = [...this.#paymentsOf(thread)].filter(([name]) => (this.#owners.get(name) ?? key) === key)
    return own.map(([, payment]) => payment).sort((a, b) => Number(b.isProven) - Number(a.isProven))
  }

  #paymentsOf(thread: Pick<Thread, 'topic' | 'peer'>): Map<string, LetterPayment> {
    const key = threadKey(thread)
    const known = this.#byThread.get(key) ?? new Map<string, LetterPayment>()
    this.#byThread.set(key, known)
    return known
  }
}

/** Payment and recipient. */
const nameOf = ({ place: { terms, index } }: LetterPayment): string => `${toHex(paymentIdOf(terms))} ${index}`
