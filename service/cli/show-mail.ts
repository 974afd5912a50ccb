import type { Client, Conversation, Message } from '@pennypost/sdk'
import type { Answer } from './command.ts'
import { showText, showTime } from './print.ts'

/** A message. What cannot be read is said by its fallback. */
export function showMessage({ id, topic, sender, sentAt, contentType, content, fallback, problem }: Message): Answer {
  const text = typeof content === 'string' ? content : (fallback ?? null)
  const json = { id, topic, sender, sentAt: sentAt.toISOString(), contentType, text, problem: problem?.code }
  return { json, text: `${showTime(sentAt)} ${sender}\n    ${showText(text ?? `(${problem?.code ?? contentType})`)}` }
}

/** A conversation without its messages. */
export const conversationJson = ({ peerAddress, topic, kind, path, createdAt, context }: Conversation) => ({
  peer: peerAddress,
  topic,
  kind,
  path,
  createdAt: createdAt.toISOString(),
  about: context?.conversationId,
})

/** Conversations with what the account has said of who writes there; those of denied accounts only where they are asked for. */
export async function listConversations(
  { conversations }: Client,
  { isAll, signal }: { readonly isAll: boolean; readonly signal: AbortSignal },
) {
  const listed = []
  for (const consent of isAll ? (['allowed', 'unknown', 'denied'] as const) : (['allowed', 'unknown'] as const)) {
    for (const conversation of await conversations.list({ consent, signal })) listed.push({ consent, conversation })
  }
  return listed.sort((a, b) => a.conversation.createdAt.getTime() - b.conversation.createdAt.getTime())
}
