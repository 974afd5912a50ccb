import { deriveConversation, legacyConversation } from '../../xmtp/index.ts'
import type { Thread } from '../mailbox/thread.ts'
import type { Peer } from '../session/peer.ts'
import type { Session } from '../session/session.ts'
import { createFirstLetter, type FirstLetter, type LetterStart } from './first-letter.ts'
import { createLetterSender } from './letter-sender.ts'
import type { Mailroom } from './mailroom.ts'
import { refuseVisible } from './refuse-visible.ts'
import type { Sender } from './sender.ts'
import { createVisibleSender } from './visible-sender.ts'

/** An account to begin a conversation with, and what the application says it is about. */
export type Beginning = LetterStart

/** A conversation that exists, or an account to begin one with. */
export type Start = { readonly thread: Thread } | Beginning

/** Makes what sends in a conversation: sealed wherever the peer can open letters, else as stock clients do. */
export function createSender(mailroom: Mailroom, start: Start): Sender {
  if ('thread' in start) {
    const { thread } = start
    if (thread.kind === 'letter') return createLetterSender(mailroom, { thread })
    return withConsent(mailroom, createVisibleSender(mailroom, { thread }))
  }
  const { peer } = start
  if ('bundle' in peer && !peer.policy.sealedKey) {
    return withConsent(
      mailroom,
      createVisibleSender(mailroom, { thread: visibleThread(mailroom.session, { ...start, peer }), peer }),
    )
  }
  const letter = createFirstLetter(mailroom, start)
  return createLetterSender(mailroom, { thread: letterThread(letter), first: letter })
}

/** Sends on the visible path only where the caller has said so: see {@link refuseVisible}. */
function withConsent(mailroom: Mailroom, sender: Sender): Sender {
  return {
    ...sender,
    async send(content, options) {
      const { peer } = sender.thread()
      const begun = sender.isNew() ? 'new' : 'begun'
      return refuseVisible(mailroom, { ...options, peer, begun }) ?? sender.send(content, options)
    },
  }
}

const letterThread = ({ conversation }: FirstLetter): Thread => {
  const { topic, peer, createdNs } = conversation
  return { kind: 'letter', topic, peer, createdNs, conversation }
}

/** The conversation that stock clients of both accounts would begin. */
function visibleThread(
  { keyring, clock }: Session,
  { peer: account, context }: Beginning & { readonly peer: Peer },
): Thread {
  const { address: peer, bundle, isLegacy } = account
  const createdNs = clock.nextNs()
  if (isLegacy) {
    const conversation = legacyConversation(keyring.identity.address, peer, createdNs)
    return { kind: 'direct', topic: conversation.topic, peer, createdNs, conversation }
  }
  const keys = deriveConversation(keyring, bundle, context?.conversationId)
  const conversation = { version: 'v2' as const, ...keys, peer, createdNs, context }
  return { kind: 'invitation', topic: keys.topic, peer, createdNs, conversation }
}
