import { type Address, type PaymentTerms, paymentIdOf, toHex, utf8 } from '../../crypto/index.ts'
import type { PaymentTree } from '../../payments/index.ts'
import { type LaneEdges, type OwnLane, useOfLane } from '../lanes/lane.ts'
import type { LentPayment } from '../postage/paid-letters.ts'
import type { Purse } from '../postage/purse.ts'
import type { ChainSource } from '../session/chain.ts'
import { type Refusal, refusalOf, refuse } from '../session/refusal.ts'
import { retried } from '../session/retry.ts'
import type { SealedStorage } from '../session/sealed-storage.ts'
import type { Session } from '../session/session.ts'
import type { KeptUses, NamedUse } from '../tickets/ticket-maker.ts'
import { CampaignRunningError } from './campaign-errors.ts'
import type { Conversation, SendOptions } from './conversation.ts'
import { type Conversations, RecipientAttendedError, RecipientUnknownError } from './conversations.ts'

/** How letters to many are sent. */
export type DeliveryOptions = Omit<SendOptions, 'notice'> & {
  /** The index of the first one. */
  readonly from?: number | undefined
  /**
   * The most that all letters to accounts without keys may cost together beside the payment, in the token's smallest unit, however many
   * runs it takes: none of them costs more than its part. Without it, `maxPrice` bounds each, and is 0 for them unless given.
   */
  readonly maxCost?: bigint | undefined
}

/** What came of one recipient's letter. */
export type Delivery = { readonly index: number; readonly recipient: Address } & (
  | { readonly ok: true /** By an earlier run. */; readonly isOld: boolean }
  | Refusal
)

/** Who sends, and with what. */
export type CampaignParts = {
  readonly session: Session
  readonly purse: Purse
  readonly chain: ChainSource | undefined
  readonly conversations: Conversations
  readonly edges: LaneEdges
}

/** Letters to many, and the one payment for them. */
export type PlannedCampaign = {
  readonly tree: PaymentTree
  readonly terms: PaymentTerms
  readonly addresses: readonly Address[]
  readonly unattended: ReadonlySet<Address>
  readonly laneTo: (address: Address) => OwnLane
}

type Sending = DeliveryOptions & { readonly content: unknown }

/** Delivers one letter after the other. */
export async function* deliverAll(
  parts: CampaignParts,
  planned: PlannedCampaign,
  { from = 0, maxCost, ...sending }: Sending,
): AsyncIterableIterator<Delivery> {
  const part = maxCost === undefined ? undefined : maxCost / BigInt(planned.unattended.size || 1)
  for (let index = from; index < planned.addresses.length; index++) {
    sending.signal?.throwIfAborted()
    const recipient = planned.addresses[index] as Address
    const isUnattended = planned.unattended.has(recipient)
    const maxPrice = isUnattended ? (lesser(part, sending.maxPrice) ?? 0n) : sending.maxPrice
    const one = { index, recipient, isUnattended, ...sending, maxPrice }
    yield { index, recipient, ...(await deliverOne(parts, planned, one)) }
  }
}

const lesser = (a: bigint | undefined, b: bigint | undefined): bigint | undefined =>
  a === undefined || (b !== undefined && b < a) ? b : a

type One = Omit<Sending, 'from' | 'maxCost'> & {
  readonly index: number
  readonly recipient: Address
  readonly isUnattended: boolean
}
type Outcome = { readonly ok: true; readonly isOld: boolean } | Refusal

/** Each campaign has a conversation of its own with each recipient: one that is there was delivered by an earlier run. */
async function deliverOne(parts: CampaignParts, planned: PlannedCampaign, one: One): Promise<Outcome> {
  const { recipient, isUnattended, signal } = one
  const conversationId = `pennypost/campaign/${toHex(paymentIdOf(planned.terms))}`
  try {
    const about = { context: { conversationId }, unattended: isUnattended ? 'only' : 'off', signal } as const
    const conversation = await parts.conversations.new(recipient, about)
    if (!conversation.isNew) return { ok: true, isOld: true }
    if (conversation.path !== 'sealed') {
      return refuse(
        'recipient.not-sealed',
        'Its clients cannot open letters, so there is nothing to carry the payment.',
      )
    }
    return outcomeOf(await sendOne(parts, planned, { ...one, conversation }), one)
  } catch (error) {
    if (error instanceof RecipientAttendedError) return refuseAttended()
    if (!(error instanceof RecipientUnknownError)) throw error
    return refuse(error.code, error.message)
  }
}

async function sendOne(
  parts: CampaignParts,
  { tree, terms, laneTo }: PlannedCampaign,
  { conversation, index, recipient, isUnattended, content, ...options }: One & { readonly conversation: Conversation },
): Promise<{ readonly ok: true } | Refusal> {
  const place = { terms, ...tree.opening(index) }
  const lent: LentPayment = { recipient, lane: laneTo(recipient), place }
  const asked = isUnattended ? await lookBefore(parts, lent, options.signal) : lent
  if ('code' in asked) return asked
  return parts.purse.paidLetters.lend(asked, () => conversation.send(content, options))
}

/**
 * What an earlier run has done for a letter to an account without keys, which takes more than the payment: where its lane is open
 * nothing is asked again, and nothing is spent where the node would refuse it anyway.
 */
async function lookBefore(
  { session, edges }: CampaignParts,
  lent: LentPayment,
  signal: AbortSignal | undefined,
): Promise<LentPayment | Refusal> {
  const { topic, holder, units, expiresAt } = lent.lane
  const use = useOfLane(session.network.id, lent.lane)
  const { anonymous } = edges.homes?.at(use) ?? edges
  const request = { topic, holder, units, expiresAt, policyVersion: 0n, evidence: [] }
  const answer = await retried(() => anonymous.openLane(request, { signal }), signal)
  if (!answer.ok && answer.code.startsWith('unattended.')) return refusalOf(answer, session.network)
  const isOpen = answer.ok || answer.code === 'lane.opened'
  return { ...lent, isNeeded: true, isOpen, kept: await keptFor(session.sealed, use) }
}

const keptName = 'campaign-lane'

/**
 * Keeps the tickets of the letter that is under way, and of no other: where a run is cut off, the next one with the same storage makes
 * the same ones.
 */
async function keptFor(sealed: SealedStorage, use: Uint8Array): Promise<KeptUses> {
  const bytes = await sealed.get(keptName)
  const kept = bytes && (JSON.parse(new TextDecoder().decode(bytes)) as { use: string; uses: readonly NamedUse[] })
  let known = kept?.use === toHex(use) ? kept.uses : []
  return {
    get known() {
      return known
    },
    async keep(uses) {
      known = uses
      await sealed.set(keptName, utf8(JSON.stringify({ use: toHex(use), uses })))
    },
  }
}

/** What a node says of a lane that has taken a letter before: of each run, the letter is the lane's first. */
const isTaken = new Set<string>(['lane.used-up', 'envelope.counter-too-low'])
const mayBeDelivered = 'The node says that the lane is used up: an earlier run may have delivered this letter.'

function outcomeOf(sent: { readonly ok: true } | Refusal, { recipient, isUnattended }: One): Outcome {
  if (sent.ok) return { ok: true, isOld: false }
  if (isTaken.has(sent.code)) return refuse('delivery.unknown', mayBeDelivered)
  if (sent.code === 'unattended.attended') return refuseAttended()
  if (sent.code === 'lane.opened' && isUnattended)
    throw new CampaignRunningError(`Another run of this campaign writes to ${recipient} at the moment.`, {
      hint: 'Its stamps would be spent twice. Let one run end, and go on with it.',
    })
  return sent
}

const refuseAttended = (): Refusal =>
  refuse(
    'unattended.attended',
    'The account has published keys meanwhile. Write to it by itself; what was paid for it comes back with `client.payments.refund`.',
  )
