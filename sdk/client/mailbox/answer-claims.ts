import { doublingDelays, retry } from '../../async.ts'
import { decodeEscrow } from '../../codec/index.ts'
import { addressToBytes, cacheKey, toHex } from '../../crypto/index.ts'
import {
  answerClaim,
  type Channel,
  type Claim,
  claimKeyId,
  type Held,
  letterSecret,
  openOnChannel,
  sealOnChannel,
} from '../../escrow/index.ts'
import { NodeUnavailableError } from '../../transport/index.ts'
import type { LaneEdges } from '../lanes/lane.ts'
import { ThreadLane } from '../lanes/thread-lane.ts'
import { orNothing, readContact } from '../session/peer.ts'
import type { Session } from '../session/session.ts'
import { createGrowingStream } from './growing-stream.ts'
import type { SentUnattended } from './sent-unattended.ts'
import { readLane } from './thread.ts'

/** So many claims of one letter are looked at in one run: each costs a signature, and one by the account a question to the node. */
const mostLookedAt = 64
/** So many answers to one identity key are enough, by whichever clients of the account. */
const mostAnswers = 4

/** A letter whose key this account keeps, and the channel on which it is asked for it. */
type Kept = Held & {
  readonly channel: Channel
  readonly lane: ThreadLane
  readonly recipientAddress: Parameters<typeof readContact>[1]
  /** Answers seen, by the identity key that they are for. */
  readonly answers: Map<string, number>
  /** Identity keys that this run has answered. */
  readonly done: Set<string>
  readonly looked: Set<string>
}

type Parts = { readonly session: Session; readonly edges: LaneEdges }

/** Answers whoever shows that a letter which this account has sent is for it. */
export type ClaimAnswers = {
  /** Listens on the channels of these letters too. */
  follow(sent: readonly SentUnattended[]): void
}

/** Starts to answer claims: on one connection in nobody's name, which says that one reader has these channels, and not who. */
export function createClaimAnswers(parts: Parts): ClaimAnswers {
  const { anonymous, signal, tell } = parts.session
  const kept = new Map<string, Kept>()
  const late = () => {
    if (!signal.aborted) tell({ kind: 'degraded', code: 'claims.late' })
  }
  const stream = createGrowingStream({
    subscribe: (contentTopics, after) => anonymous.subscribe({ contentTopics, after, signal }),
    // All of it before any is answered: what was answered before comes after what was asked.
    async *read(topic) {
      const envelopes = []
      for await (const page of anonymous.query({ contentTopics: [topic] }, { signal }))
        envelopes.push(...page.envelopes)
      const one = kept.get(topic)
      for (const { message } of one ? envelopes : []) noteAnswer(one as Kept, message)
      yield* envelopes
    },
    async receive({ contentTopic, message }) {
      const one = kept.get(contentTopic)
      if (one) await receive(parts, one, message).catch(late)
    },
    onError: late,
  })
  signal.addEventListener('abort', stream.close)

  return {
    follow(sent) {
      const fresh = sent.flatMap((entry) => keptOf(parts, entry)).filter(({ channel }) => !kept.has(channel.topic))
      for (const one of fresh) kept.set(one.channel.topic, one)
      const topics = fresh.map(({ channel }) => channel.topic)
      const add = () => stream.add(topics, 'start')
      retry(add, { delaysMs: doublingDelays(500, 60_000), mayPass: () => !signal.aborted, signal }).catch(late)
    },
  }
}

/** What the account holds of a letter; nothing where it is over, or others hold it. */
function keptOf({ session, edges }: Parts, { escrow: encoded, recipient, channels }: SentUnattended): Kept[] {
  const { keyring, network, clock } = session
  return orNothing(() => decodeEscrow(encoded)).flatMap(({ letter, trustees, expiresAt }) => {
    const [trustee, ...others] = trustees
    const [own] = channels
    const topic = trustee?.lane?.topic
    const isOver = expiresAt <= BigInt(clock.seconds())
    if (isOver || others.length > 0 || !trustee || trustee.address.length > 0 || !topic || !own) return []
    const identitySecret = keyring.identity.keys.identityKey.secret
    const context = { ...session, ...edges, network }
    return {
      letter,
      recipient: addressToBytes(recipient),
      recipientAddress: recipient as Kept['recipientAddress'],
      index: 1,
      share: letterSecret({ identitySecret, networkId: network.id, letter }),
      expiresAt,
      channel: { topic, key: trustee.key },
      lane: new ThreadLane(context, { topic, lane: readLane(topic, own) }),
      answers: new Map<string, number>(),
      done: new Set<string>(),
      looked: new Set<string>(),
    }
  })
}

const kindOf = ({ channel }: Kept, message: Uint8Array) => orNothing(() => openOnChannel(message, channel).kind)

function noteAnswer(one: Kept, message: Uint8Array): void {
  for (const kind of kindOf(one, message)) {
    if (kind.case !== 'share') continue
    const name = toHex(kind.value.keyId)
    one.answers.set(name, (one.answers.get(name) ?? 0) + 1)
  }
}

async function receive(parts: Parts, one: Kept, message: Uint8Array): Promise<void> {
  const [kind] = kindOf(one, message)
  if (kind?.case !== 'claim') return
  const claim = kind.value
  const name = toHex(claimKeyId(claim.release?.identityKey ?? new Uint8Array()))
  const isEnough = one.done.has(name) || (one.answers.get(name) ?? 0) >= mostAnswers
  const hash = cacheKey(message)
  if (isEnough || one.looked.has(hash) || one.looked.size >= mostLookedAt) return
  one.looked.add(hash)
  const { signal } = parts.session
  const mayPass = (error: unknown) => error instanceof NodeUnavailableError && !signal.aborted
  const again = { delaysMs: doublingDelays(500, 60_000), mayPass, signal }
  if (await retry(() => answer(parts, one, claim), again)) one.done.add(name)
}

/** Answers whether the share was handed out. */
async function answer({ session }: Parts, one: Kept, claim: Claim): Promise<boolean> {
  const { network, clock, random, signal } = session
  const kind = await answerClaim(one, claim, {
    networkId: network.id,
    now: clock.seconds(),
    publishedKey: async () => (await readContact(session, one.recipientAddress, signal))?.identityKey.publicKey,
    unmet: async () => undefined,
    random,
  })
  const message = sealOnChannel(kind, one.channel, random)
  const { topic: contentTopic } = one.channel
  const published = await one.lane.publish({ contentTopic, timestampNs: clock.minuteNs(), message }, signal)
  return published.ok && kind.case === 'share'
}
