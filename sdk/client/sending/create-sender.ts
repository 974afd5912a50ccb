import type { ConversationContext } from '../../codec/index.ts'
import { deriveConversation, legacyConversation } from '../../xmtp/index.ts'
import type { Thread } from '../mailbox/thread.ts'
import type { ClientContext } from '../session/context.ts'
import type { Peer } from '../session/peer.ts'
import type { Shared } from '../session/shared.ts'
import { createFirstLetter, type FirstLetter } from './first-letter.ts'
import { createLetterSender } from './letter-sender.ts'
import type { Sender } from './sender.ts'
import { createOpenSender } from './visible-sender.ts'

/** An account to begin a conversation with, and what the application says it is about. */
export type Beginning = { readonly peer: Peer; readonly context?: ConversationContext | undefined }

/** A conversation that exists, or an account to begin one with. */
export type Start = { readonly thread: Thread } | Beginning

/** Makes what sends in a conversation: sealed wherever the peer can open letters, else as stock clients do. */
export function createSender(shared: Shared, start: Start): Sender {
  if ('thread' in start) {
    const { thread } = start
    return thread.kind === 'letter' ? createLetterSender(shared, { thread }) : createOpenSender(shared, { thread })
  }
  const { peer } = start
  if (!peer.policy.sealedKey) return createOpenSender(shared, { thread: openThread(shared.context, start), peer })
  const letter = createFirstLetter(shared.context, start)
  return createLetterSender(shared, { thread: letterThread(letter), first: letter, peer })
}

const letterThread = ({ conversation }: FirstLetter): Thread => {
  const { topic, peer, createdNs } = conversation
  return { kind: 'letter', topic, peer, createdNs, conversation }
}

/** The conversation that stock clients of both accounts would begin. */
function openThread({ keyring, clock }: ClientContext, { peer: account, context }: Beginning): Thread {
  const { address: peer, bundle, isLegacy } = account
  const createdNs = clock.nextNs()
  if (isLegacy) {
    const conversation = legacyConversation(keyring.identity.address, peer, createdNs)
    return { kind: 'direct', topic: conversation.topic, peer, createdNs, conversation }
  }
  const keys = deriveConversation(keyring, bundle, context?.conversationId)
  const conversation = { version: 'v2' as const, ...keys, peer, createdNs, ...(context && { context }) }
  return { kind: 'invitation', topic: keys.topic, peer, createdNs, conversation }
}
