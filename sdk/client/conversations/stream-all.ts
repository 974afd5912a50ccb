import { ephemeralTopic } from '../../codec/index.ts'
import type { AnonymousNode, NamedNode, StreamedEnvelope } from '../../transport/index.ts'
import { type Channel, createChannel } from '../mailbox/channel.ts'
import { createGrowingStream, type GrowingStream } from '../mailbox/growing-stream.ts'
import { type Message, readMessage } from '../mailbox/messages.ts'
import { type Thread, threadKey } from '../mailbox/thread.ts'
import type { Mailroom } from '../sending/mailroom.ts'
import type { Conversation } from './conversation.ts'
import type { Conversations } from './conversations.ts'

type Arrived = Pick<StreamedEnvelope, 'contentTopic' | 'message'>

type Streaming = {
  readonly mailroom: Mailroom
  readonly conversations: Conversations
  readonly channel: Channel<Message>
  readonly byTopic: Map<string, Conversation[]>
  readonly followed: Set<string>
  readonly seen: Set<string>
  /** Sealed conversations are asked for in nobody's name; those that the node sees anyway, in the account's. */
  readonly sealed: GrowingStream
  readonly visible: GrowingStream
}

/**
 * Every message of every conversation, as it comes; conversations that begin meanwhile are included. All sealed
 * conversations share one connection, which says that one reader has them, but not who.
 */
export async function streamAllMessages(
  mailroom: Mailroom,
  conversations: Conversations,
  signal?: AbortSignal,
): Promise<AsyncIterableIterator<Message>> {
  const stops: (() => void)[] = []
  const channel = createChannel<Message>(() => {
    for (const stop of stops) stop()
  })
  const streaming = open(mailroom, conversations, { channel, signal })
  const { sealed, visible } = streaming
  const beginnings = await conversations.subscribe(signal)
  stops.push(sealed.close, visible.close, () => void beginnings.return?.())
  const follow = (thread: Thread, from: 'now' | 'start') =>
    followAll(streaming, [conversations.of(thread)], from).catch((error) => channel.fail(error))
  stops.push(mailroom.inbox.onBegin((thread) => void follow(thread, 'start')))
  stops.push(mailroom.following.onJoin((thread) => void follow(thread, 'start')))
  stops.push(mailroom.prepared.onReady((topics) => void listenAhead(streaming, topics)))
  await followAll(streaming, await conversations.list({ signal }), 'now')
  await listenAhead(streaming, mailroom.prepared.topics())
  void run(streaming, beginnings)
  return channel
}

function open(
  mailroom: Mailroom,
  conversations: Conversations,
  { channel, signal }: { readonly channel: Channel<Message>; readonly signal: AbortSignal | undefined },
): Streaming {
  const { named, anonymous } = mailroom.session
  const receive = (envelope: Arrived) => receiveAll(streaming, envelope)
  const over = (node: NamedNode | AnonymousNode) =>
    createGrowingStream({
      subscribe: (contentTopics, after) => node.subscribe({ contentTopics, after, signal }),
      async *read(topic) {
        for await (const page of node.query({ contentTopics: [topic] }, { signal })) yield* page.envelopes
      },
      receive,
      onError: (error) => channel.fail(error),
    })
  const sets = { byTopic: new Map(), followed: new Set<string>(), seen: new Set<string>() }
  const streaming: Streaming = {
    mailroom,
    conversations,
    channel,
    ...sets,
    sealed: over(anonymous),
    visible: over(named),
  }
  return streaming
}

/** Listens to conversations that were opened ahead, so that sending the letter that names one changes nothing. */
async function listenAhead({ sealed, channel }: Streaming, topics: readonly string[]): Promise<void> {
  await sealed.add(topics.flatMap(bothOf), 'now').catch((error) => channel.fail(error))
}

async function followAll(
  streaming: Streaming,
  conversations: readonly Conversation[],
  from: 'now' | 'start',
): Promise<void> {
  const { following } = streaming.mailroom
  const fresh = conversations.filter(({ thread }) => {
    const key = threadKey(thread)
    if (streaming.followed.has(key) || !following.isJoined(thread)) return false
    streaming.followed.add(key)
    return true
  })
  for (const conversation of fresh) {
    for (const topic of bothOf(conversation.topic)) {
      streaming.byTopic.set(topic, [...(streaming.byTopic.get(topic) ?? []), conversation])
    }
  }
  const topicsOf = (path: string) => fresh.filter((one) => one.path === path).flatMap(({ topic }) => bothOf(topic))
  await streaming.visible.add(topicsOf('visible'), from)
  await streaming.sealed.add(topicsOf('sealed'), from)
}

const bothOf = (topic: string): string[] => [topic, ephemeralTopic(topic)]

async function receiveAll(streaming: Streaming, envelope: Arrived): Promise<void> {
  for (const conversation of streaming.byTopic.get(envelope.contentTopic) ?? []) {
    await deliver(streaming, conversation, envelope)
  }
}

async function run(streaming: Streaming, source: AsyncIterable<StreamedEnvelope>): Promise<void> {
  const { channel } = streaming
  try {
    for await (const envelope of source) await begin(streaming, envelope)
    channel.end()
  } catch (error) {
    channel.fail(error)
  }
}

/** A conversation begins: its messages since, and the one that came with it. */
async function begin(streaming: Streaming, envelope: StreamedEnvelope): Promise<void> {
  const conversation = streaming.conversations.receive(envelope)
  if (!conversation) return
  const { topic, first, kind } = conversation.thread
  const message = kind === 'direct' ? envelope.message : first
  if (message) await deliver(streaming, conversation, { contentTopic: topic, message })
  await followAll(streaming, [conversation], 'start')
}

/** What an account sends that was denied is nobody's business any more. */
async function deliver(
  { mailroom, channel, seen }: Streaming,
  { thread }: Conversation,
  envelope: Arrived,
): Promise<void> {
  if (mailroom.consents.of(thread.peer) === 'denied') return
  const message = await readMessage(mailroom.session, thread, envelope)
  if (!message || seen.has(message.origin)) return
  seen.add(message.origin)
  channel.push(message)
}
