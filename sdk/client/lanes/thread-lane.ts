import type { Envelope } from '../../codec/index.ts'
import type { TokenOptions } from '../../policy/index.ts'
import { type Refusal, refusalOf, refuse } from '../session/refusal.ts'
import type { Session } from '../session/session.ts'
import {
  conversationLane,
  expiryOf,
  type LaneEdges,
  LaneWriter,
  makeRenewal,
  type OwnLane,
  openLane,
  publishSigned,
  type SignedEnvelope,
} from './lane.ts'

type Context = LaneEdges & Pick<Session, 'random' | 'clock' | 'tell'> & { readonly network: TokenOptions }

/** What says that a lane of another process of this account is ahead, or that the lane is over. */
const needsRenewal = new Set(['envelope.counter-too-low', 'lane.used-up', 'lane.expired', 'lane.unknown'])

/**
 * Publishes in one conversation that is under lanes, for one process: with the lane it has while there is room, and with a
 * renewed one after that. Free of charge, and without any token.
 */
export class ThreadLane {
  readonly #context: Context
  readonly #topic: string
  #writer: LaneWriter | undefined
  /** An envelope whose answer was lost; it goes first. */
  #open: SignedEnvelope | undefined

  constructor(context: Context, { topic, lane }: { topic: string; lane: OwnLane | undefined }) {
    this.#context = context
    this.#topic = topic
    this.#writer = lane && new LaneWriter(this.#context, lane)
  }

  /** Publishes an envelope, renewing the lane where that is needed. */
  async publish(envelope: Envelope, signal?: AbortSignal): Promise<{ ok: true; sequence: bigint } | Refusal> {
    const open = this.#open
    const answer = open && (await this.#send(open, signal))
    const first = answer && open.envelope === envelope ? answer : await this.#attempt(envelope, signal)
    if (first.ok || !needsRenewal.has(first.code)) return first
    const renewed = await this.renew(signal)
    return renewed.ok ? this.#attempt(envelope, signal) : renewed
  }

  /** Opens a fresh lane by the word of the one there is, live or over. */
  async renew(signal?: AbortSignal): Promise<{ ok: true; lane: OwnLane } | Refusal> {
    const { clock, random } = this.#context
    const expiresAt = expiryOf(clock.seconds(), conversationLane.ttl)
    const renews = this.#writer?.lane
    if (!renews) return noLane()
    const terms = { topic: this.#topic, units: conversationLane.units, expiresAt }
    const lane = makeRenewal(this.#context, { renews, random, ...terms })
    const opened = await this.open(lane, signal)
    if (opened.ok) this.#writer = new LaneWriter(this.#context, lane)
    return opened.ok ? { ok: true, lane } : opened
  }

  /** Opens a given lane on the topic, or on its ephemeral one, by the word of the own. */
  async open(lane: Omit<OwnLane, 'key'>, signal?: AbortSignal): Promise<{ ok: true } | Refusal> {
    const renews = this.#writer?.lane
    if (!renews) return noLane()
    this.#context.tell({ kind: 'lane', step: 'opening', purpose: 'conversation' })
    const answer = await openLane(this.#context, lane, { renews }, signal)
    if (!answer.ok) return refusalOf(answer, this.#context.network)
    this.#context.tell({ kind: 'lane', step: 'opened', purpose: 'conversation' })
    return { ok: true }
  }

  async #attempt(envelope: Envelope, signal?: AbortSignal): Promise<{ ok: true; sequence: bigint } | Refusal> {
    if (!this.#writer?.hasRoom(envelope, this.#context.clock.seconds())) {
      const renewed = await this.renew(signal)
      if (!renewed.ok) return renewed
    }
    const signed = this.#writer?.sign(envelope)
    if (!signed) return refuse('lane.missing', 'There is no lane to publish with.')
    return this.#send(signed, signal)
  }

  async #send(signed: SignedEnvelope, signal?: AbortSignal): Promise<{ ok: true; sequence: bigint } | Refusal> {
    signal?.throwIfAborted()
    this.#open = signed
    try {
      const answer = await publishSigned(this.#context, signed, signal)
      this.#open = undefined
      return answer.ok ? answer : refusalOf(answer, this.#context.network)
    } catch (error) {
      if (signal?.aborted) this.#open = undefined // called back: it is not to go out with what comes next
      throw error
    }
  }
}

const noLane = (): Refusal => refuse('lane.missing', 'The letter came without a lane to answer with.')
