import { useOfLane } from '../lanes/lane.ts'
import { stampsItem } from '../postage/budget-items.ts'
import type { Buyer, Offer } from '../postage/offer.ts'
import type { PostageOptions } from '../postage/options.ts'
import type { RuleQuote } from '../postage/quote.ts'
import type { Refusal } from '../session/refusal.ts'
import { adopt, type Letter, planned } from './letter-progress.ts'
import { type LetterPrice, partsOf, priceLetter } from './price-letter.ts'

type Pricing = {
  readonly buyer: Buyer
  readonly look: 'known' | 'again'
  readonly stamps: 'held' | 'any'
  readonly options: PostageOptions
}

/** Prices a letter with the deposits that go before it, once for all that is spent on them. */
export async function priceWith(
  letter: Letter,
  deposits: readonly Letter[],
  pricing: Pricing,
): Promise<(LetterPrice & { readonly offer: Offer }) | Refusal> {
  const again = [...deposits, letter].flatMap(itemsOf)
  let before: readonly RuleQuote[] = []
  for (const deposit of deposits) {
    const priced = await priceOne(deposit, { ...pricing, before, again })
    if (!priced.ok) return priced
    before = partsOf(priced)
  }
  return priceOne(letter, { ...pricing, before, again })
}

/** What the stamps of its lanes were taken for: they count once. */
function itemsOf(letter: Letter): string[] {
  const { id } = letter.buyer.session.network
  const { lane, conversation, channels } = planned(letter)
  const lanes = [lane, conversation, ...channels].filter((own) => own !== undefined && own !== 'open')
  return lanes.map((own) => stampsItem(useOfLane(id, own)))
}

type PricingOne = Pricing & { readonly before: readonly RuleQuote[]; readonly again: readonly string[] }

async function priceOne(letter: Letter, { buyer, look, stamps, options, ...others }: PricingOne) {
  const offer = letter.route.offer(buyer, letter.at().peer, options)
  const shape = { ...planned(letter), ...others, offer, path: 'sealed', look, stamps } as const
  const priced = await priceLetter(buyer, shape, options)
  adopt(letter, offer)
  return priced.ok ? { ...priced, offer } : priced
}
