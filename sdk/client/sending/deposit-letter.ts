import {
  type DepositInit,
  decodeBundle,
  type EscrowMessage,
  encodeDeposit,
  ownedTopic,
  type ReplyLaneInit,
} from '../../codec/index.ts'
import { type Address, addressToBytes } from '../../crypto/index.ts'
import { isHeld, openOnChannel } from '../../escrow/index.ts'
import { letterSizeOf } from '../../letters/index.ts'
import { randomConversation } from '../../xmtp/index.ts'
import { makeRenewal, type OwnLane, openLane } from '../lanes/lane.ts'
import type { Budget } from '../postage/budget.ts'
import { offerTo } from '../postage/offer.ts'
import type { PostageOptions } from '../postage/options.ts'
import { orNothing, type Recipient } from '../session/peer.ts'
import { type Refusal, refusalOf, refuse } from '../session/refusal.ts'
import type { Session } from '../session/session.ts'
import { toReplyLane } from './conversation-lanes.ts'
import { sendLetter } from './first-letter.ts'
import { type Letter, startLetter } from './letter-progress.ts'
import type { LetterRoute } from './letter-route.ts'
import type { Mailroom } from './mailroom.ts'
import { sealToPeer } from './peer-route.ts'

type Start = Required<Pick<DepositInit, 'letter' | 'commitments' | 'trustees' | 'index' | 'share' | 'depositor'>> & {
  readonly recipient: Uint8Array
  readonly expiresAt: bigint
  readonly condition?: DepositInit['condition']
}

/** Nothing but the deposit itself goes to a trustee. */
const nothing = { id: '', message: new Uint8Array() }
const noContent = { payload: new Uint8Array(), shouldPush: false }

/** One trustee's part of a letter's key, on its way: a letter to the trustee, whose conversation is their channel. */
export class TrusteeDeposit {
  readonly letter: Letter
  readonly #fields: Start
  readonly #key: Uint8Array
  /** Whoever has the letter's header asks under it. */
  #claim: OwnLane | undefined
  #isSent = false
  #isHeld = false

  /** Prepares one; sends nothing. */
  constructor(mailroom: Mailroom, { peer, budget }: { peer: Recipient; budget: Budget }, fields: Start) {
    const { session } = mailroom
    const keys = randomConversation(session.random)
    const createdNs = session.clock.nextNs()
    const conversation = { version: 'v2' as const, ...keys, peer: peer.address, createdNs, context: undefined }
    const route = routeToTrustee(session, peer.address, () => this.#encoded())
    const letter = startLetter(mailroom, { peer, conversation, route, budget })
    this.letter = { ...letter, compose: () => nothing, agree: () => undefined }
    this.#fields = fields
    this.#key = keys.keyMaterial
  }

  /** The trustee, as it was last looked at. */
  get peer(): Recipient {
    return this.letter.at().peer
  }

  get isSent(): boolean {
    return this.#isSent
  }

  /** Sends it, and opens the lane to ask under; what an earlier call has done is not done again. */
  async send(options: PostageOptions): Promise<Refusal | undefined> {
    const sent = await sendLetter(this.letter, noContent, options)
    if (!sent.ok) return sent
    const refused = await this.#openClaim(options.signal)
    this.#isSent = !refused
    return refused
  }

  /** What the trustee has said to it by now: whether it holds it, or why not. */
  async look(signal: AbortSignal | undefined): Promise<boolean | Refusal> {
    if (this.#isHeld) return true
    const { mailroom, conversation } = this.letter
    const { address: trustee } = this.peer
    const asked = { topic: conversation.topic, key: this.#key, trustee, deposit: this.#encoded() }
    const said = await readAnswer(mailroom.session, asked, signal)
    this.#isHeld = said === true
    return said
  }

  /** Where it is asked, for the letter's header. */
  get asking(): { address: Uint8Array; lane: ReplyLaneInit; key: Uint8Array } {
    if (!this.#claim) throw new Error('A deposit is out before the letter is sealed.')
    return { address: addressToBytes(this.peer.address), lane: toReplyLane(this.#claim), key: this.#key }
  }

  /** The own lane on the channel. */
  get own(): ReplyLaneInit {
    return toReplyLane(this.#lanes.own)
  }

  get #lanes() {
    const { lanes } = this.letter.at()
    if (!lanes) throw new Error('The lanes of a deposit are planned before it is sealed.')
    return lanes
  }

  #encoded(): Uint8Array {
    return encodeDeposit({ ...this.#fields, key: this.#key, lane: toReplyLane(this.#lanes.reply) })
  }

  async #openClaim(signal: AbortSignal | undefined): Promise<Refusal | undefined> {
    const { session, edges } = this.letter.mailroom
    const { own: renews, reply } = this.#lanes
    const { topic, units, expiresAt } = reply
    this.#claim ??= makeRenewal(edges, { renews, random: session.random, topic, units, expiresAt })
    const opened = await openLane(edges, this.#claim, { renews }, signal)
    return opened.ok ? undefined : refusalOf(opened, session.network)
  }
}

/** To a trustee: like a letter to anybody, with a deposit in it. */
function routeToTrustee({ random }: Session, trustee: Address, encoded: () => Uint8Array): LetterRoute {
  const topic = ownedTopic('sealed', trustee)
  return {
    topic,
    channels: [],
    unattended: undefined,
    offer: offerTo,
    signed: () => ({ deposit: encoded() }),
    sizeOf: letterSizeOf,
    seal: (letter, { peer }) => sealToPeer(letter, peer, random),
    beforeLeaving: async () => undefined,
    record: () => undefined,
  }
}

type Asked = {
  readonly topic: string
  readonly key: Uint8Array
  readonly trustee: Address
  readonly deposit: Uint8Array
}

/** What a trustee has said to a deposit: true once it has signed that it holds it. */
async function readAnswer(session: Session, asked: Asked, signal: AbortSignal | undefined): Promise<boolean | Refusal> {
  for await (const { envelopes } of session.anonymous.query({ contentTopics: [asked.topic] }, { signal })) {
    for (const { message } of envelopes) {
      const [kind] = orNothing(() => openOnChannel(message, asked).kind)
      if (kind?.case === 'acknowledgement' && isHeldBy(session, kind.value, asked)) return true
      if (kind?.case === 'refused')
        return refuse('trustee.refused', `The trustee ${asked.trustee} does not keep it: ${kind.value.code}.`)
    }
  }
  return false
}

type Said = Extract<EscrowMessage['kind'], { case: 'acknowledgement' }>['value']

const isHeldBy = (
  { keyring, network }: Session,
  { bundle: encoded, signature }: Said,
  { trustee, deposit }: Asked,
): boolean =>
  orNothing(() => {
    const bundle = decodeBundle(encoded)
    const identityKey = bundle.identityKey.publicKey
    return keyring.verifyBundle(bundle) === trustee && isHeld(network.id, deposit, { signature, identityKey })
  }).includes(true)
