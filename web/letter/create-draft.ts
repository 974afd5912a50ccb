import type { Client, ClientEvent, Conversation, Reaction, Refusal, Sent } from '@pennypost/sdk'
import { type Signal, signal } from '@preact/signals'
import { buyLacking } from '../money/buy-lacking.ts'
import type { Way, Ways } from '../money/find-ways.ts'
import { type Keeping, startKeeping } from './keeping.ts'
import { partsOf, startWriting, type Written } from './written.ts'

/** How far a letter is. */
export type Stage =
  | { readonly kind: 'writing' }
  /** The client looks at what is asked. */
  | { readonly kind: 'asking' }
  | { readonly kind: 'quoted'; readonly ways: Ways }
  | { readonly kind: 'sending'; readonly event: ClientEvent | undefined }
  | { readonly kind: 'refused'; readonly refusal: Refusal }
  | { readonly kind: 'failed'; readonly error: unknown }
  | { readonly kind: 'sent'; readonly sent: Sent }

/** What is being written to one account, and what comes of it. Kept until the person signs out. */
export type Draft = Omit<Written, 'reaction'> &
  Keeping & {
    readonly stage: Signal<Stage>
    /** Asks what sending takes, and sends at once where that is nothing. */
    ask(): Promise<void>
    /** The same for a sign to a message, and nothing else. */
    react(reaction: Omit<Reaction, 'schema'>): Promise<void>
    /** Sends in a way that was shown; stamps that are lacking are bought for the cost that it names. */
    send(way: Way, client: Buyer): Promise<void>
    /** Ends what goes on; what has not left yet is never delivered. */
    stop(): void
  }

/** Who buys stamps. */
type Buyer = Pick<Client, 'stamps' | 'address'>

type DraftOptions = {
  readonly text?: Signal<string>
  readonly onSent: (conversation: Conversation) => void
}

/** @param find The conversation; it is looked for again with each try, since it may have begun meanwhile. */
export function createDraft(find: () => Promise<Conversation>, { text, onSent }: DraftOptions): Draft {
  const { stage, attempt, stop } = createAttempts()
  const written = startWriting(text)
  const keeping = startKeeping(stop)

  async function advance(signal: AbortSignal): Promise<Stage> {
    stage.value = { kind: 'asking' }
    const [conversation, { findWays }] = await Promise.all([find(), import('../money/find-ways.ts')])
    const ways = await findWays((options) => conversation.quote({ ...options, escrow: keeping.escrow.peek(), signal }))
    const [way] = ways.ways
    if (way && !signal.aborted) keeping.unattended.value = way.quote.unattended
    if (way && takesNothing(way)) return deliver(way, signal)
    return way || !ways.refusal ? { kind: 'quoted', ways } : { kind: 'refused', refusal: ways.refusal }
  }

  async function deliver(way: Way, signal: AbortSignal, buyer?: Buyer): Promise<Stage> {
    const [part, ...others] = partsOf(written)
    if (!part) return { kind: 'writing' }
    stage.value = { kind: 'sending', event: undefined }
    const onProgress = (event: ClientEvent) => {
      if (!signal.aborted) stage.value = { kind: 'sending', event }
    }
    if (way.toBuy > 0 && buyer) await buyLacking(buyer, way, { signal, onProgress })
    const conversation = await find()
    const { contentType } = part
    const [quote, payment] = [way.quote, way.toPay !== undefined]
    const how = { quote, payment, escrow: keeping.escrow.peek() }
    const sent = await conversation.send(part.content, { contentType, ...how, signal, onProgress })
    if (!sent.ok) return { kind: 'refused', refusal: sent }
    part.drop()
    if (others.length > 0) return advance(signal)
    onSent(conversation)
    return { kind: 'sent', sent }
  }

  const ask = (reaction?: Reaction) => {
    written.reaction.value = reaction
    return attempt(advance)
  }
  return {
    ...written,
    stage,
    ...keeping,
    ask: () => ask(),
    react: (one) => ask({ ...one, schema: 'unicode' }),
    send: (way, client) => attempt((signal) => deliver(way, signal, client)),
    stop,
  }
}

/** One at a time: each ends the one before, and so does whoever goes on writing. */
function createAttempts() {
  const stage = signal<Stage>({ kind: 'writing' })
  let stopping = new AbortController()
  return {
    stage,
    async attempt(step: (signal: AbortSignal) => Promise<Stage>): Promise<void> {
      stopping.abort()
      stopping = new AbortController()
      const { signal } = stopping
      const next = await step(signal).catch((error: unknown): Stage => ({ kind: 'failed', error }))
      if (!signal.aborted) stage.value = next
    },
    stop() {
      stopping.abort()
      stage.value = { kind: 'writing' }
    },
  }
}

/** A first letter is never sent before its sender has seen what it takes, be it nothing. */
const takesNothing = ({ quote: { isFirst, price, bond, effort } }: Way): boolean =>
  !isFirst && price === 0n && bond === 0n && effort === 0
