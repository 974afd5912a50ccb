import { LaneWriter } from '../lanes/lane.ts'
import type { PostageOptions } from '../postage/options.ts'
import { refuseAtQuote } from '../postage/refuse-quote.ts'
import type { Refusal } from '../session/refusal.ts'
import {
  type ConversationLanes,
  type LetterPlan,
  openConversation,
  openSealed,
  planConversation,
  planSealed,
} from './letter-lanes.ts'
import { type Contact, type Letter, planned, usable } from './letter-progress.ts'
import { type LetterPrice, priceLetter } from './price-letter.ts'

/** Price, consent, budget, evidence, lanes: each step once. */
export async function openLanes(letter: Letter, plan: LetterPlan, message: Uint8Array): Promise<Refusal | undefined> {
  const { buyer, edges, offer, options } = plan
  const known = usable(letter)
  const shape = { ...planned(letter), offer, path: 'sealed', look: 'known', stamps: 'held' } as const
  const priced = await priceLetter(buyer, shape, options)
  if (!priced.ok) return refuseAtQuote(priced, options.quote)
  const lanes = await lanesIn(letter, priced, options)
  const lane = known?.lane ?? (await planSealed(plan, { quote: priced.contact, reply: lanes.reply, message }))
  const contact: Contact = known ?? { lane, writer: new LaneWriter(edges, lane), isOpen: false }
  letter.note({ contact })
  buyer.budget.agree(priced)
  if (!contact.isOpen) {
    const opened = await openSealed(plan, { priced, sealed: lane })
    if (!opened.ok) return opened
    letter.note({ contact: { ...contact, isOpen: true, tag: opened.tag } })
  }
  if (lanes.isOpen) return undefined
  const opened = await openConversation(plan, priced, lanes)
  if (!opened.ok) return opened
  letter.note({ lanes: { ...lanes, isOpen: true } })
  return undefined
}

/** The lanes in the conversation: opened ahead, or planned once. */
async function lanesIn(
  letter: Letter,
  { conversation: quote }: LetterPrice,
  options: PostageOptions,
): Promise<ConversationLanes> {
  const { topic } = letter.conversation
  const known = letter.at().lanes
  const lanes = known ?? (await planConversation(letter.buyer, letter.mailroom.edges, { topic, quote, options }))
  letter.note({ lanes })
  return lanes
}
