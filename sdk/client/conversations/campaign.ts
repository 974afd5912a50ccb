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
  utf8,
} from '../../crypto/index.ts'
import type { PaymentState } from '../../payments/index.ts'
import { expiryOf, type OwnLane, useOfLane } from '../lanes/lane.ts'
import type { PostageOptions } from '../postage/options.ts'
import type { PaymentRate } from '../postage/payment-means.ts'
import { actOptions, requireChain } from '../session/chain.ts'
import type { StepOptions } from '../session/events.ts'
import type { Refusal } from '../session/refusal.ts'
import { CampaignMalformedError } from './campaign-errors.ts'
import { type CampaignParts, type Delivery, type DeliveryOptions, deliverAll } from './deliver-campaign.ts'
import { type CampaignQuote, quoteCampaign } from './quote-campaign.ts'

/** Letters to many, paid for at once. Whoever keeps all of this can go on after any interruption. */
export type CampaignOptions = {
  /** 32 bytes that nobody else knows, such as `randomBytes(32)`: salts and the key of all lanes come from it. */
  readonly seed: Uint8Array
  /** In an order that stays. */
  readonly recipients: readonly string[]
  /**
   * Those of the recipients that have published no keys: what is paid for them is for another topic, so keep the list with the seed, and
   * give the same one in every run. Ask once, with {@link Client.canMessage}.
   */
  readonly unattended?: readonly string[] | undefined
  /** What each of them is paid for, in the token's smallest unit. */
  readonly rate: PaymentRate
  /** Unix seconds until which the letters are delivered, within a day; keep the one that {@link Campaign} says. */
  readonly expiresAt?: bigint | undefined
  readonly signal?: AbortSignal | undefined
  readonly onProgress?: ((event: { readonly done: number; readonly of: number }) => void) | undefined
}

/** A payment for many, and their letters. */
export type Campaign = {
  readonly terms: PaymentTerms
  /** What paying takes, bonds and tips included. */
  readonly cost: bigint
  readonly expiresAt: bigint
  /** Pays for all, once: where that is done already, only says what became of it. */
  pay(options?: StepOptions & { readonly maxCost?: bigint | undefined }): Promise<PaymentState>
  /**
   * What the letters to accounts without keys take beside the payment, all of them together: a payment that nobody settles comes back,
   * so the network asks for more there. Sends nothing.
   */
  quote(options?: PostageOptions): Promise<CampaignQuote | Refusal>
  /**
   * Delivers one letter after the other; those delivered before are passed over. Refusals do not end it. Throws {@link CampaignRunningError}
   * where another run of it comes between.
   */
  deliver(content: unknown, options?: DeliveryOptions): AsyncIterableIterator<Delivery>
}

const day = 86_400
/** Room for the longest letter. */
const units = 16

/** Prepares letters to many: their tree, of 100,000 within seconds. Sends nothing. */
export async function createCampaign(parts: CampaignParts, options: CampaignOptions): Promise<Campaign> {
  const { session } = parts
  const { chain } = await requireChain(parts.chain, 'payments')
  const { buildPaymentTree, costOf } = await import('../../payments/index.ts') // viem is for those who pay
  const { seed, rate, expiresAt = expiryOf(session.clock.seconds(), day), signal, onProgress } = options
  const addresses = await inSteps(options.recipients, checksumAddress, signal)
  const unattended = new Set(await inSteps(options.unattended ?? [], checksumAddress, signal))
  requireRecipients(unattended, addresses)
  const laneTo = lanesOf({ seed, expiresAt, unattended })
  const toUse = (address: Address) => ({
    recipient: addressToBytes(address),
    use: useOfLane(session.network.id, laneTo(address)),
  })
  const uses = await inSteps(addresses, toUse, signal)
  const tree = await buildPaymentTree(uses, { seed, signal, onProgress })
  const sender = addressToBytes(chain.walletClient.account.address)
  const terms = { sender, count: tree.count, deliverBy: expiresAt, root: tree.root, ...rate }
  const planned = { tree, terms, addresses, unattended, laneTo }
  return {
    terms,
    cost: costOf({ count: tree.count, rate }),
    expiresAt,
    pay: (step = {}) => orAborted(payOnce(parts, terms, step), step.signal),
    quote: (asking = {}) => quoteCampaign(parts, planned, asking),
    deliver: (content, sending = {}) => deliverAll(parts, planned, { content, ...sending }),
  }
}

/** Who is misspelt would be taken for an account with keys, and be paid for in vain. */
function requireRecipients(unattended: ReadonlySet<Address>, addresses: readonly Address[]): void {
  const known = new Set(addresses)
  const others = [...unattended].filter((address) => !known.has(address))
  if (others.length > 0) throw new CampaignMalformedError(`Not among the recipients: ${others.join(', ')}.`)
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
function lanesOf({ seed, expiresAt, unattended }: Lanes): (address: Address) => OwnLane {
  const key = hkdfSha256(seed, { info: concatBytes(utf8('pennypost/campaign-lane/v1')) })
  const holder = ed25519PublicKey(key)
  const kindOf = (address: Address) => (unattended.has(address) ? 'unattended' : 'sealed')
  return (address) => ({ topic: ownedTopic(kindOf(address), address), key, holder, units, expiresAt })
}

type Lanes = Pick<CampaignOptions, 'seed'> & {
  readonly expiresAt: bigint
  readonly unattended: ReadonlySet<Address>
}

async function payOnce(
  { session, chain: source }: CampaignParts,
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
