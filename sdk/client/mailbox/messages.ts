import { type DecodedContent, decodeContent, standardType } from '../../content/index.ts'
import type { Address } from '../../crypto/index.ts'
import { BaseError } from '../../errors.ts'
import {
  type ConversationV2,
  type DecryptedMessage,
  mostRoundedNs,
  openLegacyMessage,
  openMessage,
} from '../../xmtp/index.ts'
import type { Session } from '../session/session.ts'
import type { Broken } from './broken.ts'
import { type ConnectionContent, connectionType } from './connection-content.ts'
import { keepConnection } from './keep-connection.ts'
import type { Thread } from './thread.ts'

/** A message as an application shows it. */
export type Message = {
  readonly id: string
  /** @internal The same of all copies of one message, whatever a node has changed around it. */
  readonly origin: string
  /** The conversation's topic. */
  readonly topic: string
  readonly sender: Address
  /** As its author says; where all that others can see is a minute, within that minute. */
  readonly sentNs: bigint
  readonly sentAt: Date
  /** As `xmtp.org/text:1.0`. */
  readonly contentType: string
  /** Undefined where it cannot be read; then `problem` says why and `fallback` may be shown instead. */
  readonly content: unknown
  readonly fallback?: string | undefined
  readonly problem?: { readonly code: string; readonly message: string } | undefined
}

/** Which messages, and in which order. Oldest first, all of them, unless told otherwise. */
export type MessageQuery = {
  readonly limit?: number | undefined
  readonly direction?: 'ascending' | 'descending' | undefined
  readonly since?: Date | undefined
  readonly until?: Date | undefined
  readonly signal?: AbortSignal | undefined
}

/** What reading messages works with. */
export type Reading = Pick<
  Session,
  'named' | 'anonymous' | 'keyring' | 'registry' | 'log' | 'copies' | 'network' | 'clock' | 'tell'
> & { readonly broken: Broken }
/** A letter's conversation that is not joined has only what came in the letter. */
type ThreadQuery = MessageQuery & { readonly isJoined?: boolean | undefined }
type MessageBytes = { readonly contentTopic: string; readonly message: Uint8Array }

/** Reads the messages of a conversation: what is not valid is left out, what is for clients only is kept by the client. */
export async function readMessages(context: Reading, thread: Thread, query: ThreadQuery = {}): Promise<Message[]> {
  const { limit = Number.POSITIVE_INFINITY, direction = 'ascending' } = query
  const found = new Map<string, Message>()
  const isBeyond = createEdge(thread)
  for await (const envelope of envelopesOf(context, thread, query)) {
    const message = await readMessage(context, thread, envelope)
    if (message && isWithin(message, query)) found.set(message.origin, found.get(message.origin) ?? message)
    // One more than asked, since the letter's own message comes first in any order.
    if (message && found.size > limit && isBeyond(message)) break
  }
  const sign = direction === 'ascending' ? 1 : -1
  return [...found.values()].sort((a, b) => sign * compare(a, b)).slice(0, limit)
}

async function* envelopesOf(
  { named, anonymous }: Reading,
  { topic, first, kind }: Thread,
  query: ThreadQuery,
): AsyncGenerator<MessageBytes> {
  const { direction = 'ascending', signal } = query
  if (first) yield { contentTopic: topic, message: first }
  if (query.isJoined === false) return
  const request = { contentTopics: [topic], direction, ...boundsOf(query, { kind }) }
  const node = kind === 'letter' ? anonymous : named
  for await (const page of node.query(request, { signal })) yield* page.envelopes
}

/** Opens and decodes one message; undefined where it is not valid, or not for people. */
export async function readMessage(
  context: Reading,
  thread: Thread,
  envelope: MessageBytes,
): Promise<Message | undefined> {
  const opened = context.broken.has(thread, envelope) ? undefined : open(context, thread, envelope)
  if (!opened) return undefined
  const decoded = await decodeContent(context.registry, opened.payload).catch((error) => {
    if (error instanceof BaseError) return undefined
    throw error
  })
  if (!decoded) return skip(context, { thread, envelope, code: 'content.malformed' })
  if (decoded.type.sameAs(connectionType)) return keepGranted(context, opened, decoded)
  if (!decoded.ok && decoded.type.sameAs(readReceiptType)) return undefined
  context.clock.seen(opened, thread.topic)
  return toMessage(isRounded(thread) ? opened : { ...opened, sentNs: opened.createdNs }, decoded)
}

/** What stock apps send when a message was seen: nothing that is said, unless an application has a codec for it. */
const readReceiptType = standardType('readReceipt')

/** Whether headers here say no more than the minute. Elsewhere a time inside would only be another one than the node goes by. */
const isRounded = ({ kind }: Pick<Thread, 'kind'>): boolean => kind === 'letter'

function open(context: Reading, thread: Thread, envelope: MessageBytes): DecryptedMessage | undefined {
  const { conversation } = thread
  try {
    if (conversation.version === 'v1') return openLegacyMessage(context.keyring, { ...envelope })
    return openMessage(context.keyring, conversation satisfies ConversationV2, envelope)
  } catch (error) {
    if (!(error instanceof BaseError)) throw error
    return skip(context, { thread, envelope, code: error.code })
  }
}

type Skipped = { readonly thread: Thread; readonly envelope: MessageBytes; readonly code: string }

/** Said once: it is not tried again. */
function skip({ broken, tell }: Reading, { thread, envelope, code }: Skipped): undefined {
  broken.add(thread, envelope)
  tell({ kind: 'skipped', what: 'message', code })
}

function toMessage(opened: DecryptedMessage, decoded: DecodedContent): Message {
  const { id, origin, topic, sender, sentNs } = opened
  return {
    id,
    origin,
    topic,
    sender,
    sentNs,
    sentAt: new Date(Number(sentNs / 1_000_000n)),
    contentType: decoded.type.toString(),
    content: decoded.ok ? decoded.content : undefined,
    fallback: decoded.fallback,
    problem: decoded.ok ? undefined : { code: decoded.code, message: decoded.message },
  }
}

/** Nothing is shown of a connection. */
async function keepGranted(
  context: Reading,
  { sender }: DecryptedMessage,
  decoded: DecodedContent,
): Promise<undefined> {
  if (!decoded.ok || sender === context.keyring.identity.address) return
  await keepConnection(context, { sender, content: decoded.content as ConnectionContent })
}

const isWithin = ({ sentAt }: Message, { since, until }: MessageQuery): boolean =>
  (since === undefined || sentAt >= since) && (until === undefined || sentAt <= until)

const minuteMs = 60_000

/**
 * What to ask a node for. It has messages of sealed conversations by the end of their minute, so it is asked for full minutes
 * that hold all of those asked for.
 */
function boundsOf({ since, until }: MessageQuery, thread: Pick<Thread, 'kind'>) {
  const nsOf = (time: Date, later: number) => {
    const ms = time.getTime()
    return BigInt(isRounded(thread) ? ms - (ms % minuteMs) + later : ms) * 1_000_000n
  }
  return {
    startTimeNs: since && nsOf(since, 0),
    endTimeNs: until && nsOf(until, 2 * minuteMs) + 999_999n,
  }
}

/**
 * Says when enough was read. A node's order is that of headers; within the minutes of the last message that is wanted, the true
 * one may be another.
 */
function createEdge(thread: Thread): (message: Message) => boolean {
  let edgeNs: bigint | undefined
  return ({ sentNs }) => {
    edgeNs ??= sentNs
    const distance = sentNs > edgeNs ? sentNs - edgeNs : edgeNs - sentNs
    return !isRounded(thread) || distance > 2n * mostRoundedNs
  }
}

function compare(a: Message, b: Message): number {
  if (a.sentNs !== b.sentNs) return a.sentNs < b.sentNs ? -1 : 1
  return a.id < b.id ? -1 : 1
}
