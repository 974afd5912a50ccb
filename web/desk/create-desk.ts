import type { Conversation } from '@pennypost/sdk'
import type { ResolvedName } from '@pennypost/sdk/policy'
import type { ReadonlySignal, Signal } from '@preact/signals'
import { findWaiting } from '../inbox/find-waiting.ts'
import { Inbox, keyOf } from '../inbox/inbox.ts'
import { keepSeen } from '../inbox/keep-seen.ts'
import type { Waiting } from '../inbox/watch-waiting.ts'
import { createDraft, type Draft } from '../letter/create-draft.ts'
import { Acts } from '../money/acts.ts'
import { seenOf } from '../session/keep-session.ts'
import { type Session, unattendedNews } from '../session/sign-in.ts'
import { openTabs } from '../session/tabs.ts'
import { keepDrafts } from './keep-drafts.ts'
import { go } from './place.ts'

/** What somebody who is signed in works with. */
export type Desk = Session & {
  readonly inbox: Inbox
  /** Letters from before the account had keys, where there are some. */
  readonly waiting: ReadonlySignal<Waiting | undefined>
  /** What is being done with money. */
  readonly acts: Acts
  /** A letter to somebody who is not in the list yet. */
  readonly letter: { readonly to: Signal<string>; readonly draft: Draft }
  /** What is being written in a conversation. */
  draftIn(conversation: Conversation): Draft
  /** Whose account a name is, where the person has a wallet that can be asked: it is, and nothing else. */
  readonly lookUp: ((name: string) => Promise<ResolvedName>) | undefined
  /** The name of an account of a network for trying things out. */
  nameOf(address: string): string | undefined
}

/** Opens the mail of whoever has signed in. */
export function createDesk(session: Session): Desk {
  const { client, info, wallet } = session
  const account = `${info.network.name} ${client.address}`
  const inbox = new Inbox(client, {
    tabs: (signal) => openTabs(account, signal),
    seen: (over) => keepSeen(seenOf(client.address), { over }),
  })
  const waiting = findWaiting(client, {
    news: unattendedNews,
    over: inbox.over,
    onOpened: () => void inbox.refresh(),
  })
  const acts = new Acts()
  inbox.over.addEventListener('abort', () => acts.stop())
  const kept = keepDrafts(client.address, inbox.over)
  const drafts = new Map<string, Draft>()
  const onSent = async (conversation: Conversation) => {
    go({ kind: 'thread', key: keyOf(conversation) })
    await inbox.sent(conversation)
  }
  const to = kept.text('to')
  const nameOf = (address: string) =>
    info.local?.accounts.find((one) => one.address.toLowerCase() === address.toLowerCase())?.name
  return {
    ...session,
    inbox,
    waiting,
    acts,
    letter: {
      to,
      draft: createDraft(() => client.conversations.new(to.value.trim()), { text: kept.text('new'), onSent }),
    },
    draftIn(conversation) {
      const key = keyOf(conversation)
      const draft = drafts.get(key) ?? createDraft(async () => conversation, { text: kept.text(key), onSent })
      drafts.set(key, draft)
      return draft
    },
    lookUp: nameOf(client.address)
      ? undefined // its wallet is this page's own, and knows no chain but one for trying
      : async (name) => (await import('../names/look-up-name.ts')).lookUpName(name, wallet),
    nameOf,
  }
}
