import { orAborted } from '../../async.ts'
import { decodeSealedInvitation, digestEnvelope, type Envelope, ownedTopic } from '../../codec/index.ts'
import { type Address, cacheKey, toHex } from '../../crypto/index.ts'
import { BaseError } from '../../errors.ts'
import { isOwnBundle } from '../../identity/index.ts'
import { isTagDisputed, LetterRefusedError, openLetter, readKeyId, SealedKeyUnknownError } from '../../letters/index.ts'
import type { TaggedEnvelope } from '../../transport/index.ts'
import { legacyConversation, openInvitationEnvelope, openLegacyMessage } from '../../xmtp/index.ts'
import { type LetterPayment, readLetterPayment } from '../postage/letter-payment.ts'
import type { Session } from '../session/session.ts'
import { type LoggedLetter, letterThread, loggedLetters } from './logged-letters.ts'
import type { OpenedUnattended } from './open-unattended.ts'
import { type LetterEvidence, ReceivedEvidence } from './received-evidence.ts'
import { threadOfUnattended } from './sent-unattended.ts'
import { readLane, type Thread, threadKey } from './thread.ts'

type Context = Pick<Session, 'named' | 'network' | 'keyring' | 'sealedKeys' | 'log' | 'copies' | 'tell' | 'signal'>

/** How much that lies on topics of the account is not valid. */
export type SkippedCounts = { letters: number; invitations: number }

/** All conversations of an account, from its log, its letters and its invitations. */
export class Inbox {
  readonly #context: Context
  readonly #threads = new Map<string, Thread>()
  readonly #mirrored = new Set<string>()
  readonly #tags = new Map<Address, Map<string, Uint8Array>>()
  readonly #evidence: ReceivedEvidence
  readonly #seen = new Set<string>()
  /** The conversations that envelopes have begun, for every stream that these come on. */
  readonly #begun = new Map<string, string>()
  /** Letters to keys that this client does not have, by what they are known by. */
  readonly #unopened = new Map<string, Uint8Array>()
  readonly #listeners = new Set<(thread: Thread) => void>()
  readonly #readers = new Set<() => void>()
  readonly skipped: SkippedCounts = { letters: 0, invitations: 0 }
  #isRead = false
  #reading: Promise<void> | undefined

  constructor(context: Context) {
    this.#context = context
    this.#evidence = new ReceivedEvidence(context)
  }

  /** Whether everything was read once. */
  get isRead(): boolean {
    return this.#isRead
  }

  /** Reads everything, unless that was done before, or is being done. */
  async readOnce(signal?: AbortSignal): Promise<void> {
    if (this.#isRead) return
    this.#reading ??= this.sync(this.#context.signal).finally(() => {
      this.#reading = undefined
    })
    await orAborted(this.#reading, signal)
  }

  /** The conversations that are known, oldest first. */
  threads(): Thread[] {
    return [...this.#threads.values()].sort((a, b) => Number(a.createdNs - b.createdNs))
  }

  /** Whether a conversation has begun, by whomever. */
  has(thread: Thread): boolean {
    return this.#threads.has(threadKey(thread))
  }

  /** Whether an invitation of a letter's topic lies on the own invite topic, where stock clients look. */
  isMirrored(topic: string): boolean {
    return this.#mirrored.has(topic)
  }

  /** Adds a conversation that this account has begun. */
  add(thread: Thread): void {
    if (this.#threads.has(threadKey(thread))) return
    this.#threads.set(threadKey(thread), thread)
    for (const listener of this.#listeners) listener(thread)
  }

  /** Tells of conversations that this account begins. Answers how to stop. */
  onBegin(listener: (thread: Thread) => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  /** The pseudonyms that letters of an account showed, of all letters, also of those whose conversation was known. */
  tagsOf(peer: Address): Uint8Array[] {
    return [...(this.#tags.get(peer)?.values() ?? [])]
  }

  /** What was paid for a conversation's letters, as they and their node have shown it: for all of them, not the first alone. */
  paymentsOf(thread: Pick<Thread, 'topic' | 'peer'>): LetterPayment[] {
    return this.#evidence.payments(thread)
  }

  /** Which conditions were met for a conversation's letters, by the node's word. */
  evidenceOf(thread: Pick<Thread, 'topic' | 'peer'>): LetterEvidence[] {
    return this.#evidence.met(thread)
  }

  /** Reads on: log, letters, invitations, in this order. */
  async sync(signal?: AbortSignal): Promise<void> {
    const { log, keyring, copies } = this.#context
    await copies.catchUp(signal)
    await log.sync(signal)
    this.readLog()
    const { address } = keyring.identity
    await this.#read(ownedTopic('sealed', address), (envelope) => this.receiveLetter(envelope), signal)
    await this.#read(ownedTopic('invite', address), (envelope) => this.receiveInvitation(envelope), signal)
    await this.#read(ownedTopic('intro', address), (envelope) => this.receiveIntro(envelope), signal)
    this.#isRead = true
  }

  /** Opens a letter; undefined where it is not valid, or begins nothing. */
  receiveLetter(envelope: TaggedEnvelope): Thread | undefined {
    return this.#receive(envelope, 'letter', () => this.#openLetter(envelope))
  }

  /** Opens an invitation; undefined where it is not valid, or begins nothing. */
  receiveInvitation(envelope: TaggedEnvelope): Thread | undefined {
    return this.#receive(envelope, 'invitation', () => {
      const conversation = openInvitationEnvelope(this.#context.keyring, envelope)
      const { topic, peer, createdNs } = conversation
      const thread = { kind: 'invitation' as const, topic, peer, createdNs, conversation }
      if (this.#threads.get(threadKey(thread))?.kind === 'letter') this.#mirrored.add(topic)
      return thread
    })
  }

  /** Opens a first message of XMTP V1; undefined where it is not valid, or begins nothing. */
  receiveIntro(envelope: TaggedEnvelope): Thread | undefined {
    return this.#receive(envelope, 'invitation', () => {
      const { keyring } = this.#context
      const { peer, createdNs } = openLegacyMessage(keyring, envelope)
      const conversation = legacyConversation(keyring.identity.address, peer, createdNs)
      return { kind: 'direct', topic: conversation.topic, peer, createdNs, conversation }
    })
  }

  #receive(
    envelope: TaggedEnvelope,
    what: 'letter' | 'invitation',
    open: () => Thread | undefined,
  ): Thread | undefined {
    const key = cacheKey(digestEnvelope(envelope)) + envelope.timestampNs
    if (this.#isDone(key)) return this.#begunBy(key)
    this.#seen.add(key)
    try {
      const thread = open()
      if (!thread) return undefined
      this.#evidence.keepShown(thread, envelope)
      if (this.#threads.has(threadKey(thread))) return undefined
      this.#threads.set(threadKey(thread), thread)
      this.#begun.set(key, threadKey(thread))
      return thread
    } catch (error) {
      if (!(error instanceof BaseError)) throw error
      if (error instanceof SealedKeyUnknownError) this.#lackKey(key, envelope)
      this.skipped[what === 'letter' ? 'letters' : 'invitations']++
      this.#context.tell({ kind: 'skipped', what, code: error.code })
      return undefined
    }
  }

  /** Whether an envelope was read before, and could be as far as it can be now. */
  #isDone(key: string): boolean {
    const keyId = this.#unopened.get(key)
    return this.#seen.has(key) && !(keyId && this.#context.sealedKeys.find(keyId))
  }

  #begunBy(key: string): Thread | undefined {
    return this.#threads.get(this.#begun.get(key) ?? '')
  }

  /** It may be a key of another client's making, which this one gets later; or anybody's. */
  #lackKey(key: string, { message }: Envelope): void {
    if (this.#unopened.size === 0) this.#context.tell({ kind: 'degraded', code: 'sealed-key.unknown' })
    this.#unopened.set(key, readKeyId(message))
  }

  async #read(topic: string, receive: (envelope: TaggedEnvelope) => unknown, signal: AbortSignal | undefined) {
    for await (const page of this.#context.named.query({ contentTopics: [topic] }, { signal })) {
      for (const envelope of page.envelopes) receive(envelope)
    }
  }

  /** Undefined where it is a trustee's business and begins no conversation. */
  #openLetter({ contentTopic, message, tag }: TaggedEnvelope): Thread | undefined {
    const { keyring, sealedKeys } = this.#context
    const pair = sealedKeys.find(readKeyId(message))
    if (!pair) throw new SealedKeyUnknownError('The letter is sealed to a key that this client does not have.')
    const opened = openLetter(message, { topic: contentTopic, secret: pair.secret })
    if (opened.deposit.length > 0) return undefined
    const { invitation, message: first, replyLane } = opened
    if (isTagDisputed(opened, tag)) throw new LetterRefusedError('Sender and node name different pseudonyms.')
    const { header } = decodeSealedInvitation(invitation)
    if (isOwnBundle(keyring.identity, header.sender))
      throw new LetterRefusedError('The letter claims to be from the account that received it.')
    const thread = letterThread(this.#context, { invitation, first, isOwn: false })
    const lane = replyLane && readLane(thread.topic, replyLane)
    const { payment: place, paymentUse: use } = opened
    this.#evidence.keep(thread, readLetterPayment({ place, use }, keyring.identity.address))
    if (tag) this.#keepTag(thread.peer, tag)
    const letter = { invitation, isOwn: false, tag }
    return { ...thread, lane, letter }
  }

  /** Tells of each time that the log was read. Answers how to stop. */
  onRead(listener: () => void): () => void {
    this.#readers.add(listener)
    return () => void this.#readers.delete(listener)
  }

  /** What the log has comes first: it is the account's own word. */
  readLog(): void {
    const { log } = this.#context
    for (const listener of this.#readers) listener()
    const { sent, received } = loggedLetters(log)
    for (const letter of sent) this.#keepLogged(letter)
    for (const thread of log.all('unattended').flatMap(threadOfUnattended)) {
      if (!this.#threads.has(threadKey(thread))) this.#threads.set(threadKey(thread), thread)
    }
    for (const letter of received) this.#keepLogged(letter)
  }

  /** Takes in an unattended letter that was opened. */
  takeUnattended({ envelope, invitation, message, lane, tag, payments }: OpenedUnattended): Thread {
    const letter = { invitation, isOwn: false, tag }
    const begun = letterThread(this.#context, { ...letter, first: message })
    const thread = { ...begun, lane: lane && readLane(begun.topic, lane), letter }
    this.#seen.add(cacheKey(invitation))
    this.#evidence.keep(thread, payments)
    this.#evidence.keepShown(thread, envelope)
    if (tag) this.#keepTag(thread.peer, tag)
    this.add(thread)
    return thread
  }

  #keepTag(peer: Address, tag: Uint8Array): void {
    const tags = this.#tags.get(peer) ?? new Map<string, Uint8Array>()
    this.#tags.set(peer, tags.set(toHex(tag), tag))
  }

  #keepLogged({ letter, lane: ownLane, payments = [] }: LoggedLetter): void {
    const key = cacheKey(letter.invitation)
    if (this.#seen.has(key)) return
    this.#seen.add(key)
    try {
      const thread = letterThread(this.#context, letter)
      const lane = ownLane && readLane(thread.topic, ownLane)
      if (letter.tag) this.#keepTag(thread.peer, letter.tag)
      const { address } = this.#context.keyring.identity
      this.#evidence.keep(
        thread,
        payments.flatMap((payment) => readLetterPayment(payment, address)),
      )
      const known = this.#threads.get(threadKey(thread))
      const logged = { ...thread, lane, letter }
      this.#threads.set(threadKey(thread), known && letter.isAnswered ? answered(known) : (known ?? logged))
    } catch (error) {
      if (!(error instanceof BaseError)) throw error
    }
  }
}

const answered = (thread: Thread): Thread =>
  thread.letter ? { ...thread, letter: { ...thread.letter, isAnswered: true } } : thread
