import { doublingDelays, retry } from '../../async.ts'
import { decodeEscrow } from '../../codec/index.ts'
import { addressToBytes, equalBytes, toHex } from '../../crypto/index.ts'
import { BaseError } from '../../errors.ts'
import {
  answerClaim,
  type Channel,
  type Claim,
  claimKeyId,
  type Held,
  isClaimBundle,
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
import { createLookQueue } from './look-queue.ts'
import { endOf, type SentUnattended } from './sent-unattended.ts'
import { readLane } from './thread.ts'

/** Seconds in which an identity key is answered once. Whoever asks again later has not seen the answer. */
const answeredForSeconds = 3600

/** Milliseconds between looks at a claim whose account shows no such key yet: its bundle may be on the way from another node. */
const looksForKey = [1_000, 2_000, 4_000, 8_000, 16_000, 32_000]

/** A letter whose key this account keeps, and the channel on which it is asked for it. */
type Kept = Held & {
  readonly channel: Channel
  readonly lane: ThreadLane
  readonly recipientAddress: Parameters<typeof readContact>[1]
  /** When this run has handed the share out to which identity keys, in unix seconds. */
  readonly answered: Map<string, number>
  /** Refusals that this run has said: identity key and code. */
  readonly refused: Set<string>
  /** Identity keys that this run has looked for more than once. */
  readonly lookedFor: Set<string>
}

type Following = { readonly kept: Kept; readonly add: (claim: ReleasingClaim) => void }
type ReleasingClaim = Claim & { readonly release: NonNullable<Claim['release']> }

type Parts = { readonly session: Session; readonly edges: LaneEdges }

/** Answers whoever shows that a letter which this account has sent is for it. */
export type ClaimAnswers = {
  /** Listens on the channels of these letters too. */
  follow(sent: readonly SentUnattended[]): void
}

/** Starts to answer claims: on one connection in nobody's name, which says that one reader has these channels, and not who. */
export function createClaimAnswers(parts: Parts): ClaimAnswers {
  const { anonymous, signal, tell } = parts.session
  const followed = new Map<string, Following>()
  const late = () => {
    if (!signal.aborted) tell({ kind: 'degraded', code: 'claims.late' })
  }
  function queueOf(kept: Kept) {
    const again = (claim: ReleasingClaim) => lookAgain(parts, kept, { claim, add }).catch(late)
    const lookAt = async (claim: ReleasingClaim) => {
      if (await look(parts, kept, claim)) void again(claim)
    }
    const add = createLookQueue<ReleasingClaim>({ ...parts.session, look: lookAt, onError: late })
    return add
  }
  const stream = createGrowingStream({
    subscribe: (contentTopics, after) => anonymous.subscribe({ contentTopics, after, signal }),
    async *read(topic) {
      for await (const page of anonymous.query({ contentTopics: [topic] }, { signal })) yield* page.envelopes
    },
    async receive({ contentTopic, message }) {
      const one = followed.get(contentTopic)
      if (!one) return
      for (const claim of claimIn(one.kept, message)) {
        if (!isAnswered(parts, one.kept, claim)) one.add(claim) // what one letter is flooded with holds up no other
      }
    },
    onError: late,
  })
  signal.addEventListener('abort', stream.close)

  return {
    follow(sent) {
      const fresh = sent.flatMap((entry) => keptOf(parts, entry)).filter(({ channel }) => !followed.has(channel.topic))
      for (const one of fresh) followed.set(one.channel.topic, { kept: one, add: queueOf(one) })
      const topics = fresh.map(({ channel }) => channel.topic)
      const add = () => stream.add(topics, 'start')
      retry(add, { delaysMs: doublingDelays(500, 60_000), mayPass: () => !signal.aborted, signal }).catch(late)
    },
  }
}

/** What the account holds of a letter; nothing where it is over, or others hold it. */
function keptOf({ session, edges }: Parts, { escrow: encoded, recipient, channels }: SentUnattended): Kept[] {
  const { keyring, network, clock, log } = session
  return orNothing(() => decodeEscrow(encoded)).flatMap(({ letter, trustees, expiresAt, commitments }) => {
    const [trustee, ...others] = trustees
    const [own] = channels
    const topic = trustee?.lane?.topic
    const isOver = endOf(log.all('end'), { letter, expiresAt }).expiresAt <= BigInt(clock.seconds())
    if (isOver || others.length > 0 || !trustee || trustee.address.length > 0 || !topic || !own) return []
    const identitySecret = keyring.identity.keys.identityKey.secret
    const context = { ...session, ...edges, network }
    return {
      letter,
      recipient: addressToBytes(recipient),
      recipientAddress: recipient as Kept['recipientAddress'],
      index: 1,
      commitments,
      share: letterSecret({ identitySecret, networkId: network.id, letter }),
      expiresAt,
      channel: { topic, key: trustee.key },
      lane: new ThreadLane(context, { topic, lane: readLane(topic, own) }),
      answered: new Map<string, number>(),
      refused: new Set<string>(),
      lookedFor: new Set<string>(),
    }
  })
}

/** The claim that a message is, where it is one for this letter: as far as no signature tells. */
function claimIn({ channel, recipient, letter }: Kept, message: Uint8Array): ReleasingClaim[] {
  const [kind] = orNothing(() => openOnChannel(message, channel).kind)
  const release = kind?.case === 'claim' ? kind.value.release : undefined
  if (kind?.case !== 'claim' || !release || !equalBytes(release.account, recipient)) return []
  return release.letters.some((name) => equalBytes(name, letter)) ? [{ ...kind.value, release }] : []
}

const keyNameOf = ({ release }: ReleasingClaim): string => toHex(claimKeyId(release.identityKey))

/** Answers that lie on the channel count for nothing: whoever has the letter's header could have put them there. */
function isAnswered({ session }: Parts, { answered }: Kept, claim: ReleasingClaim): boolean {
  const at = answered.get(keyNameOf(claim))
  return at !== undefined && session.clock.seconds() < at + answeredForSeconds
}

/**
 * Answers a claim that the account's wallet has signed, and goes on until the answer is out. Whether it is to be looked at again soon: it
 * has shown a key of the account's that the account does not show.
 */
async function look(parts: Parts, one: Kept, claim: ReleasingClaim): Promise<boolean> {
  const { signal, sleep, network } = parts.session
  if (isAnswered(parts, one, claim) || !isReleased(network.id, claim.release)) return false
  for (const delay of doublingDelays(500, 60_000)) {
    const answered = await answer(parts, one, claim).catch((error: unknown) => {
      if (signal.aborted || !(error instanceof BaseError)) throw error
      return undefined
    })
    if (answered === 'share') one.answered.set(keyNameOf(claim), parts.session.clock.seconds())
    if (answered) return answered === 'release.key-unknown' && isClaimBundle(claim, one.recipient)
    await sleep(delay, signal)
  }
  return false
}

type Again = { readonly claim: ReleasingClaim; readonly add: (claim: ReleasingClaim) => void }

/** Beside the queue, and once for each identity key: nobody is held up by it, and who repeats a claim costs no more. */
async function lookAgain(parts: Parts, one: Kept, { claim, add }: Again): Promise<void> {
  const { sleep, signal } = parts.session
  if (one.lookedFor.has(keyNameOf(claim))) return
  one.lookedFor.add(keyNameOf(claim))
  for (const delay of looksForKey) {
    await sleep(delay, signal)
    if (isAnswered(parts, one, claim)) return
    add(claim)
  }
}

/**
 * What was answered, a share or a refusal's code; undefined where the node has not taken it. A refusal is said once: a claim can be put
 * there any number of times.
 */
async function answer({ session }: Parts, one: Kept, claim: ReleasingClaim): Promise<string | undefined> {
  const { network, clock, random, signal, log } = session
  const endNow = () => endOf(log.all('end'), one)
  const kind = await answerClaim({ ...one, expiresAt: endNow().expiresAt }, claim, {
    networkId: network.id,
    now: clock.seconds(),
    publishedKey: async () => (await readContact(session, one.recipientAddress, signal))?.identityKey.publicKey,
    unmet: async () => (endNow().isWithdrawn ? 'escrow.withdrawn' : undefined),
    random,
  })
  const code = kind.case === 'refused' ? kind.value.code : kind.case
  const refusal = kind.case === 'refused' ? `${keyNameOf(claim)} ${code}` : ''
  if (one.refused.has(refusal)) return code
  const message = sealOnChannel(kind, one.channel, random)
  const { topic: contentTopic } = one.channel
  const published = await one.lane.publish({ contentTopic, timestampNs: clock.minuteNs(), message }, signal)
  if (published.ok && refusal) one.refused.add(refusal)
  return published.ok ? code : undefined
}
