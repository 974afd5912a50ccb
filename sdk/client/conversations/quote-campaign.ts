import type { PostageOptions } from '../postage/options.ts'
import type { SendQuote } from '../postage/quote.ts'
import type { Refusal } from '../session/refusal.ts'
import { RecipientAttendedError } from './conversations.ts'
import type { CampaignParts, PlannedCampaign } from './deliver-campaign.ts'

/** What letters to accounts without keys take beside the payment, all of them together. */
export type CampaignQuote = {
  readonly ok: true
  readonly letters: number
  /** Stamps that they take, and how many are held. */
  readonly stamps: number
  readonly held: number
  /** What they cost, in the token's smallest unit: what `deliver` takes as `maxCost`. */
  readonly price: bigint
  /** What one of them takes; undefined where there is none. */
  readonly each: SendQuote | undefined
}

/** Quotes the letter to the first account without keys: the network asks the same of each. */
export async function quoteCampaign(
  parts: CampaignParts,
  planned: PlannedCampaign,
  options: PostageOptions,
): Promise<CampaignQuote | Refusal> {
  const { stamps: held } = await parts.purse.stamps.balance(options)
  for (const [index, recipient] of planned.addresses.entries()) {
    const isAsked = planned.unattended.has(recipient)
    const each = isAsked ? await quoteOne(parts, planned, { index, options }) : undefined
    if (each && !each.ok) return each
    if (each) return sumOf(each, { letters: planned.unattended.size, held })
  }
  return { ok: true, letters: 0, stamps: 0, held, price: 0n, each: undefined }
}

const sumOf = (each: SendQuote, { letters, held }: Pick<CampaignQuote, 'letters' | 'held'>): CampaignQuote => {
  const price = each.price * BigInt(letters)
  return { ok: true, letters, stamps: each.stamps * letters, held, price, each }
}

/** In a conversation of its own, since the campaign's may be out already; undefined where the account has keys by now. */
async function quoteOne(
  { conversations, purse }: CampaignParts,
  { tree, terms, addresses, laneTo }: PlannedCampaign,
  { index, options }: { readonly index: number; readonly options: PostageOptions },
): Promise<SendQuote | Refusal | undefined> {
  const recipient = addresses[index] ?? ''
  try {
    const context = { conversationId: 'pennypost/campaign/quote' }
    const conversation = await conversations.new(recipient, { context, unattended: 'only', signal: options.signal })
    const place = { terms, ...tree.opening(index) }
    const lent = {
      recipient: conversation.peerAddress,
      lane: laneTo(conversation.peerAddress),
      place,
      isPaid: true as const,
    }
    return await purse.paidLetters.lend(lent, () => conversation.quote(options))
  } catch (error) {
    if (error instanceof RecipientAttendedError) return undefined
    throw error
  }
}
