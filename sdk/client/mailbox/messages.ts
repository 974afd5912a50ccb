import { type DecodedContent, decodeContent } from '../../content/index.ts'
import { type Address, equalBytes } from '../../crypto/index.ts'
import { BaseError } from '../../errors.ts'
import {
  type ConversationV2,
  type DecryptedMessage,
  mostRoundedNs,
  openLegacyMessage,
  openMessage,
} from '../../xmtp/index.ts'
import { type HeldConnection, readHeld } from '../postage/held-connection.ts'
import type { Session } from '../session/session.ts'
import { type ConnectionContent, connectionType } from './connection-content.ts'
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
  readonly fallback?: string
  readonly problem?: { readonly code: string; readonly message: string }
}

/** Which messages, and in which order. Oldest first, all of them, unless told otherwise. */
export type MessageQuery = {
  readonly limit?: number | undefined
  readonly direction?: 'ascending' | 'descending' | undefined
  readonly since?: Date | undefined
  readonly until?: Date | undefined
  readonly signal?: AbortSignal | undefined
}

type Context = Pick<
  Session,
  'named' | 'anonymous' | 'keyring' | 'registry' | 'log' | 'copies' | 'network' | 'clock' | 'tell'
>
/** A letter's conversation that is not joined has only what came in the letter. */
type ThreadQuery = MessageQuery & { readonly isJoined?: boolean | undefined }
type MessageBytes = { readonly contentTopic: string; readonly message: Uint8Array }

/** Reads the messages of a conversation: what is not valid is left out, what is for clients only is kept by the client. */
export async function readMessages(context: Context, thread: Thread, query: ThreadQuery = {}): Promise<Message[]> {
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
  { named, anonymous }: Context,
  { topic, first, kind }: Thread,
  query: ThreadQuery,
): AsyncGenerator<MessageBytes> {
  const { direction = 'ascending', signal } = query
  if (first) yield { contentTopic: topic, message: first }
  if (query.isJoined === false) return
  const request = { contentTopics: [topic], direction, ...boundsOf(query, kind) }
  const node = kind === 'letter' ? anonymous : named
  for await (const page of node.query(request, { signal })) yield* page.envelopes
}

/** Opens and decodes one message; undefined where it is not valid, or not for people. */
export async function readMessage(
  context: Context,
  thread: Thread,
  envelope: MessageBytes,
): Promise<Message | undefined> {
  const opened = open(context, thread, envelope)
  if (!opened) return undefined
  const decoded = await decodeContent(context.registry, opened.payload).catch((error) => {
    if (error instanceof BaseError) return undefined
    throw error
  })
  if (!decoded) return skip(context, 'content.malformed')
  if (decoded.type.sameAs(connectionType)) return keepConnection(context, opened, decoded)
  context.clock.seen(opened, thread.topic)
  return toMessage(opened, decoded)
}

function open(context: Context, { conversation }: Thread, envelope: MessageBytes): DecryptedMessage | undefined {
  try {
    if (conversation.version === 'v1') return openLegacyMessage(context.keyring, { ...envelope })
    return openMessage(context.keyring, conversation satisfies ConversationV2, envelope)
  } catch (error) {
    if (!(error instanceof BaseError)) throw error
    return skip(context, error.code)
  }
}

function skip({ tell }: Context, code: string): undefined {
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
    ...(decoded.fallback !== undefined && { fallback: decoded.fallback }),
    ...(!decoded.ok && { problem: { code: decoded.code, message: decoded.message } }),
  }
}

/** A connection that the peer granted goes to the log, once; nothing is shown. */
async function keepConnection(
  context: Context,
  { sender }: DecryptedMessage,
  decoded: DecodedContent,
): Promise<undefined> {
  if (!decoded.ok || sender === context.keyring.identity.address) return
  const content = decoded.content as ConnectionContent
  const held = readHeld(content)
  if (held?.owner !== sender || !isFor(context, held)) return
  const known = context.log.all('connection').map(readHeld)
  if (known.some((other) => other && equalBytes(other.statement.holder, held.statement.holder))) return
  if (known.filter((other) => other?.owner === sender).length >= mostConnections) return
  await context.copies.keep({ case: 'connection', value: content })
}

/** Of one account, for ever: it must not be able to fill this account's log. */
const mostConnections = 8

const isFor = ({ network, clock }: Context, { statement: { networkId, expiresAt } }: HeldConnection): boolean =>
  equalBytes(networkId, network.id) && Number(expiresAt) > clock.seconds()

const isWithin = ({ sentAt }: Message, { since, until }: MessageQuery): boolean =>
  (since === undefined || sentAt >= since) && (until === undefined || sentAt <= until)

const minuteMs = 60_000

/**
 * What to ask a node for. It has messages of sealed conversations by the end of their minute, so it is asked for full minutes
 * that hold all of those asked for.
 */
function boundsOf({ since, until }: MessageQuery, kind: Thread['kind']) {
  const isRounded = kind === 'letter'
  const nsOf = (time: Date, later: number) => {
    const ms = time.getTime()
    return BigInt(isRounded ? ms - (ms % minuteMs) + later : ms) * 1_000_000n
  }
  return {
    ...(since && { startTimeNs: nsOf(since, 0) }),
    ...(until && { endTimeNs: nsOf(until, 2 * minuteMs) + 999_999n }),
  }
}

/**
 * Says when enough was read. A node's order is that of headers; within the minutes of the last message that is wanted, the true
 * one may be another.
 */
function createEdge({ kind }: Thread): (message: Message) => boolean {
  let edgeNs: bigint | undefined
  return ({ sentNs }) => {
    edgeNs ??= sentNs
    const distance = sentNs > edgeNs ? sentNs - edgeNs : edgeNs - sentNs
    return kind !== 'letter' || distance > 2n * mostRoundedNs
  }
}

function compare(a: Message, b: Message): number {
  if (a.sentNs !== b.sentNs) return a.sentNs < b.sentNs ? -1 : 1
  return a.id < b.id ? -1 : 1
}
