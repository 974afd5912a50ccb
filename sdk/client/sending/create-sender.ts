import { deriveConversation, legacyConversation } from '../../xmtp/index.ts'
import type { Thread } from '../mailbox/thread.ts'
import type { PostageOptions } from '../postage/options.ts'
import { rememberedPeer } from '../session/known-peers.ts'
import { type Refusal, refuse } from '../session/refusal.ts'
import type { Session } from '../session/session.ts'
import { createFirstLetter, type FirstLetter, type LetterStart } from './first-letter.ts'
import { createLetterSender } from './letter-sender.ts'
import type { Mailroom } from './mailroom.ts'
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
  if (!peer.policy.sealedKey) {
    return withConsent(
      mailroom,
      createVisibleSender(mailroom, { thread: visibleThread(mailroom.session, start), peer }),
    )
  }
  const letter = createFirstLetter(mailroom, start)
  return createLetterSender(mailroom, { thread: letterThread(letter), first: letter, peer })
}

/**
 * Sends on the visible path only where the caller has said so: to begin there, and wherever the peer could once be written to
 * in letters. A node that hides the peer's key, or a peer that invites in the open, must not draw anybody out.
 */
function withConsent({ session, inbox }: Mailroom, sender: Sender): Sender {
  function wasSealed(): boolean {
    const { peer } = sender.thread()
    const isInLetters = inbox.threads().some((thread) => thread.peer === peer && thread.kind === 'letter')
    return isInLetters || rememberedPeer(session.log, peer).isSealed
  }

  function refusal({ quote, path = quote?.path }: PostageOptions): Refusal | undefined {
    if (path === 'visible') return undefined
    if (path !== 'sealed' && !sender.isNew() && !wasSealed()) return undefined
    return refuse(
      'path.visible',
      `The node would learn that you write to ${sender.thread().peer}. Pass \`path: 'visible'\`, or a quote that says so.`,
    )
  }

  return {
    ...sender,
    send: async (content, options) => refusal(options) ?? sender.send(content, options),
  }
}

const letterThread = ({ conversation }: FirstLetter): Thread => {
  const { topic, peer, createdNs } = conversation
  return { kind: 'letter', topic, peer, createdNs, conversation }
}

/** The conversation that stock clients of both accounts would begin. */
function visibleThread({ keyring, clock }: Session, { peer: account, context }: Beginning): Thread {
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
