import { useComputed, useSignalEffect } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import type { Desk } from '../desk/create-desk.ts'
import { go, place } from '../desk/place.ts'
import { degraded, signOut } from '../session/sign-in.ts'
import { isNodeUp } from '../session/watch-node.ts'
import { later } from './later.tsx'
import { List } from './list.tsx'
import { Account, Copy } from './parts.tsx'

const NewLetter = later(async () => (await import('./new-letter.tsx')).NewLetter)
const Thread = later(async () => (await import('./thread.tsx')).Thread)
const Rule = later(async () => (await import('./rule.tsx')).Rule)
const Money = later(async () => (await import('../money/money.tsx')).Money)

/** The mail of whoever is signed in. */
export function DeskView({ desk }: { readonly desk: Desk }) {
  useEffect(() => desk.inbox.close, [desk])
  useSignalEffect(() => {
    const { value } = place
    void desk.inbox.open(value.kind === 'thread' ? value.key : undefined)
  })
  const unread = useComputed(() => desk.inbox.entries.value?.filter((entry) => entry.isUnread).length ?? 0)
  useSignalEffect(() => {
    document.title = unread.value > 0 ? `(${unread.value}) Pennypost` : 'Pennypost'
  })
  return (
    <div class="desk" data-open={place.value.kind !== 'list'}>
      <Top desk={desk} />
      <nav aria-label="Mail" class="list">
        <List desk={desk} />
      </nav>
      <main class="detail" id="detail">
        <Detail desk={desk} />
      </main>
    </div>
  )
}

function Top({ desk }: { readonly desk: Desk }) {
  const { address } = desk.client
  return (
    <header class="top">
      <span class="brand">
        <img src="./stamp.svg" alt="" width="24" height="24" /> Pennypost
      </span>
      <span class="who">
        <Account address={address} name={desk.nameOf(address)} />
        <Copy text={address} label={`Copy your address ${address}`} />
      </span>
      <button type="button" class="quiet" onClick={() => go({ kind: 'rule' })}>
        Who may write
      </button>
      <button type="button" class="quiet" onClick={() => go({ kind: 'money' })}>
        Money
      </button>
      <button type="button" class="quiet" onClick={signOut}>
        Sign out
      </button>
      <Health />
    </header>
  )
}

/** What does not work now, for those who see and those who listen. */
function Health() {
  return (
    <div class="health" role="status">
      {!isNodeUp.value && (
        <p class="notice">The node does not answer. What you have read stays; the rest comes once it is back.</p>
      )}
      {degraded.value.length > 0 && (
        <p class="notice">
          Something does not work as it should, and the rest goes on: <code>{degraded.value.join(', ')}</code>
        </p>
      )}
    </div>
  )
}

function Detail({ desk }: { readonly desk: Desk }) {
  const { value } = place
  if (value.kind === 'new') return <NewLetter desk={desk} />
  if (value.kind === 'rule') return <Rule desk={desk} />
  if (value.kind === 'money') return <Money desk={desk} />
  const entry = value.kind === 'thread' && desk.inbox.entries.value?.find(({ key }) => key === value.key)
  if (entry) return <Thread key={entry.key} desk={desk} entry={entry} />
  return (
    <div class="empty">
      <h1>{value.kind === 'thread' ? 'This conversation is not here any more.' : 'Your mail'}</h1>
      {value.kind === 'list' && <p>Choose a conversation, or write a letter.</p>}
    </div>
  )
}
