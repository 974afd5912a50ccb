import { deriveConversation, legacyConversation } from '../../xmtp/index.ts'
import type { Thread } from '../mailbox/thread.ts'
import type { Peer, Recipient } from '../session/peer.ts'
import type { Session } from '../session/session.ts'
import { createFirstLetter, type FirstLetter, type LetterStart } from './first-letter.ts'
import { createLetterSender } from './letter-sender.ts'
import type { Mailroom } from './mailroom.ts'
import { refuseVisible } from './refuse-visible.ts'
import type { Sender } from './sender.ts'
import type { createUnattendedLetter } from './unattended-letter.ts'
import { createVisibleSender } from './visible-sender.ts'

/** An account to begin a conversation with, and what the application says it is about. */
export type Beginning = LetterStart<Peer | Recipient> & {
  /** Makes a letter to an account that has published no keys: its code is for who needs it. */
  readonly toUnattended?: typeof createUnattendedLetter | undefined
}

/** A conversation that exists, or an account to begin one with. */
export type Start = { readonly thread: Thread } | Beginning

/** Makes what sends in a conversation: sealed wherever the peer can open letters, else as stock clients do. */
export function createSender(mailroom: Mailroom, start: Start): Sender {
  if ('thread' in start) {
    const { thread } = start
    if (thread.kind === 'letter') return createLetterSender(mailroom, { thread })
    return withConsent(mailroom, createVisibleSender(mailroom, { thread }))
  }
  const letter = beginLetter(mailroom, start)
  if (letter) return createLetterSender(mailroom, { thread: letterThread(letter), first: letter })
  const { peer } = start as LetterStart
  const thread = visibleThread(mailroom.session, { ...start, peer })
  return withConsent(mailroom, createVisibleSender(mailroom, { thread, peer }))
}

/** Undefined where the account has clients, and none of them opens letters. */
function beginLetter(mailroom: Mailroom, { peer, toUnattended, ...start }: Beginning): FirstLetter | undefined {
  if (!('bundle' in peer)) return toUnattended?.(mailroom, { peer, ...start })
  return peer.policy.sealedKey && createFirstLetter(mailroom, { peer, ...start })
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
function visibleThread({ keyring, clock }: Session, { peer: account, context }: LetterStart): Thread {
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
