import { orAborted, pause } from '../../async.ts'
import { ownedTopic } from '../../codec/index.ts'
import {
  type Address,
  addressToBytes,
  checksumAddress,
  concatBytes,
  ed25519PublicKey,
  hkdfSha256,
  type PaymentTerms,
  paymentIdOf,
  toHex,
  utf8,
} from '../../crypto/index.ts'
import type { PaymentState, PaymentTree } from '../../payments/index.ts'
import { expiryOf, type OwnLane, useOfLane } from '../lanes/lane.ts'
import type { PaymentRate } from '../postage/payment-means.ts'
import type { Purse } from '../postage/purse.ts'
import { actOptions, type ChainSource, requireChain } from '../session/chain.ts'
import type { StepOptions } from '../session/events.ts'
import { type Refusal, refuse } from '../session/refusal.ts'
import type { Session } from '../session/session.ts'
import type { SendOptions } from './conversation.ts'
import { type Conversations, RecipientUnknownError } from './conversations.ts'

/** Letters to many, paid for at once. Whoever keeps all of this can go on after any interruption. */
export type CampaignOptions = {
  /** 32 bytes that nobody else knows, such as `randomBytes(32)`: salts and the key of all lanes come from it. */
  readonly seed: Uint8Array
  /** In an order that stays. */
  readonly recipients: readonly string[]
  /** What each of them is paid for, in the token's smallest unit. */
  readonly rate: PaymentRate
  /** Unix seconds until which the letters are delivered, within a day; keep the one that {@link Campaign} says. */
  readonly expiresAt?: bigint | undefined
  readonly signal?: AbortSignal | undefined
  readonly onProgress?: ((event: { readonly done: number; readonly of: number }) => void) | undefined
}

/** What came of one recipient's letter. */
export type Delivery = { readonly index: number; readonly recipient: Address } & (
  | { readonly ok: true /** By an earlier run. */; readonly isOld: boolean }
  | Refusal
)

/** A payment for many, and their letters. */
export type Campaign = {
  readonly terms: PaymentTerms
  /** What paying takes, bonds and tips included. */
  readonly cost: bigint
  readonly expiresAt: bigint
  /** Pays for all, once: where that is done already, only says what became of it. */
  pay(options?: StepOptions & { readonly maxCost?: bigint | undefined }): Promise<PaymentState>
  /** Delivers one letter after the other; those delivered before are passed over. Refusals do not end it. */
  deliver(
    content: unknown,
    options?: Omit<SendOptions, 'notice'> & { readonly from?: number | undefined },
  ): AsyncIterableIterator<Delivery>
}

const day = 86_400
/** Room for the longest letter. */
const units = 16

type Parts = {
  readonly session: Session
  readonly purse: Purse
  readonly chain: ChainSource | undefined
  readonly conversations: Conversations
}

/** Prepares letters to many: their tree, of 100,000 within seconds. Sends nothing. */
export async function createCampaign(parts: Parts, options: CampaignOptions): Promise<Campaign> {
  const { session } = parts
  const { chain } = await requireChain(parts.chain, 'payments')
  const { buildPaymentTree, costOf } = await import('../../payments/index.ts') // viem is for those who pay
  const { seed, rate, expiresAt = expiryOf(session.clock.seconds(), day), signal, onProgress } = options
  const addresses = await inSteps(options.recipients, checksumAddress, signal)
  const laneTo = lanesOf(seed, expiresAt)
  const toUse = (address: Address) => ({
    recipient: addressToBytes(address),
    use: useOfLane(session.network.id, laneTo(address)),
  })
  const uses = await inSteps(addresses, toUse, signal)
  const tree = await buildPaymentTree(uses, { seed, signal, onProgress })
  const sender = addressToBytes(chain.walletClient.account.address)
  const terms = { sender, count: tree.count, deliverBy: expiresAt, root: tree.root, ...rate }
  const planned = { tree, terms, addresses, laneTo }
  return {
    terms,
    cost: costOf({ count: tree.count, rate }),
    expiresAt,
    pay: (step = {}) => orAborted(payOnce(parts, terms, step), step.signal),
    deliver: (content, sending = {}) => deliver(parts, planned, { content, ...sending }),
  }
}

const stepSize = 500

/** Maps a long list with a rest from time to time, in which the signal may end it. */
async function inSteps<A, B>(list: readonly A[], map: (item: A) => B, signal: AbortSignal | undefined): Promise<B[]> {
  const mapped: B[] = []
  for (let i = 0; i < list.length; i += stepSize) {
    await pause(0, signal)
    mapped.push(...list.slice(i, i + stepSize).map((item) => map(item)))
  }
  return mapped
}

/** One key holds all lanes: the payment that each of them shows ties them together anyway. */
function lanesOf(seed: Uint8Array, expiresAt: bigint): (address: Address) => OwnLane {
  const key = hkdfSha256(seed, { info: concatBytes(utf8('pennypost/campaign-lane/v1')) })
  const holder = ed25519PublicKey(key)
  return (address) => ({ topic: ownedTopic('sealed', address), key, holder, units, expiresAt })
}

async function payOnce(
  { session, chain: source }: Parts,
  terms: PaymentTerms,
  { maxCost, ...step }: StepOptions & { readonly maxCost?: bigint | undefined },
): Promise<PaymentState> {
  const { chain, contract: payments } = await requireChain(source, 'payments')
  const { pay, readPayment } = await import('../../payments/index.ts')
  const on = { public: chain.publicClient, payments, terms }
  const before = await readPayment(on)
  if (before.isPaid) return before
  const { root, count, deliverBy, ...rate } = terms
  await pay({ ...on, ...actOptions({ ...session, chain }, 'pay', step), root, count, rate, deliverBy, maxCost })
  // It is paid: what cannot be read now is as it is right after paying.
  return readPayment(on).catch(() => ({ ...before, isPaid: true, open: count }))
}

type Planned = {
  readonly tree: PaymentTree
  readonly terms: PaymentTerms
  readonly addresses: readonly Address[]
  readonly laneTo: (address: Address) => OwnLane
}
type Sending = Omit<SendOptions, 'notice'> & { readonly from?: number | undefined; readonly content: unknown }

async function* deliver(
  parts: Parts,
  planned: Planned,
  { from = 0, ...sending }: Sending,
): AsyncIterableIterator<Delivery> {
  for (let index = from; index < planned.addresses.length; index++) {
    sending.signal?.throwIfAborted()
    const recipient = planned.addresses[index] as Address
    yield { index, recipient, ...(await deliverOne(parts, planned, { index, recipient, ...sending })) }
  }
}

type Outcome = { readonly ok: true; readonly isOld: boolean } | Refusal

const mayBeDelivered = 'The node says that the lane is used up: an earlier run may have delivered this letter.'

/** Each campaign has a conversation of its own with each recipient: one that is there was delivered by an earlier run. */
async function deliverOne(
  { purse, conversations }: Parts,
  { tree, terms, laneTo }: Planned,
  { index, recipient, content, ...options }: Omit<Sending, 'from'> & { index: number; recipient: Address },
): Promise<Outcome> {
  const conversationId = `pennypost/campaign/${toHex(paymentIdOf(terms))}`
  try {
    const about = { context: { conversationId }, unattended: 'off', signal: options.signal } as const
    const conversation = await conversations.new(recipient, about)
    if (!conversation.isNew) return { ok: true, isOld: true }
    if (conversation.path !== 'sealed') {
      return refuse(
        'recipient.not-sealed',
        'Its clients cannot open letters, so there is nothing to carry the payment.',
      )
    }
    const begun = { recipient, lane: laneTo(recipient), place: { terms, ...tree.opening(index) } }
    const sent = await purse.paidLetters.lend(begun, () => conversation.send(content, options))
    if (!sent.ok && sent.code === 'lane.used-up') return refuse('delivery.unknown', mayBeDelivered)
    return sent.ok ? { ok: true, isOld: false } : sent
  } catch (error) {
    if (!(error instanceof RecipientUnknownError)) throw error
    return refuse(error.code, error.message)
  }
}
