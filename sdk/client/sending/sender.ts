import { formatCondition } from '../../policy/index.ts'
import type { Thread } from '../mailbox/thread.ts'
import { firstContactWith, type PostageOptions } from '../postage/offer.ts'
import type { PaymentUnit } from '../postage/payment-means.ts'
import { type Path, quoteRuleFor } from '../postage/quote.ts'
import type { ClientContext } from '../session/context.ts'
import { tellBoth } from '../session/events.ts'
import type { Peer } from '../session/peer.ts'
import type { Refusal } from '../session/refusal.ts'
import type { Content } from './first-letter.ts'

/** A message that was delivered. */
export type Sent = {
  readonly ok: true
  readonly id: string
  readonly topic: string
  readonly path: Path
  /** What it cost in the token's smallest unit: stamps, base and tip; 0 in a conversation that is under way. */
  readonly price: bigint
  /** What was paid for it in the sender's name; the bond usually comes back. */
  readonly payment?: PaymentUnit & { readonly id: Uint8Array }
  /** Letters: whether the account's own log has it, so that its other clients show it. */
  readonly isRecorded: boolean
}

/** What sending takes. */
export type SendQuote = {
  readonly ok: true
  /** Whether the node would learn who writes to whom. */
  readonly path: Path
  /** Whether it would be the first message. */
  readonly isFirst: boolean
  readonly price: bigint
  /** What would be left as a bond. */
  readonly bond: bigint
  /** The payment it takes, or the one that was begun and is gone on with. */
  readonly payment: PaymentUnit | undefined
  /** Expected hashes of work. */
  readonly effort: number
  /** How many stamps it takes, and how many are held where that decides. */
  readonly stamps: number
  readonly held: { readonly stamps: number | undefined; readonly connection: boolean }
  readonly conditions: readonly string[]
  /** For a person. */
  readonly explanation: string
}

/** What sends in one conversation. */
export type Sender = {
  thread(): Thread
  /** Whether the first message is still to be sent. */
  isNew(): boolean
  quote(options: PostageOptions): Promise<SendQuote | Refusal>
  send(content: Content, options: PostageOptions): Promise<Sent | Refusal>
}

/** What a message in a conversation that is under way takes: nothing. */
export const freeQuote = (path: Path): SendQuote => ({
  ok: true,
  path,
  isFirst: false,
  price: 0n,
  bond: 0n,
  payment: undefined,
  effort: 0,
  stamps: 0,
  held: { stamps: undefined, connection: false },
  conditions: [],
  explanation: 'the conversation is under way: nothing is asked',
})

/** What a first message takes. */
export async function quoteFirst(
  context: ClientContext,
  { peer, path }: { peer: Peer; path: Path },
  options: PostageOptions,
): Promise<SendQuote | Refusal> {
  const contact = firstContactWith(context, peer, options)
  const connection = path === 'sealed' && contact.connection !== undefined
  const { rule } = await contact.asked(true)
  const quote = await quoteRuleFor(rule, async (withStamps) => ({
    ...(await contact.means(false)),
    ...(path === 'visible' && { payment: undefined }),
    hasConnection: connection,
    ...(withStamps && { stamps: undefined }),
  }))
  if (!quote.ok) return quote
  const { price, payment, effort, stamps, explanation } = quote
  const bond = payment?.bond ?? 0n
  const held = { stamps: stamps > 0 ? (await context.stamps.balance(options)).stamps : undefined, connection }
  tellBoth(context, options, { kind: 'quoted', path, price, explanation })
  const conditions = quote.conditions.map(({ condition }) => formatCondition(condition))
  return { ok: true, path, isFirst: true, price, bond, payment, effort, stamps, held, conditions, explanation }
}
