import { ephemeralTopic } from '../../codec/index.ts'
import type { StreamedEnvelope, Subscription } from '../../transport/index.ts'
import { type Channel, createChannel } from '../mailbox/channel.ts'
import { type Message, readMessage } from '../mailbox/messages.ts'
import { threadKey } from '../mailbox/thread.ts'
import type { Shared } from '../session/shared.ts'
import type { Conversation } from './conversation.ts'
import type { Conversations } from './conversations.ts'

type Streaming = {
  readonly shared: Shared
  readonly conversations: Conversations
  readonly channel: Channel<Message>
  readonly sources: Set<Subscription>
  readonly followed: Set<string>
  readonly seen: Set<string>
  readonly signal: AbortSignal | undefined
}

/**
 * Every message of every conversation, as it comes; conversations that begin meanwhile are included. Each sealed
 * conversation has a connection of its own, without a token: to ask for two of them at once would tell the node that one
 * account is in both.
 */
export async function streamAllMessages(
  shared: Shared,
  conversations: Conversations,
  signal?: AbortSignal,
): Promise<AsyncIterableIterator<Message>> {
  const sources = new Set<Subscription>()
  const channel = createChannel<Message>(() => {
    stop()
    for (const source of sources) void source.return?.()
  })
  const streaming: Streaming = { shared, conversations, channel, sources, followed: new Set(), seen: new Set(), signal }
  const stop = shared.inbox.onBegin((thread) => {
    follow(streaming, [conversations.of(thread)], 0n).catch((error) => channel.fail(error))
  })
  const beginnings = await conversations.subscribe(signal)
  sources.add(beginnings)
  const known = await conversations.list(signal ? { signal } : {})
  await followAll(streaming, known)
  void run(streaming, beginnings, (envelope) => begin(streaming, envelope))
  return channel
}

/** Conversations that the node sees anyway share one connection. */
async function followAll(streaming: Streaming, known: readonly Conversation[]): Promise<void> {
  const visible = known.filter(({ path }) => path === 'visible')
  const sealed = known.filter(({ path }) => path === 'sealed')
  if (visible.length > 0) await follow(streaming, visible)
  await Promise.all(sealed.map((conversation) => follow(streaming, [conversation])))
}

async function follow(streaming: Streaming, conversations: readonly Conversation[], after?: bigint): Promise<void> {
  const { shared, sources, followed, signal } = streaming
  const byTopic = new Map<string, Conversation[]>()
  for (const conversation of conversations) {
    const key = threadKey(conversation.thread)
    if (followed.has(key)) continue
    followed.add(key)
    for (const topic of [conversation.topic, ephemeralTopic(conversation.topic)]) {
      byTopic.set(topic, [...(byTopic.get(topic) ?? []), conversation])
    }
  }
  if (byTopic.size === 0) return
  const source = await shared.context.node.subscribe({
    contentTopics: [...byTopic.keys()],
    ...(after !== undefined && { after }),
    ...(signal && { signal }),
  })
  sources.add(source)
  void run(streaming, source, async (envelope) => {
    for (const conversation of byTopic.get(envelope.contentTopic) ?? [])
      await deliver(streaming, conversation, envelope)
  })
}

/** A conversation begins: its messages since, and the one that came with it. */
async function begin(streaming: Streaming, envelope: StreamedEnvelope): Promise<void> {
  const conversation = streaming.conversations.receive(envelope)
  if (!conversation) return
  const { topic, first, kind } = conversation.thread
  const message = kind === 'direct' ? envelope.message : first
  if (message) await deliver(streaming, conversation, { contentTopic: topic, message })
  await follow(streaming, [conversation], 0n)
}

async function deliver(
  { shared, channel, seen }: Streaming,
  { thread }: Conversation,
  envelope: { contentTopic: string; message: Uint8Array },
): Promise<void> {
  const message = await readMessage(shared.context, thread, envelope)
  if (!message || seen.has(message.id)) return
  seen.add(message.id)
  channel.push(message)
}

async function run(
  { channel }: Streaming,
  source: AsyncIterable<StreamedEnvelope>,
  receive: (envelope: StreamedEnvelope) => Promise<void>,
): Promise<void> {
  try {
    for await (const envelope of source) await receive(envelope)
    channel.end()
  } catch (error) {
    channel.fail(error)
  }
}
