import {
  type Cursor,
  type Deposit,
  decodeDeposit,
  type EscrowMessageInit,
  encodeBundle,
  ownedTopic,
} from '../../codec/index.ts'
import { type Address, toAddress } from '../../crypto/index.ts'
import { BaseError } from '../../errors.ts'
import {
  type AnswerEdges,
  answerClaim,
  type Channel,
  type Claim,
  type Held,
  sealOnChannel,
  signEndRefused,
  signHeld,
} from '../../escrow/index.ts'
import { openLetter, readKeyId } from '../../letters/index.ts'
import type { Rule } from '../../policy/index.ts'
import type { PageRequest, StreamedEnvelope } from '../../transport/index.ts'
import { type LaneEdges, makeLane } from '../lanes/lane.ts'
import { ThreadLane } from '../lanes/thread-lane.ts'
import { createGrowingStream, type GrowingStream } from '../mailbox/growing-stream.ts'
import { readContact } from '../session/peer.ts'
import type { Refusal } from '../session/refusal.ts'
import type { Session } from '../session/session.ts'
import type { Policies } from './policies.ts'

/** What came in a letter, with the node's number for it; without a deposit where it was a letter of another kind, or none. */
export type ReceivedDeposit = { readonly sequence: bigint; readonly deposit: Deposit | undefined }

/** A channel that a trustee holds something on, and what it answers under there. */
export type TrusteeChannel = Channel & Required<Pick<Deposit, 'lane'>>

/** How channels are listened to. */
export type TrusteeChannelsOptions = {
  /** The node's number to go on after. */
  readonly after: bigint
  /** The same envelope may come twice. */
  readonly receive: (envelope: Pick<StreamedEnvelope, 'contentTopic' | 'message' | 'sequence'>) => Promise<void>
  readonly onError: (error: unknown) => void
}

type Context = {
  readonly session: Session
  readonly edges: LaneEdges
  readonly policies: Policies
  readonly end: () => void
}

/** Of so many channels is remembered how far their lanes are used; for others a lane is renewed. */
const mostLanes = 1_000

/**
 * An account that holds shares of others' letters: it reads deposits, which come in letters, in its own name, and all that has
 * to do with a channel in nobody's. It keeps nothing by itself.
 */
export class TrusteeAccount {
  readonly #context: Context
  readonly #lanes = new Map<string, ThreadLane>()

  /** @internal Comes from `openTrustee`. */
  constructor(context: Context) {
    this.#context = context
  }

  get address(): Address {
    return this.#context.session.keyring.identity.address
  }

  /** 32 bytes. */
  get networkId(): Uint8Array {
    return this.#context.session.network.id
  }

  /** The key (32 bytes) of the node that numbers what is read here. */
  get nodeKey(): Uint8Array {
    return this.#context.session.network.nodeKey
  }

  /** Says who may deposit, in the policy language; asks nothing of the node where that is what the account says already. */
  async publishRule(rule: string | Rule, signal?: AbortSignal): Promise<{ readonly ok: true } | Refusal> {
    const { policies } = this.#context
    const { text, version } = await policies.get(undefined, { signal })
    if (text === rule || (rule === 'default' && version === 0n)) return { ok: true }
    return policies.set(rule, { signal })
  }

  /** What comes in letters, from after a number of the node's and for as long as somebody reads. */
  async *deposits(after: bigint, signal: AbortSignal): AsyncGenerator<ReceivedDeposit, void> {
    const { named } = this.#context.session
    const letters = await named.subscribe({ contentTopics: [ownedTopic('sealed', this.address)], after, signal })
    for await (const { sequence, ...letter } of letters) {
      if (sequence !== undefined) yield { sequence, deposit: this.#open(letter) }
    }
  }

  /** Listens to channels, to which others can be added. */
  channels({ after, receive, onError }: TrusteeChannelsOptions): GrowingStream {
    const { anonymous, signal } = this.#context.session
    return createGrowingStream({
      subscribe: (contentTopics, from) => anonymous.subscribe({ contentTopics, after: from, signal }),
      async *read(topic) {
        for await (const page of anonymous.query({ contentTopics: [topic] }, { signal })) yield* page.envelopes
      },
      receive,
      onError,
      after,
    })
  }

  /** A page of what was said on a channel, from its start or after an earlier page; `next` is undefined after the last one. */
  async said(
    topic: string,
    { signal, ...page }: Pick<PageRequest, 'cursor' | 'limit'> & { readonly signal?: AbortSignal | undefined } = {},
  ): Promise<{ readonly messages: Uint8Array[]; readonly next: Cursor | undefined }> {
    const { anonymous } = this.#context.session
    const { envelopes, cursor: next } = await anonymous.queryPage({ contentTopics: [topic], ...page }, { signal })
    return { messages: envelopes.map(({ message }) => message), next: envelopes.length > 0 ? next : undefined }
  }

  /** This account's word that it holds a deposit. */
  acknowledge(deposit: Deposit): EscrowMessageInit {
    const { keyring, network } = this.#context.session
    const { bundle, keys } = keyring.identity
    const signature = signHeld(network.id, deposit, keys.identityKey.secret)
    return { case: 'acknowledgement', value: { bundle: encodeBundle(bundle), signature } }
  }

  /** This account's word that it has not done a change (its version), since it keeps nothing beyond `latest` (Unix seconds). */
  refuseEnd({ letter }: Pick<Deposit, 'letter'>, refused: { version: number; latest: bigint }): EscrowMessageInit {
    const { keyring, network } = this.#context.session
    const { bundle, keys } = keyring.identity
    const signature = signEndRefused(network.id, { letter, ...refused }, keys.identityKey.secret)
    return { case: 'endRefused', value: { ...refused, bundle: encodeBundle(bundle), signature } }
  }

  /**
   * What is answered to a claim: the share that is held, sealed to the account's published key and signed by this one; or why not.
   * `unmet` says why what was shown does not meet a deposit's condition.
   */
  answer(
    held: Held,
    claim: Claim,
    { now, unmet = async () => undefined }: Pick<AnswerEdges, 'now'> & Partial<Pick<AnswerEdges, 'unmet'>>,
  ): Promise<EscrowMessageInit> {
    const { keyring, network, random, signal } = this.#context.session
    const publishedKey = () => this.publishedKey(toAddress(held.recipient), signal)
    return answerClaim(held, claim, {
      networkId: network.id,
      now,
      publishedKey,
      unmet,
      random,
      trustee: keyring.identity,
    })
  }

  /** Publishes a message on a channel, under the lane that came with the deposit or one that renews it. */
  send(
    channel: TrusteeChannel,
    message: EscrowMessageInit,
    signal?: AbortSignal,
  ): Promise<{ readonly ok: true } | Refusal> {
    const { random, clock } = this.#context.session
    const sealed = sealOnChannel(message, channel, random)
    return this.#laneOf(channel).publish(
      { contentTopic: channel.topic, timestampNs: clock.nextNs(), message: sealed },
      signal,
    )
  }

  /** The identity key (65 bytes) of the bundle that an account has published now. */
  async publishedKey(account: Address, signal?: AbortSignal): Promise<Uint8Array | undefined> {
    const { anonymous, keyring } = this.#context.session
    return (await readContact({ anonymous, keyring }, account, signal))?.identityKey.publicKey
  }

  /** Ends all that goes on by itself. */
  close(): void {
    this.#context.end()
  }

  #laneOf({ topic, lane: given }: TrusteeChannel): ThreadLane {
    const { session, edges } = this.#context
    const known = this.#lanes.get(topic)
    const { key, units, expiresAt } = given ?? { key: new Uint8Array(32), units: 0, expiresAt: 0n }
    const lane =
      known ?? new ThreadLane({ ...session, ...edges }, { topic, lane: makeLane(key, { topic, units, expiresAt }) })
    this.#lanes.delete(topic)
    this.#lanes.set(topic, lane)
    const [oldest] = this.#lanes.keys()
    if (this.#lanes.size > mostLanes && oldest !== undefined) this.#lanes.delete(oldest)
    return lane
  }

  #open({ contentTopic, message }: Pick<StreamedEnvelope, 'contentTopic' | 'message'>): Deposit | undefined {
    try {
      const pair = this.#context.session.sealedKeys.find(readKeyId(message))
      const letter = pair && openLetter(message, { topic: contentTopic, secret: pair.secret })
      return letter && letter.deposit.length > 0 ? decodeDeposit(letter.deposit) : undefined
    } catch (error) {
      if (error instanceof BaseError) return undefined
      throw error
    }
  }
}
