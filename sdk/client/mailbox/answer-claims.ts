import { createQueue, doublingDelays, pause, type Queue, retry } from '../../async.ts'
import { decodeEscrow } from '../../codec/index.ts'
import { addressToBytes, equalBytes, toHex } from '../../crypto/index.ts'
import { BaseError } from '../../errors.ts'
import {
  answerClaim,
  type Channel,
  type Claim,
  claimKeyId,
  type Held,
  isReleased,
  letterSecret,
  openOnChannel,
  sealOnChannel,
} from '../../escrow/index.ts'
import type { LaneEdges } from '../lanes/lane.ts'
import { ThreadLane } from '../lanes/thread-lane.ts'
import { orNothing, readContact } from '../session/peer.ts'
import type { Session } from '../session/session.ts'
import { createGrowingStream } from './growing-stream.ts'
import type { SentUnattended } from './sent-unattended.ts'
import { readLane } from './thread.ts'

/** So many signatures of one letter's claims are checked in a row; the next ones are a minute later. */
const checkedInARow = 64

/** A letter whose key this account keeps, and the channel on which it is asked for it. */
type Kept = Held & {
  readonly channel: Channel
  readonly lane: ThreadLane
  readonly recipientAddress: Parameters<typeof readContact>[1]
  /** Identity keys that this run answers, or has answered. */
  readonly taken: Set<string>
  readonly inTurn: Queue
  /** Signatures checked. */
  checked: number
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
    async *read(topic) {
      for await (const page of anonymous.query({ contentTopics: [topic] }, { signal })) yield* page.envelopes
    },
    async receive({ contentTopic, message }) {
      const one = kept.get(contentTopic)
      if (one) receive(parts, one, message).catch(late) // what one letter is flooded with holds up no other
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
      taken: new Set<string>(),
      inTurn: createQueue(),
      checked: 0,
    }
  })
}

const kindOf = ({ channel }: Kept, message: Uint8Array) => orNothing(() => openOnChannel(message, channel).kind)

/**
 * What costs no signature comes first. Answers that lie there count for nothing: whoever has the letter's header could have put
 * them there. So each run answers an identity key once.
 */
async function receive(parts: Parts, one: Kept, message: Uint8Array): Promise<void> {
  const [kind] = kindOf(one, message)
  const release = kind?.case === 'claim' ? kind.value.release : undefined
  if (kind?.case !== 'claim' || !release || !equalBytes(release.account, one.recipient)) return
  if (!release.letters.some((letter) => equalBytes(letter, one.letter))) return
  const name = toHex(claimKeyId(release.identityKey))
  const { signal, network } = parts.session
  const isNew = await one.inTurn(async () => {
    if (one.taken.has(name)) return false
    if (one.checked > 0 && one.checked % checkedInARow === 0) await pause(60_000, signal)
    one.checked++
    return isReleased(network.id, release)
  }, signal)
  if (!isNew || one.taken.has(name)) return
  one.taken.add(name)
  if (!(await answerAtLast(parts, one, kind.value))) one.taken.delete(name)
}

/** Answers until the answer is out; whether it was the share. */
async function answerAtLast(parts: Parts, one: Kept, claim: Claim): Promise<boolean> {
  const { signal } = parts.session
  for (const delay of doublingDelays(500, 60_000)) {
    const answered = await answer(parts, one, claim).catch((error: unknown) => {
      if (signal.aborted || !(error instanceof BaseError)) throw error
      return undefined
    })
    if (answered) return answered === 'share'
    await pause(delay, signal)
  }
  return false
}

/** What was answered; undefined where the node has not taken it. */
async function answer({ session }: Parts, one: Kept, claim: Claim): Promise<string | undefined> {
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
  return published.ok ? kind.case : undefined
}
