import type { PrivateKeyAccount } from 'viem/accounts'
import {
  conversationLane,
  expiryOf,
  LaneWriter,
  makeLane,
  type OwnLane,
  openLane,
  publishSigned,
} from '../../sdk/client/lanes/lane.ts'
import { toReplyLane } from '../../sdk/client/sending/conversation-lanes.ts'
import { orNothing } from '../../sdk/client/session/peer.ts'
import {
  type EscrowInit,
  type EscrowMessageInit,
  encodeInvitation,
  encodeUnattendedLetter,
  type LetterInit,
  messageTopic,
  ownedTopic,
} from '../../sdk/codec/index.ts'
import { createCodecRegistry, encodeContent, textCodec } from '../../sdk/content/index.ts'
import { type Address, addressToBytes, randomBytes, toBase64Url } from '../../sdk/crypto/index.ts'
import {
  type AnswerEdges,
  answerClaim,
  type Claim,
  dealSecret,
  openOnChannel,
  sealOnChannel,
  secretOf,
  signAuthor,
} from '../../sdk/escrow/index.ts'
import { createIdentity, createKeyring, type Identity, type Keyring } from '../../sdk/identity/index.ts'
import { sealedKeyOf, sealLetter } from '../../sdk/letters/index.ts'
import { type AnonymousNode, createAnonymousNode } from '../../sdk/transport/index.ts'
import { type ConversationV2, makeMessage } from '../../sdk/xmtp/index.ts'

const minuteNs = 60_000_000_000n
const nowNs = () => ((BigInt(Date.now()) * 1_000_000n) / minuteNs) * minuteNs

/** One who writes to an unattended address by hand, and plays its trustees. */
export async function createHandSender(url: string, wallet: PrivateKeyAccount) {
  const anonymous = createAnonymousNode({ url })
  const info = await anonymous.info()
  const edges = { anonymous, network: { id: info.network.id, nodeKey: info.nodeKey } }
  const identity = await createIdentity(wallet, { createdMs: BigInt(Date.now()) })
  return { anonymous, edges, identity, keyring: createKeyring(identity), networkId: edges.network.id }
}

export type HandSender = Awaited<ReturnType<typeof createHandSender>>

/** A topic of a conversation with lanes on it, each opened by the word of the first. */
async function openTopic({ edges }: Pick<HandSender, 'edges'>, count: number): Promise<OwnLane[]> {
  const topic = messageTopic(toBase64Url(randomBytes(32)))
  const terms = { topic, units: conversationLane.units, expiresAt: expiryOf(Date.now() / 1000, conversationLane.ttl) }
  const lanes = Array.from({ length: count }, () => makeLane(randomBytes(32), terms))
  for (const [i, lane] of lanes.entries()) {
    const opened = await openLane(edges, lane, i === 0 ? { evidence: [] } : { renews: lanes[0]! })
    if (!opened.ok) throw new Error(opened.code)
  }
  return lanes
}

/** What a trustee of a letter made by hand has, and how the sender made it. */
export type HandTrustee = {
  readonly index: number
  readonly identity: Identity | undefined
  readonly channel: { readonly topic: string; readonly key: Uint8Array }
  readonly writer: LaneWriter
  readonly share: Uint8Array
  readonly commitments: readonly Uint8Array[]
}

type Left = {
  /** One that another letter has already, perhaps. */
  readonly name?: Uint8Array
  readonly to: Address
  readonly text: string
  readonly threshold: number
  /** Undefined: the sender itself. */
  readonly trustees: readonly (Identity | undefined)[]
  /** Changes what is sealed, and what is published. */
  readonly change?: (letter: LetterInit) => LetterInit
  readonly changeEscrow?: (escrow: EscrowInit) => EscrowInit
  readonly author?: Keyring
  readonly expiresAt?: bigint
}

/** Leaves a letter at the node, which must take it without evidence. */
export async function leaveLetter(sender: HandSender, left: Left) {
  const { edges, keyring, networkId } = sender
  const { to, text, threshold, trustees: identities, change = (letter) => letter, name = randomBytes(32) } = left
  const secret = secretOf(randomBytes(32))
  const dealt = dealSecret(secret, { threshold, trustees: identities.length, random: randomBytes })
  const [own, reply] = (await openTopic(sender, 2)) as [OwnLane, OwnLane]
  const keys = { topic: own.topic, keyMaterial: randomBytes(32) }
  const createdNs = nowNs()
  const conversation: ConversationV2 = { version: 'v2', ...keys, peer: to, createdNs }
  const { message } = makeMessage(keyring, conversation, {
    payload: (await encodeContent(createCodecRegistry([textCodec]), text)).payload,
    createdNs,
    shouldPush: true,
    randomBytes,
  })
  const said = { networkId, recipient: addressToBytes(to), letter: name, createdNs, message }
  const author = signAuthor(left.author ?? keyring, { ...said, invitation: encodeInvitation(keys) })
  const channels: HandTrustee[] = []
  const named = []
  for (const [i, identity] of identities.entries()) {
    const [, answering, claiming] = (await openTopic(sender, 3)) as [OwnLane, OwnLane, OwnLane]
    const channel = { topic: answering.topic, key: randomBytes(32) }
    const share = dealt.shares[i]!
    const { commitments } = dealt
    channels.push({ index: i + 1, identity, channel, writer: new LaneWriter(edges, answering), share, commitments })
    const address = identity ? addressToBytes(identity.address) : new Uint8Array()
    named.push({ address, lane: toReplyLane(claiming), key: channel.key })
  }
  const topic = ownedTopic('unattended', to)
  const pair = sealedKeyOf(secret)
  const sealed = sealLetter(change({ author, message, replyLane: toReplyLane(reply) }), { topic, ...pair }, randomBytes)
  const expiresAt = left.expiresAt ?? BigInt(Math.floor(Date.now() / 1000) + 86_400)
  const escrow = { letter: name, threshold, commitments: [...dealt.commitments], trustees: named, expiresAt }
  const envelope = {
    contentTopic: topic,
    timestampNs: nowNs(),
    message: encodeUnattendedLetter({ escrow: (left.changeEscrow?.(escrow) ?? escrow) as never, sealed }),
  }
  const lane = makeLane(randomBytes(32), {
    topic,
    units: 16,
    expiresAt: expiryOf(Date.now() / 1000, 7200),
  })
  const opened = await openLane(edges, lane, { evidence: [], policyVersion: 0n })
  if (!opened.ok) throw new Error(opened.code)
  const published = await publishSigned(edges, new LaneWriter(edges, lane).sign(envelope))
  if (!published.ok) throw new Error(published.code)
  return { name, trustees: channels, own, conversation }
}

/** Says something on a trustee's channel, under its lane. */
export async function sayOn(
  { edges }: Pick<HandSender, 'edges'>,
  { channel, writer }: HandTrustee,
  kind: EscrowMessageInit | Uint8Array,
) {
  const message = kind instanceof Uint8Array ? kind : sealOnChannel(kind, channel, randomBytes)
  const published = await publishSigned(
    edges,
    writer.sign({ contentTopic: channel.topic, timestampNs: nowNs(), message }),
  )
  if (!published.ok) throw new Error(published.code)
}

/** The claims on a trustee's channel, in the order of the node. */
export async function claimsOn(anonymous: AnonymousNode, { channel }: Pick<HandTrustee, 'channel'>): Promise<Claim[]> {
  const claims: Claim[] = []
  for await (const { envelopes } of anonymous.query({ contentTopics: [channel.topic] })) {
    for (const { message } of envelopes) {
      const [said] = orNothing(() => openOnChannel(message, channel))
      if (said?.kind.case === 'claim') claims.push(said.kind.value)
    }
  }
  return claims
}

type Answering = Partial<AnswerEdges> & { readonly name: Uint8Array; readonly to: Address } & Partial<
    Pick<HandTrustee, 'share' | 'commitments'>
  >

/** Answers the claim on a channel, as an honest trustee does unless it is told to hand out something else. */
export async function answerAs(
  sender: HandSender,
  trustee: HandTrustee,
  { name, to, share = trustee.share, commitments = trustee.commitments, ...edges }: Answering,
) {
  const [claim] = await claimsOn(sender.anonymous, trustee)
  if (!claim) throw new Error('Nobody has claimed.')
  const { index } = trustee
  const held = { letter: name, recipient: addressToBytes(to), index, share, commitments, expiresAt: 2n ** 40n }
  const answer = await answerClaim(held, claim, {
    networkId: sender.networkId,
    now: Date.now() / 1000,
    publishedKey: async () => claim.release?.identityKey,
    unmet: async () => undefined,
    random: randomBytes,
    trustee: trustee.identity,
    ...edges,
  })
  await sayOn(sender, trustee, answer)
  return answer
}
