import { doublingDelays, retry } from '../../async.ts'
import { ephemeralTopic } from '../../codec/index.ts'
import {
  type AnonymousNode,
  type NamedNode,
  NodeUnavailableError,
  type StreamedEnvelope,
} from '../../transport/index.ts'
import { type Channel, createChannel } from '../mailbox/channel.ts'
import { createGrowingStream, type GrowingStream } from '../mailbox/growing-stream.ts'
import { type Message, readMessage } from '../mailbox/messages.ts'
import { createStops } from '../mailbox/stops.ts'
import { threadKey } from '../mailbox/thread.ts'
import type { Mailroom } from '../sending/mailroom.ts'
import type { Conversation } from './conversation.ts'
import type { Conversations } from './conversations.ts'

type Arrived = Pick<StreamedEnvelope, 'contentTopic' | 'message'>

type Streaming = {
  readonly mailroom: Mailroom
  readonly conversations: Conversations
  readonly channel: Channel<Message>
  /** Ends with the stream. */
  readonly over: AbortSignal
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
  const stops = createStops()
  const channel = createChannel<Message>(stops.stop)
  const ending = new AbortController()
  const streaming = open(mailroom, conversations, { channel, signal, over: ending.signal })
  stops.add(streaming.sealed.close)
  stops.add(streaming.visible.close)
  stops.add(() => ending.abort())
  try {
    const opening = conversations.subscribe(signal)
    stops.addLater(opening)
    const beginnings = await opening
    stops.add(mailroom.inbox.onBegin((thread) => follow(streaming, conversations.of(thread))))
    stops.add(mailroom.following.onJoin((thread) => follow(streaming, conversations.of(thread))))
    stops.add(mailroom.prepared.onReady((topics) => later(streaming, () => listenAhead(streaming, topics))))
    await followAll(streaming, await conversations.list({ signal }), 'now')
    await listenAhead(streaming, mailroom.prepared.topics())
    void run(streaming, beginnings)
    return channel
  } catch (error) {
    channel.end()
    throw error
  }
}

function open(
  mailroom: Mailroom,
  conversations: Conversations,
  { channel, signal, over }: Pick<Streaming, 'channel' | 'over'> & { readonly signal: AbortSignal | undefined },
): Streaming {
  const { named, anonymous } = mailroom.session
  const receive = (envelope: Arrived) => receiveAll(streaming, envelope)
  const growing = (node: NamedNode | AnonymousNode) =>
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
    over,
    ...sets,
    sealed: growing(anonymous),
    visible: growing(named),
  }
  return streaming
}

/** Listens to conversations that were opened ahead, so that sending the letter that names one changes nothing. */
async function listenAhead({ sealed }: Streaming, topics: readonly string[]): Promise<void> {
  await sealed.add(topics.flatMap(bothOf), 'now')
}

/** Does something while the stream goes on, again and again where the node cannot be reached. */
function later({ channel, over }: Streaming, step: () => Promise<void>): void {
  const mayPass = (error: unknown) => error instanceof NodeUnavailableError
  retry(step, { delaysMs: doublingDelays(500, 15_000), mayPass, signal: over }).catch((error) => {
    if (!over.aborted) channel.fail(error)
  })
}

/** Reads a conversation that has begun meanwhile, from its start. */
const follow = (streaming: Streaming, conversation: Conversation): void =>
  later(streaming, () => followAll(streaming, [conversation], 'start'))

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
      const known = streaming.byTopic.get(topic) ?? []
      if (!known.includes(conversation)) streaming.byTopic.set(topic, [...known, conversation])
    }
  }
  const topicsOf = (path: string) => fresh.filter((one) => one.path === path).flatMap(({ topic }) => bothOf(topic))
  try {
    await streaming.visible.add(topicsOf('visible'), from)
    await streaming.sealed.add(topicsOf('sealed'), from)
  } catch (error) {
    for (const { thread } of fresh) streaming.followed.delete(threadKey(thread))
    throw error
  }
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
  follow(streaming, conversation)
}

/** What an account sends that was denied is nobody's business any more, nor what comes in a conversation that was declined. */
async function deliver(
  { mailroom, channel, seen }: Streaming,
  { thread }: Conversation,
  envelope: Arrived,
): Promise<void> {
  if (mailroom.consents.of(thread.peer) === 'denied' || mailroom.consents.isDeclined(thread)) return
  const message = await readMessage(mailroom.reading, thread, envelope)
  if (!message || seen.has(message.origin)) return
  seen.add(message.origin)
  channel.push(message)
}
