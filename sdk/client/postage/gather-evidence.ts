import { joinSignals } from '../../async.ts'
import type { encodeConnection } from '../../codec/index.ts'
import type { Address } from '../../crypto/index.ts'
import {
  type CredentialFields,
  doWork,
  type TicketFields,
  type TicketRequest,
  type WorkProgress,
} from '../../evidence/index.ts'
import { type FactCondition, isFact, type Leaf } from '../../policy/index.ts'
import type { OwnLane } from '../lanes/lane.ts'
import { type StepOptions, tellBoth } from '../session/events.ts'
import { type Refusal, refuse } from '../session/refusal.ts'
import type { NamedWord, ShownFact } from '../tickets/fact-claims.ts'
import type { KeptUses } from '../tickets/ticket-maker.ts'
import { stampsItem } from './budget-items.ts'
import type { HeldConnection } from './held-connection.ts'
import type { Buyer } from './offer.ts'
import { outdated } from './outdated.ts'
import type { PaymentEvidence } from './paid-letters.ts'
import { paymentLeaves } from './payment-means.ts'
import type { RuleQuote } from './quote.ts'

/** The evidence of a lane, from plain fields. */
export type EvidenceInit = { condition: number; kind: Kind; also?: number[] }[]

/** What evidence is gathered for. */
export type EvidenceTarget = {
  readonly use: Uint8Array
  readonly topic: string
  readonly toward: TicketRequest['toward']
  readonly connection?: HeldConnection | undefined
  /** What remembers the tickets of the lane beyond this run. */
  readonly kept?: KeptUses | undefined
  /** First contact that may be paid for in the sender's name. */
  readonly payable?: { readonly lane: OwnLane; readonly recipient: Address } | undefined
}

type Target = EvidenceTarget & StepOptions

/** Evidence of a lane, complete. */
export type Gathered = { readonly ok: true; readonly evidence: EvidenceInit }

/**
 * Gathers what meets the conditions of a quote, all of it bound to one use; payments last, when all else is there. The
 * budget is asked before anything is spent.
 */
export async function gatherEvidence(buyer: Buyer, quote: RuleQuote, target: Target): Promise<Gathered | Refusal> {
  const { conditions, stampMoney } = quote
  if (!buyer.budget.take(stampsItem(target.use), { price: stampMoney, bond: 0n })) return outdated()
  const tickets = await gatherTickets(buyer, conditions, target)
  if (!tickets) return refuse('stamps.missing', 'Too few of your stamps are left. Buy some first.')
  const paid = paymentLeaves(conditions)
  const word = quote.byName ? once(() => buyer.purse.factClaims.sign(target)) : undefined
  const evidence: EvidenceInit = []
  for (const leaf of conditions.filter((candidate) => !paid.includes(candidate))) {
    const kinds = await gatherLeaf(buyer, leaf, { tickets, target, word })
    if (!Array.isArray(kinds)) return kinds
    evidence.push(...kinds.map((kind) => ({ condition: leaf.index, kind })))
  }
  const payment = await gatherPayment(buyer, quote, target)
  if (!payment) return { ok: true, evidence }
  if ('code' in payment) return payment
  const [condition = 0, ...also] = paid.map(({ index }) => index)
  evidence.push({ condition, also, kind: { case: 'payment', value: payment.value } })
  return { ok: true, evidence }
}

type Kind =
  | { case: 'ticket'; value: TicketFields }
  | { case: 'credential'; value: CredentialFields }
  | ShownFact
  | { case: 'connection'; value: Parameters<typeof encodeConnection>[0] }
  | { case: 'work'; value: { nonce: bigint } }
  | { case: 'payment'; value: PaymentEvidence['value'] }

type Gathering = {
  readonly tickets: Kind[]
  readonly target: Target
  /** The account's word that facts are shown in its name; asked for once. */
  readonly word: (() => Promise<NamedWord | undefined>) | undefined
}

async function gatherLeaf(
  buyer: Buyer,
  { index, condition }: Leaf,
  { tickets, target, word }: Gathering,
): Promise<Kind[] | Refusal> {
  if (isFact(condition)) return word ? gatherNamed(buyer, condition, word) : gatherFact(buyer, condition, target)
  switch (condition.kind) {
    case 'stamp':
      return tickets.splice(0, condition.count)
    case 'stake':
      return gatherStake(buyer, condition.class, target)
    case 'connection':
      return target.connection ? [{ case: 'connection', value: target.connection.connection }] : outdated()
    default: {
      const bits = condition.kind === 'work' ? condition.bits : buyer.session.network.requestBits
      return gatherWork(buyer, { index, bits }, target)
    }
  }
}

async function gatherPayment(
  { purse, budget }: Buyer,
  { payment: rate }: RuleQuote,
  { use, payable, ...step }: Target,
): Promise<PaymentEvidence | Refusal | undefined> {
  if (!payable || !rate) return undefined
  const { signal, onProgress } = step
  return purse.paidLetters.evidence({ ...payable, use, rate, budget, signal, onProgress })
}

/** All tickets of a lane at once, so that each has a message id of its own. */
async function gatherTickets(
  { session, purse }: Buyer,
  conditions: readonly Leaf[],
  { use, toward, kept, signal, onProgress }: Target,
): Promise<Kind[] | undefined> {
  const count = conditions.reduce((sum, { condition }) => sum + (condition.kind === 'stamp' ? condition.count : 0), 0)
  if (count === 0) return []
  const { id: networkId } = session.network
  const tickets = await purse.stamps.tickets({ networkId, use, count, toward, kept, signal, onProgress })
  return tickets?.map((value) => ({ case: 'ticket', value }))
}

async function gatherStake(
  { session, purse }: Buyer,
  number: number,
  { use, toward, signal, onProgress }: Target,
): Promise<Kind[] | Refusal> {
  const need = { networkId: session.network.id, use, toward, signal, onProgress }
  const value = await purse.stakeNotes.ticket(number, need)
  if (!value) return refuse('stake.used-up', 'All tickets of your stake are used up in this epoch.')
  return [{ case: 'ticket', value }]
}

async function gatherFact(
  { session, purse }: Buyer,
  fact: FactCondition,
  { use, toward, signal, onProgress }: Target,
): Promise<Kind[] | Refusal> {
  const need = { networkId: session.network.id, use, toward, signal, onProgress }
  const made = await purse.factNotes.credentials(fact, need)
  if (!made) return refuse('fact.used-up', 'What attests the fact is used up in this epoch.')
  return made.map((value) => ({ case: 'credential', value }))
}

/** The wallet signs once, however many facts there are. */
async function gatherNamed(
  { purse }: Buyer,
  fact: FactCondition,
  word: NonNullable<Gathering['word']>,
): Promise<Kind[] | Refusal> {
  const said = await word()
  const shown = said && (await purse.factClaims.show(fact, said))
  if (!shown) return refuse('fact.used-up', 'What attests the fact is used up in this epoch.')
  return shown
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined
  return () => {
    made ??= make()
    return made
  }
}

/** Work ends where the time for it does. */
async function gatherWork(
  { session, budget, purse }: Buyer,
  { index, bits }: { readonly index: number; readonly bits: number },
  target: Target,
): Promise<Kind[] | Refusal> {
  const afterMs = Math.ceil(Math.min(budget.left().seconds, longestTimer) * 1000)
  const { signal, release } = joinSignals([target.signal], { afterMs })
  const onProgress = (step: WorkProgress) => tellBoth(session, target, { kind: 'working', ...step })
  const options = { signal, onProgress, workerUrl: purse.workerUrl }
  try {
    const nonce = await budget.work(() => doWork({ use: target.use, condition: index }, bits, options))
    return [{ case: 'work', value: { nonce } }]
  } catch (error) {
    target.signal?.throwIfAborted()
    if (!signal.aborted) throw error
    const { price, bond } = budget.spent()
    const spent =
      price + bond > 0n ? 'What was spent on this message counts when it is sent again' : 'Nothing was spent'
    return refuse('effort.too-high', `The work has taken longer than was allowed. ${spent}. Raise \`maxEffort\`.`)
  } finally {
    release()
  }
}

/** In seconds: beyond it, timers fire at once. */
const longestTimer = 2_000_000
