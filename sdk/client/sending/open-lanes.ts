import { LaneWriter } from '../lanes/lane.ts'
import type { PostageOptions } from '../postage/options.ts'
import { refuseAtQuote } from '../postage/refuse-quote.ts'
import type { Refusal } from '../session/refusal.ts'
import type { ConversationLanes } from './conversation-lanes.ts'
import { type LetterPlan, openConversation, openSealed, planConversation, planSealed } from './letter-lanes.ts'
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
  const channels = await channelsIn(letter, priced, options)
  const planning = { quote: priced.contact, reply: lanes.reply, channels, message }
  const lane = known?.lane ?? (await planSealed(plan, planning))
  if ('code' in lane) return lane
  const contact: Contact = known ?? { lane, writer: new LaneWriter(edges, lane), isOpen: false }
  letter.note({ contact })
  letter.agree(priced)
  if (!contact.isOpen) {
    const opened = await openSealed(plan, { priced, sealed: lane })
    if (!opened.ok) return opened
    letter.note({ contact: { ...contact, isOpen: true, tag: opened.tag } })
  }
  if (!lanes.isOpen) {
    const opened = await openConversation(plan, priced.conversation, lanes)
    if (!opened.ok) return opened
    letter.note({ lanes: { ...lanes, isOpen: true } })
  }
  return openChannels(letter, plan, priced)
}

async function openChannels(letter: Letter, plan: LetterPlan, { channels: quotes }: LetterPrice) {
  for (const [i, lanes] of letter.at().channels.entries()) {
    if (lanes.isOpen) continue
    const opened = await openConversation(plan, quotes[i], lanes)
    if (!opened.ok) return opened
    letter.note({ channels: letter.at().channels.with(i, { ...lanes, isOpen: true }) })
  }
  return undefined
}

/** The lanes in the channels, planned once. */
async function channelsIn(
  letter: Letter,
  { channels: quotes }: LetterPrice,
  options: PostageOptions,
): Promise<readonly ConversationLanes[]> {
  const { buyer, mailroom, route } = letter
  if (letter.at().channels.length === route.channels.length) return letter.at().channels
  const plan = (topic: string, i: number) =>
    planConversation(buyer, mailroom.edges, { topic, quote: quotes[i], options })
  const channels = await Promise.all(route.channels.map(plan))
  letter.note({ channels })
  return channels
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
