import { decodeBundle, decodeEscrow, type Escrow } from '../../codec/index.ts'
import { addressToBytes, ed25519PublicKey, equalBytes, toAddress } from '../../crypto/index.ts'
import {
  type Channel,
  depositorKey,
  isChange,
  isEndRefused,
  openOnChannel,
  sealOnChannel,
  signChange,
} from '../../escrow/index.ts'
import type { OwnLane } from '../lanes/lane.ts'
import { ThreadLane } from '../lanes/thread-lane.ts'
import { endOf, type SaidEnd, type SentUnattended } from '../mailbox/sent-unattended.ts'
import { readLane } from '../mailbox/thread.ts'
import { orNothing } from '../session/peer.ts'
import { type Refusal, refuse } from '../session/refusal.ts'
import type { Session } from '../session/session.ts'
import { endAfter, mostDays } from './letter-escrow.ts'
import type { Mailroom } from './mailroom.ts'

type Room = Pick<Mailroom, 'session' | 'edges' | 'inbox'>
type Done = { readonly ok: true } | Refusal
/** `trustee`: 20 bytes, or none. */
type OwnChannel = Channel & { readonly lane: OwnLane; readonly trustee: Uint8Array }

/** Of a withdrawal: whatever another client says at the same time, this one is newer. */
const lastVersion = 0xffff_ffff
const day = 86_400

/** Takes a letter back: for good. Said again, it reaches the trustees that it has not reached before. */
export async function withdraw(room: Room, sent: SentUnattended, signal: AbortSignal | undefined): Promise<Done> {
  const escrow = decodeEscrow(sent.escrow)
  const { isWithdrawn } = endOf(room.session.log.all('end'), escrow)
  const said = { letter: escrow.letter, expiresAt: 0n, version: lastVersion }
  await keep(room, isWithdrawn ? undefined : said, signal)
  const channels = isOwn(escrow) ? [] : channelsOf(escrow, sent)
  return say(room, channels, { said, signal })
}

/** Gives what is escrowed of a letter another end: in so many days, or at a time. */
export async function extend(
  room: Room,
  sent: SentUnattended,
  until: Date | number,
  signal: AbortSignal | undefined,
): Promise<{ readonly ok: true; readonly keptUntil: number } | Refusal> {
  const { session, inbox } = room
  const { log, clock, copies } = session
  await (copies.isSteady ? inbox.readOnce(signal) : inbox.sync(signal)) // a look at the log now would name who changes it
  const escrow = decodeEscrow(sent.escrow)
  const { letter } = escrow
  const channels = channelsOf(escrow, sent)
  const found = await Promise.all(channels.map((channel) => readSaid(session, channel, { letter, signal })))
  const known = endOf([...log.all('end'), ...found.flat()], escrow)
  const keptUntil = until instanceof Date ? Math.floor(until.getTime() / 1000) : endAfter(until, clock)
  const refused = refuseEnd(known, keptUntil, clock.seconds())
  if (refused) return refused
  const version = Math.max(clock.seconds(), known.version + 1)
  const said = { letter, expiresAt: BigInt(keptUntil), version }
  await keep(room, said, signal)
  const answer = await say(room, channels, { said, signal })
  if (!answer.ok) return answer
  const refusing = await awaitRefused(session, { said, channels, signal })
  return refusing ?? { ok: true, keptUntil }
}

/** Between looks at what trustees say to another end, in milliseconds: whoever does it says nothing. */
const looks = [200, 400, 800]

type Asked = Saying & { readonly channels: readonly OwnChannel[] }

/** What trustees have signed by now that they do not keep for so long; undefined where none has. */
async function awaitRefused(session: Session, { said, channels, signal }: Asked): Promise<Refusal | undefined> {
  const others = channels.filter(({ trustee }) => trustee.length > 0)
  for (const delay of others.length > 0 ? looks : []) {
    await session.sleep(delay, signal)
    const found = await Promise.all(others.map((channel) => readRefused(session, channel, { said, signal })))
    const refused = found.flat()
    if (refused.length > 0) return refuse('trustee.refused', `Not kept for so long: ${refused.join('; ')}.`)
  }
  return undefined
}

/** What one trustee has signed about a change. */
async function readRefused(session: Session, channel: OwnChannel, { said, signal }: Saying): Promise<string[]> {
  const { trustee } = channel
  const found: string[] = []
  for await (const kind of kindsOn(session, channel, signal)) {
    if (kind.case !== 'endRefused' || kind.value.version !== said.version) continue
    const { latest, signature, version, bundle: bytes } = kind.value
    const signed = orNothing(() => {
      const bundle = decodeBundle(bytes)
      const word = { letter: said.letter, latest, version, signature }
      const isIts = equalBytes(addressToBytes(session.keyring.verifyBundle(bundle)), trustee)
      return isIts && isEndRefused(session.network.id, word, bundle.identityKey.publicKey)
    })
    if (signed.includes(true)) found.push(`${toAddress(trustee)} keeps it until ${timeOf(latest)} at the latest`)
  }
  return found.slice(0, 1)
}

const timeOf = (seconds: bigint): string => new Date(Number(seconds) * 1000).toISOString()

/** What can be read on a channel. */
async function* kindsOn({ anonymous }: Session, channel: Channel, signal: AbortSignal | undefined) {
  for await (const { envelopes } of anonymous.query({ contentTopics: [channel.topic] }, { signal }))
    for (const { message } of envelopes) yield* orNothing(() => openOnChannel(message, channel).kind)
}

function refuseEnd(known: ReturnType<typeof endOf>, keptUntil: number, now: number): Refusal | undefined {
  if (known.isWithdrawn) return refuse('escrow.withdrawn', 'The letter was taken back: nobody keeps its key any more.')
  if (known.expiresAt <= BigInt(now))
    return refuse('escrow.expired', 'Its time is over: nobody keeps its key any more.')
  if (keptUntil > now && keptUntil <= now + mostDays * day) return undefined
  return refuse('escrow.end', `The key of a letter is kept until some time within ${mostDays} days from now.`)
}

/** Whether the account itself keeps the key: its clients go by the log. */
const isOwn = ({ trustees }: Escrow): boolean => trustees.every(({ address }) => address.length === 0)

/** The channels of a letter, with the own lane on each. */
const channelsOf = ({ trustees }: Escrow, { channels }: SentUnattended): OwnChannel[] =>
  trustees.flatMap(({ address: trustee, lane: asked, key }, i) => {
    const own = channels[i]
    const lane = asked && own && readLane(asked.topic, own)
    return lane ? [{ topic: lane.topic, key, lane, trustee }] : []
  })

/** The log has it first: what a client says and cannot keep, the others would contradict. */
async function keep(
  { session, inbox }: Room,
  said: SaidEnd | undefined,
  signal: AbortSignal | undefined,
): Promise<void> {
  if (said) await session.log.keep({ case: 'end', value: said })
  await session.copies.catchUp(signal)
  inbox.readLog()
}

type Saying = { readonly said: SaidEnd; readonly signal: AbortSignal | undefined }

async function say({ session, edges }: Room, channels: readonly OwnChannel[], { said, signal }: Saying): Promise<Done> {
  const { network, random, clock } = session
  const { letter, ...change } = said
  const signature = signChange(network.id, said, depositorKey(lettersOf(session, letter)))
  const answers = await Promise.all(
    channels.map(({ lane, ...channel }) => {
      const { topic } = channel
      const message = sealOnChannel({ case: 'change', value: { ...change, signature } }, channel, random)
      const envelope = { contentTopic: topic, timestampNs: clock.minuteNs(), message }
      return new ThreadLane({ ...session, ...edges, network }, { topic, lane }).publish(envelope, signal)
    }),
  )
  return answers.find((answer) => !answer.ok) ?? { ok: true }
}

type Reading = { readonly letter: Uint8Array; readonly signal: AbortSignal | undefined }

/** What clients of this account have said on a channel: the log may not have it yet. */
async function readSaid(session: Session, channel: Channel, { letter, signal }: Reading): Promise<SaidEnd[]> {
  const { network } = session
  const depositor = ed25519PublicKey(depositorKey(lettersOf(session, letter)))
  const found: SaidEnd[] = []
  for await (const kind of kindsOn(session, channel, signal)) {
    if (kind.case !== 'change') continue
    const { expiresAt, version, signature } = kind.value
    const said = { letter, expiresAt, version }
    if (isChange(network.id, { ...said, signature }, depositor)) found.push(said)
  }
  return found
}

const lettersOf = ({ keyring, network }: Session, letter: Uint8Array) => ({
  identitySecret: keyring.identity.keys.identityKey.secret,
  networkId: network.id,
  letter,
})
