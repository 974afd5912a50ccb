import { type Envelope, encodeBundle, type ReleaseInit } from '../../codec/index.ts'
import { equalBytes } from '../../crypto/index.ts'
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
import { entryOfOpened, openUnattended } from './open-unattended.ts'
import {
  type Asking,
  nameOf,
  readWaiting,
  secretOfLetter,
  type Trustee,
  type TrusteeState,
  takeAnswer,
  type WaitingLetter,
} from './waiting-letter.ts'

/** A letter that was written before this account had keys, and cannot be opened yet. */
export type WaitingMail = {
  /** What names it, 32 bytes. */
  readonly letter: Uint8Array
  /** So many of the trustees must hand out their shares. */
  readonly threshold: number
  readonly trustees: readonly TrusteeState[]
  /** Unix seconds; from then on nobody hands out anything. */
  readonly expiresAt: bigint
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
  readonly #channels = new Map<string, { readonly letter: WaitingLetter; readonly trustee: Trustee }>()
  readonly #stream: GrowingStream
  readonly #noted = new WeakSet<TaggedEnvelope>()

  constructor(edges: UnattendedEdges) {
    const { anonymous, network, keyring, tell } = edges.session
    const { publicKey, secret } = keyring.identity.keys.identityKey
    this.#edges = edges
    this.#asking = { networkId: network.id, identityKey: publicKey.publicKey, identitySecret: secret }
    const report = (error: unknown) =>
      tell({ kind: 'degraded', code: error instanceof BaseError ? error.code : 'escrow' })
    this.#stream = createGrowingStream({
      subscribe: (contentTopics, after) => anonymous.subscribe({ contentTopics, after, signal: edges.session.signal }),
      read: (topic) => this.#read(topic),
      receive: async (envelope) => this.#receive(envelope),
      onError: report,
    })
  }

  /** What cannot be opened yet, and who is asked. */
  list(): WaitingMail[] {
    return [...this.#waiting.values()].map(({ name, escrow, trustees }) => {
      const { threshold, expiresAt } = escrow
      return { letter: name, threshold, expiresAt, trustees: trustees.map(({ state }) => state) }
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
    const isOpened = this.#edges.session.log.all('opened').some((known) => equalBytes(known.letter, letter.name))
    if (!isOpened && !this.#waiting.has(nameOf(letter))) this.#waiting.set(nameOf(letter), letter)
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
    for (const letter of this.#waiting.values()) {
      for (const trustee of letter.trustees) {
        const { topic } = trustee.lane
        if (!this.#channels.has(topic)) this.#channels.set(topic, { letter, trustee })
      }
    }
    await this.#stream.add([...this.#channels.keys()], 'start') // what was asked and answered before is there at once
    const letters = [...this.#waiting.values()]
      .filter(({ trustees }) => trustees.some(isUnasked))
      .slice(0, mostReleased)
    if (letters.length === 0) return
    const release = await this.#releaseOf(letters)
    for (const letter of letters) {
      await Promise.all(letter.trustees.map((trustee) => this.#claim(letter, trustee, { release, signal })))
    }
  }

  /** One signature for all that was not asked for yet. */
  async #releaseOf(letters: readonly WaitingLetter[]): Promise<ReleaseInit> {
    const { session, wallet } = this.#edges
    const { networkId, identityKey } = this.#asking
    const account = session.keyring.identity.address
    const terms = { networkId, account, letters: letters.map(({ name }) => name), identityKey }
    session.tell({ kind: 'unattended', step: 'releasing', letters: letters.length })
    return toRelease(terms, await wallet.signTypedData(releaseTypedData(terms)))
  }

  /** Asks a trustee who was not asked before, by any client of the account. */
  async #claim(
    { name }: WaitingLetter,
    trustee: Trustee,
    { release, signal }: { readonly release: ReleaseInit; readonly signal: AbortSignal | undefined },
  ): Promise<void> {
    if (!isUnasked(trustee)) return
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
      if (!isUnasked(trustee)) return // it has answered meanwhile
      trustee.state = { ...trustee.state, ...(answer.ok ? { state: 'asked' } : { code: answer.code }) }
    } catch (error) {
      if (!(error instanceof BaseError)) throw error
      trustee.state = { ...trustee.state, code: error.code }
    }
    if (trustee.state.code) session.tell({ kind: 'degraded', code: trustee.state.code })
    else session.tell({ kind: 'unattended', step: 'asked', letter: name })
  }

  async *#read(topic: string) {
    const { anonymous, signal } = this.#edges.session
    for await (const { envelopes } of anonymous.query({ contentTopics: [topic] }, { signal })) yield* envelopes
  }

  #receive({ contentTopic, message }: Pick<Envelope, 'contentTopic' | 'message'>): void {
    const channel = this.#channels.get(contentTopic)
    if (!channel || !this.#waiting.has(nameOf(channel.letter))) return
    const { letter, trustee } = channel
    const isOwnClaim = takeAnswer(letter, trustee, { message, asking: this.#asking })
    if (isOwnClaim && isUnasked(trustee)) trustee.state = { ...trustee.state, state: 'asked' }
    const secret = secretOfLetter(letter)
    if (secret) this.#open(letter, secret)
  }

  #open(letter: WaitingLetter, secret: Uint8Array): void {
    const { session, inbox } = this.#edges
    this.#waiting.delete(nameOf(letter))
    this.#unlessInvalid(() => {
      const opened = openUnattended(session, letter, secret)
      const thread = inbox.takeUnattended(opened)
      copyLater(session, entryOfOpened(opened, inbox.paymentsOf(thread)))
      session.tell({ kind: 'unattended', step: 'opened', letter: letter.name })
    })
  }
}

const isUnasked = ({ state }: Trustee): boolean => state.state === 'not-asked'
