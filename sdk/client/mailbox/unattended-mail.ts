import { type Envelope, encodeBundle } from '../../codec/index.ts'
import { addressToBytes } from '../../crypto/index.ts'
import { BaseError } from '../../errors.ts'
import { mostReleased, releaseTypedData, sealOnChannel, toRelease } from '../../escrow/index.ts'
import type { Wallet } from '../../identity/index.ts'
import type { TaggedEnvelope } from '../../transport/index.ts'
import type { LaneEdges } from '../lanes/lane.ts'
import { ThreadLane } from '../lanes/thread-lane.ts'
import { copyLater } from '../session/copy-later.ts'
import type { Session } from '../session/session.ts'
import { createGrowingStream, type GrowingStream } from './growing-stream.ts'
import type { Inbox } from './inbox.ts'
import { createLookQueue } from './look-queue.ts'
import { entryOfOpened, openUnattended } from './open-unattended.ts'
import { type Asking, type HandedShare, ownRelease, readAnswer, takeRefusal, takeShare } from './take-answer.ts'
import {
  isOpenedIn,
  keyOf,
  readWaiting,
  secretOfLetter,
  type Trustee,
  type TrusteeState,
  type WaitingLetter,
} from './waiting-letter.ts'

/** Seconds after which a trustee that has handed out nothing is asked again: a node could have lost the claim, or the answer. */
const askAgainSeconds = 86_400

/** Milliseconds between two looks at who is to be asked again. */
const askAgainEveryMs = 3_600_000

/** A letter that was written before this account had keys, and cannot be opened yet. */
export type WaitingMail = {
  /** What names it, 32 bytes. */
  readonly letter: Uint8Array
  /** So many of the trustees must hand out their shares. */
  readonly threshold: number
  readonly trustees: readonly TrusteeState[]
  /** Unix seconds, as the letter says, or somebody who can write to its trustees: from then on nobody hands out anything. */
  readonly expiresAt: bigint
}

/** A trustee of a letter, whose channel is listened to. */
type Listening = {
  readonly letter: WaitingLetter
  readonly trustee: Trustee
  readonly look: (share: HandedShare) => void
}

export type UnattendedEdges = {
  readonly session: Session
  readonly edges: LaneEdges
  readonly inbox: Inbox
  readonly wallet: Wallet
}

/**
 * The mail that was written to this account before it had keys: asks the trustees, as the account's wallet has said once for all of
 * it, and opens what they hand out.
 */
export class UnattendedMail {
  readonly #edges: UnattendedEdges
  readonly #asking: Asking
  readonly #waiting = new Map<string, WaitingLetter>()
  readonly #channels = new Map<string, Listening[]>()
  readonly #stream: GrowingStream
  readonly #noted = new WeakSet<TaggedEnvelope>()
  #isAskingAgain = false

  constructor(edges: UnattendedEdges) {
    const { anonymous, network, keyring } = edges.session
    const { address, keys } = keyring.identity
    const { publicKey, secret } = keys.identityKey
    this.#edges = edges
    const own = { identityKey: publicKey.publicKey, identitySecret: secret }
    this.#asking = { networkId: network.id, account: addressToBytes(address), ...own }
    this.#stream = createGrowingStream({
      subscribe: (contentTopics, after) => anonymous.subscribe({ contentTopics, after, signal: edges.session.signal }),
      read: (topic) => this.#read(topic),
      receive: async (envelope) => this.#receive(envelope),
      onError: (error) => this.#report(error),
    })
  }

  /** What cannot be opened yet, and who is asked. */
  list(): WaitingMail[] {
    this.#dropOpened()
    return [...this.#waiting.values()].map(({ name, escrow: { threshold }, trustees, until }) => {
      return { letter: name, threshold, expiresAt: until, trustees: trustees.map(({ state }) => state) }
    })
  }

  /** Asks the wallet once for all that lies on the account's topic, and the trustees. */
  async take(envelopes: readonly TaggedEnvelope[], signal?: AbortSignal): Promise<void> {
    this.note(envelopes)
    if (this.#waiting.size > 0) await this.#ask(signal)
  }

  /** Takes in what lies on the account's topic, unless it was opened or taken in before. */
  note(envelopes: readonly TaggedEnvelope[]): void {
    for (const envelope of envelopes) {
      if (this.#noted.has(envelope)) continue
      this.#noted.add(envelope)
      this.#unlessInvalid(() => this.#add(readWaiting(envelope)))
    }
  }

  #add(letter: WaitingLetter): void {
    if (!isOpenedIn(this.#edges.session.log, letter)) this.#waiting.set(keyOf(letter), letter)
  }

  /** Another client of the account may have opened some meanwhile. */
  #dropOpened(): void {
    for (const [key, letter] of this.#waiting)
      if (isOpenedIn(this.#edges.session.log, letter)) this.#waiting.delete(key)
  }

  #unlessInvalid(step: () => void): void {
    const { session, inbox } = this.#edges
    try {
      step()
    } catch (error) {
      if (!(error instanceof BaseError)) throw error
      inbox.skipped.letters++
      session.tell({ kind: 'skipped', what: 'letter', code: error.code })
    }
  }

  close(): void {
    this.#stream.close()
  }

  async #ask(signal?: AbortSignal): Promise<void> {
    await this.#listen()
    this.#askAgain().catch((error) => this.#report(error))
    const [released, unreleased] = [this.#toAsk(isReleased), this.#toAsk(isUnreleased)]
    await this.#claimAll(released, signal) // first, since the wallet may say no to the others
    if (unreleased.length > 0) await this.#claimAll(await this.#release(unreleased.slice(0, mostReleased)), signal)
  }

  /** What was asked and answered before is there at once. */
  #listen(): Promise<void> {
    for (const letter of this.#waiting.values()) {
      for (const trustee of letter.trustees) {
        const there = this.#channels.get(trustee.lane.topic) ?? []
        if (there.some((one) => one.trustee === trustee)) continue
        this.#channels.set(trustee.lane.topic, [...there, this.#listening(letter, trustee)])
      }
    }
    return this.#stream.add([...this.#channels.keys()], 'start')
  }

  #listening(letter: WaitingLetter, trustee: Trustee): Listening {
    const look = async (share: HandedShare) => this.#takeShare(letter, trustee, share)
    const onError = (error: unknown) => this.#report(error)
    return { letter, trustee, look: createLookQueue({ ...this.#edges.session, look, onError }) }
  }

  /** One signature for all of them. */
  async #release(letters: readonly WaitingLetter[]): Promise<readonly WaitingLetter[]> {
    const { session, wallet } = this.#edges
    const { networkId, identityKey } = this.#asking
    const account = session.keyring.identity.address
    const terms = { networkId, account, letters: letters.map(({ name }) => name), identityKey }
    session.tell({ kind: 'unattended', step: 'releasing', letters: letters.length })
    const release = toRelease(terms, await wallet.signTypedData(releaseTypedData(terms)))
    for (const letter of letters) letter.release = release
    return letters
  }

  /** Letters of which somebody is to be asked now. */
  #toAsk(isWanted: (letter: WaitingLetter) => boolean): WaitingLetter[] {
    const now = this.#edges.session.clock.seconds()
    const isLive = ({ until }: WaitingLetter) => until > BigInt(now)
    const isDue = ({ trustees }: WaitingLetter) => trustees.some((trustee) => isToAsk(trustee, now))
    return [...this.#waiting.values()].filter((letter) => isWanted(letter) && isLive(letter) && isDue(letter))
  }

  async #claimAll(letters: readonly WaitingLetter[], signal?: AbortSignal): Promise<void> {
    for (const letter of letters) await Promise.all(letter.trustees.map((one) => this.#claim(letter, one, signal)))
  }

  /** Goes on for as long as something waits, and never bothers the wallet. */
  async #askAgain(): Promise<void> {
    if (this.#isAskingAgain) return
    this.#isAskingAgain = true
    const { sleep, signal } = this.#edges.session
    while (this.#waiting.size > 0) {
      await sleep(askAgainEveryMs, signal)
      this.#dropOpened()
      await this.#claimAll(this.#toAsk(isReleased), signal)
    }
    this.#isAskingAgain = false
  }

  #report(error: unknown): void {
    const { tell, signal } = this.#edges.session
    if (!signal.aborted) tell({ kind: 'degraded', code: error instanceof BaseError ? error.code : 'escrow' })
  }

  /** Asks a trustee who was not asked before by any client of the account, or a day ago. */
  async #claim({ name, release }: WaitingLetter, trustee: Trustee, signal: AbortSignal | undefined): Promise<void> {
    if (!release || !isToAsk(trustee, this.#edges.session.clock.seconds())) return
    const { session, edges } = this.#edges
    const { topic } = trustee.lane
    const bundle = encodeBundle(session.keyring.identity.bundle)
    const message = sealOnChannel(
      { case: 'claim', value: { release, bundle } },
      { topic, key: trustee.key },
      session.random,
    )
    const context = { ...session, ...edges, network: session.network }
    const envelope: Envelope = { contentTopic: topic, timestampNs: session.clock.minuteNs(), message }
    try {
      const answer = await new ThreadLane(context, { topic, lane: trustee.lane }).publish(envelope, signal)
      if (answer.ok) noteAsked(trustee, session.clock.seconds())
      else this.#unasked(trustee, answer.code)
      if (answer.ok) session.tell({ kind: 'unattended', step: 'asked', letter: name })
    } catch (error) {
      if (!(error instanceof BaseError)) throw error
      this.#unasked(trustee, error.code)
    }
  }

  #unasked(trustee: Trustee, code: string): void {
    if (trustee.state.state === 'not-asked') trustee.state = { ...trustee.state, code }
    this.#edges.session.tell({ kind: 'degraded', code })
  }

  async *#read(topic: string) {
    const { anonymous, signal } = this.#edges.session
    for await (const { envelopes } of anonymous.query({ contentTopics: [topic] }, { signal })) yield* envelopes
  }

  #receive(envelope: Envelope): void {
    for (const listening of this.#channels.get(envelope.contentTopic) ?? []) {
      if (this.#waiting.has(keyOf(listening.letter))) this.#hear(listening, envelope)
    }
  }

  #hear({ letter, trustee, look }: Listening, { message, timestampNs }: Envelope): void {
    const said = readAnswer(trustee, message, this.#asking)
    if (said?.case === 'refused') takeRefusal(trustee, said.value.code)
    if (said?.case === 'share' && trustee.state.state !== 'released') look(said.value)
    if (said?.case === 'change' && said.value.expiresAt > letter.until) letter.until = said.value.expiresAt
    if (said?.case !== 'claim') return
    const release = ownRelease(letter, trustee, { claim: said.value, asking: this.#asking })
    if (!release) return
    letter.release = release
    noteAsked(trustee, Number(timestampNs / 1_000_000_000n))
  }

  #takeShare(letter: WaitingLetter, trustee: Trustee, share: HandedShare): void {
    if (!this.#waiting.has(keyOf(letter))) return
    takeShare(letter, trustee, share, this.#asking)
    const secret = secretOfLetter(letter)
    if (secret) this.#open(letter, secret)
  }

  #open(letter: WaitingLetter, secret: Uint8Array): void {
    const { session, inbox } = this.#edges
    this.#waiting.delete(keyOf(letter))
    this.#unlessInvalid(() => {
      const opened = openUnattended(session, letter, secret)
      const thread = inbox.takeUnattended(opened)
      copyLater(session, entryOfOpened(opened, inbox.paymentsOf(thread)))
      session.tell({ kind: 'unattended', step: 'opened', letter: letter.name })
    })
  }
}

const isReleased = ({ release }: WaitingLetter): boolean => release !== undefined
const isUnreleased = (letter: WaitingLetter): boolean => !isReleased(letter)

/** Whether a trustee is to be asked now. What it was refused with, anybody could have said. */
function isToAsk({ state, askedAt }: Trustee, now: number): boolean {
  if (state.state === 'released' || state.state === 'wrong') return false
  return askedAt === undefined || Math.abs(now - askedAt) >= askAgainSeconds
}

function noteAsked(trustee: Trustee, at: number): void {
  trustee.askedAt = Math.max(at, trustee.askedAt ?? 0)
  const { address, state } = trustee.state
  if (state === 'not-asked') trustee.state = { address, state: 'asked' }
}
