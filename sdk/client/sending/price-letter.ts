import { formatCondition } from '../../policy/index.ts'
import { type OwnLane, useOfLane } from '../lanes/lane.ts'
import type { Money } from '../postage/budget.ts'
import { stampsItem } from '../postage/budget-items.ts'
import { type Buyer, meansOf, type Offer } from '../postage/offer.ts'
import type { PostageOptions } from '../postage/options.ts'
import { quoteRuleFor, type RuleQuote, type SendQuote } from '../postage/quote.ts'
import { revealsOf } from '../postage/reveals.ts'
import type { Path } from '../session/events.ts'
import { tellBoth } from '../session/events.ts'
import type { Refusal } from '../session/refusal.ts'

/** What a first message takes as a whole: to reach the recipient, and to open the conversation. */
export type LetterPrice = {
  readonly ok: true
  readonly contact: RuleQuote
  /** What the floor asks of the conversation's first lane; undefined where that is open. */
  readonly conversation: RuleQuote | undefined
  /** The version of the recipient's policy that this was read in. */
  readonly version: bigint
  readonly price: bigint
  readonly bond: bigint
  readonly seconds: number
  /** What was spent on the message before, and is not part of the price. */
  readonly spent: Money
  /** What the conversation's lane was paid for with, perhaps, in an earlier call. */
  readonly again: readonly string[]
}

type Priced = {
  readonly offer: Offer
  readonly path: Path
  readonly look: 'known' | 'again'
  /** The lane to the recipient, where it is planned already. */
  readonly lane?: OwnLane | undefined
  /** The own lane in the conversation, as far as that is planned; `open` where nothing is asked for it any more. */
  readonly conversation: OwnLane | 'open' | undefined
  /** Other items of the budget that would be used again. */
  readonly again?: readonly string[] | undefined
  /** Whether stamps that are not held count too: to say what it would cost. */
  readonly stamps: 'held' | 'any'
}

/** Which stamps a quote counts: with those that could be bought first it says what that costs; where none can be, what is held. */
export const stampsFor = ({ purse }: Pick<Buyer, 'purse'>): Priced['stamps'] => (purse.stamps.canBuy ? 'any' : 'held')

/** Prices a first message, once for all that is spent on it. */
export async function priceLetter(
  buyer: Buyer,
  priced: Priced,
  options: PostageOptions,
): Promise<LetterPrice | Refusal> {
  const { offer, path, look, lane, conversation: own } = priced
  const used = own && own !== 'open' ? [stampsItem(useOfLane(buyer.session.network.id, own))] : []
  const again = [...used, ...(priced.again ?? [])]
  const { rule, version } = await offer.asked(look)
  const contact = await quoteRuleFor(rule, async (count) => {
    const known = await offer.means(priced.stamps === 'any' ? 'without-stamps' : count, { lane, again })
    const means = count === 'with-stamps' && priced.stamps === 'any' ? { ...known, stamps: undefined } : known
    if (path === 'sealed') return means
    // A wallet's lane carries no connection of ours, and is paid for where it outlasts this run.
    return { ...means, hasConnection: false, payment: lane && means.payment }
  })
  if (!contact.ok) return contact
  const conversation = own === 'open' ? undefined : await priceConversation(buyer, { contact, priced, options })
  if (conversation && !conversation.ok) return conversation
  const parts = conversation ? [contact, conversation] : [contact]
  return {
    ok: true,
    contact,
    conversation,
    version,
    price: parts.reduce((sum, { price }) => sum + price, 0n),
    bond: contact.payment?.bond ?? 0n,
    seconds: parts.reduce((sum, { seconds }) => sum + seconds, 0),
    spent: contact.spent,
    again,
  }
}

/** The floor, met with what the letter leaves over. */
function priceConversation(
  buyer: Buyer,
  { contact: { stamps, left }, priced, options }: Floor,
): Promise<RuleQuote | Refusal> {
  return quoteRuleFor(buyer.session.network.floor, async (count) => {
    const means = await meansOf(buyer, { ...options, hasConnection: false, count, again: [] })
    const held = priced.stamps === 'any' || means.stamps === undefined ? undefined : means.stamps - stamps
    return { ...means, left, stamps: held }
  })
}

type Floor = { readonly contact: RuleQuote; readonly priced: Priced; readonly options: PostageOptions }

/** The price as an application sees it. */
export async function toSendQuote(
  { session, purse }: Pick<Buyer, 'session' | 'purse'>,
  { offer, path, priced }: { readonly offer: Offer; readonly path: Path; readonly priced: LetterPrice },
  options: PostageOptions,
): Promise<SendQuote> {
  const { contact, conversation, price, bond, seconds, spent } = priced
  const parts = conversation ? [contact, conversation] : [contact]
  const stamps = parts.reduce((sum, part) => sum + part.stamps, 0)
  const held = stamps > 0 ? (await purse.stamps.balance(options)).stamps : undefined
  const { payment } = contact
  const explanation = explainParts(contact, conversation)
  tellBoth(session, options, { kind: 'quoted', path, price, explanation })
  return {
    ok: true,
    path,
    isFirst: true,
    price,
    bond,
    spent,
    payment,
    effort: parts.reduce((sum, { effort }) => sum + effort, 0),
    seconds,
    stamps,
    held: { stamps: held, connection: path === 'sealed' && offer.connection !== undefined },
    conditions: parts.flatMap(({ conditions }) =>
      conditions.map(({ condition }) => formatCondition(condition, session.network)),
    ),
    reveals: revealsOf(
      parts.flatMap(({ conditions }) => conditions),
      parts.some(({ byName }) => byName),
    ),
    explanation,
  }
}

const explainParts = ({ explanation }: RuleQuote, conversation: RuleQuote | undefined): string =>
  conversation && conversation.conditions.length > 0
    ? `${explanation}; to open the conversation, ${conversation.explanation}`
    : explanation
