import { formatCondition, type Rule } from '../../policy/index.ts'
import { type OwnLane, useOfLane } from '../lanes/lane.ts'
import type { Money } from '../postage/budget.ts'
import { stampsItem } from '../postage/budget-items.ts'
import type { Means } from '../postage/means.ts'
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
  /** What goes before the letter: the deposits of its key. */
  readonly before: readonly RuleQuote[]
  readonly contact: RuleQuote
  /** What the floor asks of the conversation's first lane; undefined where that is open. */
  readonly conversation: RuleQuote | undefined
  /** The same for each channel with a trustee. */
  readonly channels: readonly (RuleQuote | undefined)[]
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
  /** The lane to the recipient, as far as that is planned; `open` where nothing is asked for it any more. */
  readonly lane?: OwnLane | 'open' | undefined
  /** The own lane in the conversation, in the same way. */
  readonly conversation: OwnLane | 'open' | undefined
  /** The own lanes in the channels with trustees, in the same way. */
  readonly channels?: readonly Priced['conversation'][] | undefined
  /** Other items of the budget that would be used again. */
  readonly again?: readonly string[] | undefined
  /** What goes before it, and takes of the same stamps and money. */
  readonly before?: readonly RuleQuote[] | undefined
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
  const { before = [] } = priced
  const opened = [priced.conversation, ...(priced.channels ?? [])]
  const used = opened.flatMap((own) =>
    own && own !== 'open' ? [stampsItem(useOfLane(buyer.session.network.id, own))] : [],
  )
  const again = [...used, ...(priced.again ?? [])]
  const { contact, version } = await priceContact({ ...priced, before, again })
  if (!contact.ok) return contact
  const floors = await priceFloors(buyer, opened, { before: [...before, contact], priced, options })
  if ('code' in floors) return floors
  const [conversation, ...channels] = floors
  const parts = partsOf({ before, contact, conversation, channels })
  return {
    ok: true,
    before,
    contact,
    conversation,
    channels,
    version,
    price: parts.reduce((sum, { price }) => sum + price, 0n),
    bond: parts.reduce((sum, { payment }) => sum + (payment?.bond ?? 0n), 0n),
    seconds: parts.reduce((sum, { seconds }) => sum + seconds, 0),
    spent: contact.spent,
    again,
  }
}

type Contacting = Priced & { readonly before: readonly RuleQuote[]; readonly again: readonly string[] }

/** What is asked for the lane to the recipient, in which version of its policy. */
async function priceContact({ offer, path, look, lane, before, again, stamps }: Contacting) {
  const planned = lane === 'open' ? undefined : lane
  const { rule, version } = await offer.asked(look)
  const asked: Rule = lane === 'open' ? { kind: 'everyone' } : rule
  const contact = await quoteRuleFor(asked, async (count) => {
    const counted = stamps === 'any' ? 'without-stamps' : count
    const known = behind(before, await offer.means(counted, { lane: planned, again }))
    const means = count === 'with-stamps' && stamps === 'any' ? { ...known, stamps: undefined } : known
    if (path === 'sealed') return means
    // A wallet's lane carries no connection of ours, and is paid for where it outlasts this run.
    return { ...means, hasConnection: false, payment: planned && means.payment }
  })
  return { contact, version }
}

/** What the floor asks for each lane that is not open, one after the other. */
async function priceFloors(
  buyer: Buyer,
  opened: readonly Priced['conversation'][],
  floor: Floor,
): Promise<(RuleQuote | undefined)[] | Refusal> {
  const before = [...floor.before]
  const floors: (RuleQuote | undefined)[] = []
  for (const own of opened) {
    const quote = own === 'open' ? undefined : await priceConversation(buyer, { ...floor, before })
    if (quote && !quote.ok) return quote
    floors.push(quote)
    if (quote) before.push(quote)
  }
  return floors
}

/** The floor, met with what the letter, and what was priced after it, leave over. */
function priceConversation(buyer: Buyer, { before, priced, options }: Floor): Promise<RuleQuote | Refusal> {
  return quoteRuleFor(buyer.session.network.floor, async (count) => {
    const means = behind(before, await meansOf(buyer, { ...options, hasConnection: false, count, again: [] }))
    return priced.stamps === 'any' ? { ...means, stamps: undefined } : means
  })
}

/** What is left for one part by those before it. */
const behind = (before: readonly RuleQuote[], means: Means): Means => ({
  ...means,
  left: before.at(-1)?.left ?? means.left,
  stamps: means.stamps && means.stamps - before.reduce((sum, { stamps }) => sum + stamps, 0),
})

type Floor = { readonly before: readonly RuleQuote[]; readonly priced: Priced; readonly options: PostageOptions }

/** The price as an application sees it. */
export async function toSendQuote(
  { session, purse }: Pick<Buyer, 'session' | 'purse'>,
  { offer, path, priced }: { readonly offer: Offer; readonly path: Path; readonly priced: LetterPrice },
  options: PostageOptions,
): Promise<SendQuote> {
  const { contact, price, bond, seconds, spent } = priced
  const parts = partsOf(priced)
  const stamps = parts.reduce((sum, part) => sum + part.stamps, 0)
  const held = stamps > 0 ? (await purse.stamps.balance(options)).stamps : undefined
  const { payment } = contact
  const explanation = explainParts(priced)
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

type LetterParts = Pick<LetterPrice, 'before' | 'contact' | 'conversation' | 'channels'>

/** All that is paid, in order. */
export const partsOf = ({ before, contact, conversation, channels }: LetterParts): RuleQuote[] =>
  [...before, contact, conversation, ...channels].flatMap((part) => part ?? [])

function explainParts({ before, contact, conversation, channels }: LetterPrice): string {
  const asks = (part: RuleQuote | undefined) => part !== undefined && part.conditions.length > 0
  const open = asks(conversation) ? [`to open the conversation, ${conversation?.explanation}`] : []
  const talk = channels.filter(asks).map((part) => `to be asked for the key, ${part?.explanation}`)
  const kept = before.filter(asks).map(({ explanation }) => `to have the key kept, ${explanation}`)
  return [contact.explanation, ...open, ...talk, ...kept].join('; ')
}
