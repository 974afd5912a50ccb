import type { ClientEvent, Conversation, Refusal, SendQuote, Sent } from '@pennypost/sdk'
import { type Signal, signal } from '@preact/signals'

/** How far a letter is. */
export type Stage =
  | { readonly kind: 'writing' }
  /** The client looks at what is asked. */
  | { readonly kind: 'asking' }
  | { readonly kind: 'quoted'; readonly quote: SendQuote }
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
  /** Sends at the quote that was shown. */
  send(quote: SendQuote): Promise<void>
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

  async function deliver(quote: SendQuote, signal: AbortSignal): Promise<Stage> {
    const content = text.value
    stage.value = { kind: 'sending', event: undefined }
    const onProgress = (event: ClientEvent) => {
      if (!signal.aborted) stage.value = { kind: 'sending', event }
    }
    const conversation = await find()
    const sent = await conversation.send(content, { quote, signal, onProgress })
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
        const quote = await quoteHeld(await find(), signal)
        if (!quote.ok) return { kind: 'refused', refusal: quote }
        return takesNothing(quote) ? deliver(quote, signal) : { kind: 'quoted', quote }
      }),
    send: (quote) => attempt((signal) => deliver(quote, signal)),
    stop() {
      stopping.abort()
      stage.value = { kind: 'writing' }
    },
  }
}

/** A first letter is never sent before its sender has seen what it takes, be it nothing. */
const takesNothing = ({ isFirst, price, bond, effort }: SendQuote): boolean =>
  !isFirst && price === 0n && bond === 0n && effort === 0

/** A quote counts stamps that are still to be bought; who has too few is told what would help instead. */
async function quoteHeld(conversation: Conversation, signal: AbortSignal): Promise<SendQuote | Refusal> {
  const quote = await conversation.quote({ signal })
  const isShort = quote.ok && quote.held.stamps !== undefined && quote.held.stamps < quote.stamps
  return isShort ? conversation.quote({ signal, postage: 'none' }) : quote
}
