import { addressToBytes, paymentIdOf, toHex } from '../../crypto/index.ts'
import { type Condition, formatCondition } from '../../policy/index.ts'
import type { TaggedEnvelope } from '../../transport/index.ts'
import { type MetCondition, readEnvelopeEvidence } from '../../verifier/index.ts'
import type { LetterPayment } from '../postage/letter-payment.ts'
import type { Session } from '../session/session.ts'
import { type Thread, threadKey } from './thread.ts'

type Context = Pick<Session, 'keyring' | 'network' | 'tell'>
type Of = Pick<Thread, 'topic' | 'peer'>

/** A condition of this account's rule, or of the network's floor, that a letter's sender has met. */
export type LetterEvidence = MetCondition & {
  readonly condition: Condition
  /** As a rule says it, in whole tokens: `stamp 1`. */
  readonly text: string
  /** Whether this client has seen for itself what was shown: a payment, which the chain is to be asked about. Else the node's word. */
  readonly isProven: boolean
}

/**
 * What was shown for the letters of each conversation. What was paid is what the letters say, and what the node hands over beside
 * them where that verifies: either may be missing or lie, so both count; whether something was paid, the chain is asked. What
 * else was shown only the node says, which has verified it: no letter has a word in that.
 */
export class ReceivedEvidence {
  readonly #context: Context
  readonly #paid = new Map<string, Map<string, LetterPayment>>()
  readonly #met = new Map<string, Map<string, LetterEvidence>>()
  /** Whose payments are proven, by what they are known by. */
  readonly #owners = new Map<string, string>()

  constructor(context: Context) {
    this.#context = context
  }

  /** Keeps what a letter says was paid, or the account's own log. */
  keep(thread: Of, payments: readonly LetterPayment[]): void {
    const [key, known] = [threadKey(thread), within(this.#paid, thread)]
    for (const payment of payments) {
      const name = nameOf(payment)
      if (payment.isProven && !this.#owners.has(name)) this.#owners.set(name, key)
      if (payment.isProven || !known.has(name)) known.set(name, payment)
    }
  }

  /** Keeps what the node hands over beside an envelope of a conversation; tells where it is not for that envelope. */
  keepShown(thread: Of, envelope: TaggedEnvelope): void {
    if (!envelope.evidence) return
    const { keyring, network, tell } = this.#context
    const recipient = addressToBytes(keyring.identity.address)
    const author = addressToBytes(thread.peer)
    const target = { networkId: network.id, envelope, recipient, author, tag: envelope.tag }
    const shown = readEnvelopeEvidence(envelope.evidence, target)
    if (!shown) tell({ kind: 'skipped', what: 'evidence', code: 'evidence.not-for-this' })
    const { payments, met } = shown ?? { payments: [], met: [] }
    this.keep(
      thread,
      payments.map((payment) => ({ ...payment, isProven: true })),
    )
    for (const one of met) this.#keepMet(thread, one)
  }

  #keepMet(thread: Of, met: MetCondition): void {
    const text = formatCondition(met.condition, this.#context.network)
    const name = [text, met.evidence, met.classNumber, ...met.issuers.map(toHex)].join()
    within(this.#met, thread).set(name, { ...met, text, isProven: met.evidence === 'payment' })
  }

  /** What was paid for a conversation's letters, what is proven first. What is proven to be another's is nobody else's. */
  payments(thread: Of): LetterPayment[] {
    const key = threadKey(thread)
    const own = [...within(this.#paid, thread)].filter(([name]) => (this.#owners.get(name) ?? key) === key)
    return own.map(([, payment]) => payment).sort((a, b) => Number(b.isProven) - Number(a.isProven))
  }

  /** Which conditions were met for a conversation's letters, each once. */
  met(thread: Of): LetterEvidence[] {
    return [...within(this.#met, thread).values()]
  }
}

/** What is kept of a conversation. */
function within<T>(all: Map<string, Map<string, T>>, thread: Of): Map<string, T> {
  const key = threadKey(thread)
  const known = all.get(key) ?? new Map<string, T>()
  all.set(key, known)
  return known
}

/** Payment and recipient. */
const nameOf = ({ place: { terms, index } }: LetterPayment): string => `${toHex(paymentIdOf(terms))} ${index}`
