import type { encodeConnection } from '../../codec/index.ts'
import type { Address } from '../../crypto/index.ts'
import { doWork, type TicketFields, type TicketRequest } from '../../evidence/index.ts'
import type { Leaf } from '../../policy/index.ts'
import type { OwnLane } from '../lanes/lane.ts'
import type { ClientContext } from '../session/context.ts'
import { type StepOptions, tellBoth } from '../session/events.ts'
import { type Refusal, refuse } from '../session/refusal.ts'
import type { HeldConnection } from './held-connection.ts'
import type { PaymentEvidence } from './paid-letters.ts'
import { type PaymentUnit, paymentLeaves } from './payment-means.ts'

/** The evidence of a lane, from plain fields. */
export type EvidenceInit = { condition: number; kind: Kind; also?: number[] }[]

/** What evidence is gathered for. */
export type EvidenceTarget = {
  readonly use: Uint8Array
  readonly toward: TicketRequest['toward']
  readonly connection?: HeldConnection | undefined
  /** First contact that may be paid for in the sender's name. */
  readonly payable?: { readonly lane: OwnLane; readonly recipient: Address } | undefined
  /** The payment that was quoted. */
  readonly payment?: PaymentUnit | undefined
}

type Context = Pick<ClientContext, 'network' | 'stamps' | 'stakeNotes' | 'paidLetters' | 'tell'>
type Target = EvidenceTarget & StepOptions

/** Evidence, and what was spent on a payment to make it. */
export type Gathered = { readonly ok: true; readonly evidence: EvidenceInit; readonly spent: bigint }

/** Gathers what meets some conditions, all of it bound to one use; payments last, when all else is there. */
export async function gatherEvidence(
  context: Context,
  conditions: readonly Leaf[],
  target: Target,
): Promise<Gathered | Refusal> {
  const tickets = await gatherTickets(context, conditions, target)
  if (!tickets) return refuse('stamps.missing', 'Too few of your stamps are left. Buy some first.')
  const paid = paymentLeaves(conditions)
  const evidence: EvidenceInit = []
  for (const leaf of conditions.filter((candidate) => !paid.includes(candidate))) {
    const kinds = await gatherLeaf(context, leaf, { tickets, target })
    if (!kinds) return refuse('stake.used-up', 'All tickets of your stake are used up in this epoch.')
    evidence.push(...kinds.map((kind) => ({ condition: leaf.index, kind })))
  }
  const payment = await gatherPayment(context, paid, target)
  if (!payment) return { ok: true, evidence, spent: 0n }
  const [condition = 0, ...also] = paid.map(({ index }) => index)
  evidence.push({ condition, also, kind: { case: 'payment', value: payment.value } })
  return { ok: true, evidence, spent: payment.spent }
}

async function gatherLeaf(
  context: Context,
  leaf: Leaf,
  { tickets, target }: { tickets: Kind[]; target: Target },
): Promise<Kind[] | undefined> {
  if (leaf.condition.kind === 'stamp') return tickets.splice(0, leaf.condition.count)
  const kind = await gatherOne(context, leaf, target)
  return kind && [kind]
}

type Kind =
  | { case: 'ticket'; value: TicketFields }
  | { case: 'connection'; value: Parameters<typeof encodeConnection>[0] }
  | { case: 'work'; value: { nonce: bigint } }
  | { case: 'payment'; value: PaymentEvidence['value'] }

async function gatherPayment(
  { paidLetters }: Context,
  leaves: readonly Leaf[],
  { use, payable, payment: unit, ...step }: Target,
): Promise<PaymentEvidence | undefined> {
  if (leaves.length === 0 || !payable || !unit) return undefined
  const { signal, onProgress } = step
  return paidLetters.evidence({ ...payable, use, unit, signal, onProgress })
}

/** All tickets of a lane at once, so that each has a message id of its own. */
async function gatherTickets(
  { stamps, network }: Context,
  conditions: readonly Leaf[],
  { use, toward, signal, onProgress }: Target,
): Promise<Kind[] | undefined> {
  const count = conditions.reduce((sum, { condition }) => sum + (condition.kind === 'stamp' ? condition.count : 0), 0)
  if (count === 0) return []
  const tickets = await stamps.tickets({ networkId: network.id, use, count, toward, signal, onProgress })
  return tickets?.map((value) => ({ case: 'ticket', value }))
}

/** Undefined where no ticket is left. */
async function gatherOne(context: Context, { index, condition }: Leaf, target: Target): Promise<Kind | undefined> {
  if (condition.kind === 'stake') return gatherStake(context, condition.class, target)
  if (condition.kind === 'connection' && target.connection) {
    return { case: 'connection', value: target.connection.connection }
  }
  const bits = condition.kind === 'work' ? condition.bits : context.network.requestBits
  const nonce = await doWork({ use: target.use, condition: index }, bits, {
    ...(target.signal && { signal: target.signal }),
    onProgress: ({ tried, expected }) => tellBoth(context, target, { kind: 'working', tried, expected }),
  })
  return { case: 'work', value: { nonce } }
}

async function gatherStake(
  { stakeNotes, network }: Context,
  number: number,
  { use, toward, signal, onProgress }: Target,
): Promise<Kind | undefined> {
  const value = await stakeNotes.ticket(number, { networkId: network.id, use, toward, signal, onProgress })
  return value && { case: 'ticket', value }
}
