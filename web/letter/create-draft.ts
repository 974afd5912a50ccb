import type { Client, ClientEvent, Conversation, Refusal, Sent } from '@pennypost/sdk'
import { type Signal, signal } from '@preact/signals'
import { findWays, type Way, type Ways } from '../money/find-ways.ts'

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

/** A text that is being written to one account, and what comes of it. Kept until the person signs out. */
export type Draft = {
  readonly text: Signal<string>
  readonly stage: Signal<Stage>
  /** Asks what sending takes, and sends at once where that is nothing. */
  ask(): Promise<void>
  /** Sends in a way that was shown; stamps that are lacking are bought for the cost that it names. */
  send(way: Way, stamps: Client['stamps']): Promise<void>
  /** Ends what goes on; what has not left yet is never delivered. */
  stop(): void
}

type DraftOptions = {
  readonly text?: Signal<string>
  readonly onSent: (conversation: Conversation) => void
}

/** @param find The conversation; it is looked for again with each try, since it may have begun meanwhile. */
export function createDraft(find: () => Promise<Conversation>, { text = signal(''), onSent }: DraftOptions): Draft {
  const stage = signal<Stage>({ kind: 'writing' })
  let stopping = new AbortController()

  async function attempt(step: (signal: AbortSignal) => Promise<Stage>): Promise<void> {
    stopping.abort()
    stopping = new AbortController()
    const { signal } = stopping
    const next = await step(signal).catch((error: unknown): Stage => ({ kind: 'failed', error }))
    if (!signal.aborted) stage.value = next
  }

  async function deliver(way: Way, signal: AbortSignal, stamps?: Client['stamps']): Promise<Stage> {
    const content = text.value
    stage.value = { kind: 'sending', event: undefined }
    const onProgress = (event: ClientEvent) => {
      if (!signal.aborted) stage.value = { kind: 'sending', event }
    }
    const { toBuy: count, cost: maxPrice, toPay, quote } = way
    if (count > 0) await stamps?.buy({ count, maxPrice, signal, onProgress })
    const conversation = await find()
    const payment = toPay !== undefined
    const sent = await conversation.send(content, { quote, payment, signal, onProgress })
    if (!sent.ok) return { kind: 'refused', refusal: sent }
    if (text.value === content) text.value = ''
    onSent(conversation)
    return { kind: 'sent', sent }
  }

  return {
    text,
    stage,
    ask: () =>
      attempt(async (signal) => {
        stage.value = { kind: 'asking' }
        const conversation = await find()
        const ways = await findWays((options) => conversation.quote({ ...options, signal }))
        const [way] = ways.ways
        if (way && takesNothing(way)) return deliver(way, signal)
        return way || !ways.refusal ? { kind: 'quoted', ways } : { kind: 'refused', refusal: ways.refusal }
      }),
    send: (way, stamps) => attempt((signal) => deliver(way, signal, stamps)),
    stop() {
      stopping.abort()
      stage.value = { kind: 'writing' }
    },
  }
}

/** A first letter is never sent before its sender has seen what it takes, be it nothing. */
const takesNothing = ({ quote: { isFirst, price, bond, effort } }: Way): boolean =>
  !isFirst && price === 0n && bond === 0n && effort === 0
