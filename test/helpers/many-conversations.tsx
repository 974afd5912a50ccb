import { signal } from '@preact/signals'
import { render } from 'preact'
import type { Desk } from '../../web/desk/create-desk.ts'
import type { Entry } from '../../web/inbox/inbox.ts'
import { List } from '../../web/views/list.tsx'

// A page with the list alone, of 2,000 conversations that nobody has had.

const address = (i: number) => `0x${i.toString(16).padStart(40, '0')}`

const entries = Array.from({ length: 2_000 }, (_, i) => {
  const sentAt = new Date(1_700_000_000_000 - i * 60_000)
  const conversation = { peerAddress: address(i), topic: `t${i}`, createdAt: sentAt }
  const last = { sender: conversation.peerAddress, content: `Letter ${i}`, sentAt }
  return { key: `${i}`, conversation, last, isUnread: false, isRequest: false } as unknown as Entry
})

const inbox = { entries: signal(entries), problem: signal(undefined), hasOthers: () => false }
const desk = {
  client: { address: address(9_999) },
  inbox,
  waiting: signal(undefined),
  nameOf: () => undefined,
} as unknown as Desk

const root = document.getElementById('app')
if (root) {
  render(
    <div class="desk" data-open="false">
      <nav class="list" aria-label="Mail">
        <List desk={desk} />
      </nav>
    </div>,
    root,
  )
}
