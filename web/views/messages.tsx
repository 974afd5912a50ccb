import type { Conversation } from '@pennypost/sdk'
import { useComputed, useSignal } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'
import type { Desk } from '../desk/create-desk.ts'
import type { Draft } from '../letter/create-draft.ts'
import { arrangeMessages, type Line } from '../thread/arrange-messages.ts'
import { sayShown } from '../words/say-message.ts'
import { FileOf } from './file.tsx'
import { Foreign, Time } from './parts.tsx'
import { React, Signs } from './signs.tsx'

type Props = { readonly desk: Desk; readonly conversation: Conversation; readonly isRequest: boolean }

/** What was said in a conversation, with what can be said to each of it. */
export function Messages({ desk, conversation, isRequest }: Props) {
  const { messages } = desk.inbox
  const lines = useComputed(() => messages.value && arrangeMessages(messages.value))
  const chosen = useSignal<string | undefined>(undefined)
  const log = useRef<HTMLDivElement>(null)
  const end = useRef<HTMLDivElement>(null)
  useEffect(() => end.current?.scrollIntoView({ block: 'end' }), [lines.value?.length])
  if (!lines.value) return <p role="status">Reading…</p>
  const draft = desk.draftIn(conversation)
  const ids = lines.value.map(({ message }) => message.id)
  const onKey = (event: KeyboardEvent) => {
    const next = event.target instanceof HTMLInputElement ? undefined : nextOf(ids, chosen.value, event.key)
    if (next === undefined) return
    event.preventDefault()
    chosen.value = next
    log.current?.querySelectorAll<HTMLElement>('article')[ids.indexOf(next)]?.focus()
  }
  return (
    <div
      ref={log}
      class="messages"
      role="log"
      aria-label={`Messages with ${conversation.peerAddress}`}
      aria-description="Arrow keys choose one, to answer it"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by keyboard
      tabIndex={0}
      onKeyDown={onKey}
    >
      {lines.value.map((line) => (
        <Bubble
          key={line.message.id}
          line={line}
          draft={draft}
          own={desk.client.address}
          isRequest={isRequest}
          tabIndex={chosen.value === line.message.id ? 0 : -1}
        />
      ))}
      <div ref={end} />
    </div>
  )
}

/** The message that an arrow key leads to: the last one at first, so that nobody has to pass by all of them to answer. */
function nextOf(ids: readonly string[], chosen: string | undefined, key: string): string | undefined {
  const step = key === 'ArrowUp' ? -1 : 1
  if (step === 1 && key !== 'ArrowDown') return undefined
  const at = chosen === undefined ? -1 : ids.indexOf(chosen)
  return at < 0 ? ids.at(-1) : (ids[at + step] ?? chosen)
}

type BubbleProps = {
  readonly line: Line
  readonly draft: Draft
  readonly own: string
  readonly isRequest: boolean
  /** Of what can be pressed in it. */
  readonly tabIndex: 0 | -1
}

function Bubble({ line, draft, own, isRequest, tabIndex }: BubbleProps) {
  const { message, shown, answered } = line
  const isOwn = message.sender === own
  const isChoosing = useSignal(false)
  return (
    <article class={isOwn ? 'bubble own' : 'bubble'} aria-label={isOwn ? 'You' : 'They'} tabIndex={-1}>
      {answered !== undefined && <Quote line={answered} own={own} />}
      {shown.kind === 'unknown' && <p class="fine">Content that this page does not know. Its writer says instead:</p>}
      {shown.kind === 'file' ? (
        <FileOf file={shown.file} isForeign={isRequest && !isOwn} tabIndex={tabIndex} />
      ) : (
        <Foreign text={sayShown(shown)} />
      )}
      <Signs line={line} draft={draft} own={own} tabIndex={tabIndex} />
      <p class="acts">
        <span class="fine">
          <Time at={message.sentAt} />
        </span>
        <button type="button" class="quiet small" tabIndex={tabIndex} onClick={() => (draft.answered.value = message)}>
          Reply
        </button>
        {shown.kind !== 'reaction' && (
          <button
            type="button"
            class="quiet small"
            tabIndex={tabIndex}
            aria-expanded={isChoosing.value}
            onClick={() => (isChoosing.value = !isChoosing.value)}
          >
            React
          </button>
        )}
      </p>
      {isChoosing.value && <React message={message} draft={draft} onDone={() => (isChoosing.value = false)} />}
    </article>
  )
}

const longestQuote = 160

function Quote({ line, own }: { readonly line: Line | null; readonly own: string }) {
  if (!line) return <p class="quote fine">To a message that is not in this conversation.</p>
  const text = sayShown(line.shown)
  return (
    <blockquote class="quote">
      <span class="fine">{line.message.sender === own ? 'You' : 'They'}</span>
      <p class="foreign" dir="auto">
        {text.length > longestQuote ? `${text.slice(0, longestQuote)}…` : text}
      </p>
    </blockquote>
  )
}
