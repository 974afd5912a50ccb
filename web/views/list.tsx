import type { Desk } from '../desk/create-desk.ts'
import { go, place } from '../desk/place.ts'
import type { Entry } from '../inbox/inbox.ts'
import { textOf } from '../words/say-message.ts'
import { later } from './later.tsx'
import { Account, Time, Trouble } from './parts.tsx'
import { Windowed } from './windowed.tsx'

const WaitingCard = later(async () => (await import('./waiting-card.tsx')).WaitingCard)

/** Conversations, and apart from them what strangers have written. */
export function List({ desk }: { readonly desk: Desk }) {
  const { inbox, waiting } = desk
  const letters = waiting.value?.letters.value ?? []
  const { entries, problem } = inbox
  const all = entries.value
  return (
    <>
      <button type="button" class="main wide" onClick={() => go({ kind: 'new' })}>
        Write a letter
      </button>
      {problem.value !== undefined && (
        <Trouble error={problem.value}>
          <button type="button" class="quiet" onClick={() => void inbox.refresh()}>
            Try again
          </button>
        </Trouble>
      )}
      {waiting.value && letters.length > 0 && <WaitingCard desk={desk} waiting={waiting.value} />}
      {all ? (
        <>
          <Part title="Requests" entries={all.filter(({ isRequest }) => isRequest)} desk={desk} />
          <Part title="Conversations" entries={all.filter(({ isRequest }) => !isRequest)} desk={desk} />
          {all.length === 0 && letters.length === 0 && (
            <p class="empty">Nobody has written yet. Write to somebody, or give them your address: it is above.</p>
          )}
        </>
      ) : (
        problem.value === undefined && <p role="status">Reading your mail…</p>
      )}
    </>
  )
}

type PartProps = { readonly title: string; readonly entries: readonly Entry[]; readonly desk: Desk }

function Part({ title, entries, desk }: PartProps) {
  if (entries.length === 0) return null
  return (
    <section aria-label={title}>
      <h2>
        {title} <small>{entries.length}</small>
      </h2>
      <Windowed items={entries} keyOf={({ key }) => key} row={(entry) => <Row desk={desk} entry={entry} />} />
    </section>
  )
}

function Row({ desk, entry }: { readonly desk: Desk; readonly entry: Entry }) {
  const { key, conversation, last, isUnread } = entry
  const { value } = place
  const isOpen = value.kind === 'thread' && value.key === key
  return (
    <button
      type="button"
      class={isUnread ? 'entry unread' : 'entry'}
      aria-current={isOpen ? 'page' : undefined}
      onClick={() => go({ kind: 'thread', key })}
    >
      <span class="line">
        <Account address={conversation.peerAddress} name={desk.nameOf(conversation.peerAddress)} />
        {last && <Time at={last.sentAt} />}
      </span>
      <span class="line">
        <span class="preview" dir="auto">
          {last
            ? `${last.sender === desk.client.address ? 'You: ' : ''}${textOf(last).slice(0, 120)}`
            : 'Its text follows later'}
        </span>
        {desk.inbox.hasOthers(entry) && (
          <small class="since">
            since <Time at={conversation.createdAt} />
          </small>
        )}
        {isUnread && <span class="mark">new</span>}
      </span>
    </button>
  )
}
