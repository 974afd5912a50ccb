import { pause } from '../async.ts'
import { createCodecRegistry, textCodec } from '../content/index.ts'
import { preferFastSecp256k1, randomBytes } from '../crypto/index.ts'
import { createKeyring, type Identity, type WalletLike } from '../identity/index.ts'
import { AccountLog, logPlaceOf } from '../log/index.ts'
import { tellSafely } from '../tell.ts'
import { createAnonymousNode, createNamedNode } from '../transport/index.ts'
import type { Facts } from './account/facts.ts'
import type { Notices } from './account/notices.ts'
import type { Payments } from './account/payments.ts'
import { createMeans } from './create-means.ts'
import { createReceipts, type Receipts } from './lanes/receipts.ts'
import { createBroken } from './mailbox/broken.ts'
import { connectionCodec } from './mailbox/connection-content.ts'
import { Consents } from './mailbox/consents.ts'
import { findUnattended, type Unattended } from './mailbox/find-unattended.ts'
import { createFollowing } from './mailbox/following.ts'
import { Inbox } from './mailbox/inbox.ts'
import { createOwnBlocks } from './mailbox/own-blocks.ts'
import { sentIn } from './mailbox/sent-unattended.ts'
import { rareParts } from './rare-parts.ts'
import type { Mailroom } from './sending/mailroom.ts'
import { createPrepared } from './sending/prepared.ts'
import { askLater, randomWait } from './session/awake.ts'
import { checkClock } from './session/check-clock.ts'
import { createClock } from './session/clock.ts'
import { createCopies } from './session/copies.ts'
import { createLogMemory, createLogTransport } from './session/log-transport.ts'
import { createLogVault } from './session/log-vault.ts'
import { type LoginEdges, login, readAccount } from './session/login.ts'
import { pinNetwork } from './session/network.ts'
import { type ClientOptions, defaultPrivacy } from './session/options.ts'
import { type PeerPolicy, policyOf } from './session/peer.ts'
import { retried } from './session/retry.ts'
import { createSealedStorage } from './session/sealed-storage.ts'
import type { Session } from './session/session.ts'
import { createSafeStorage } from './session/storage.ts'
import { walletUntil } from './session/wallet-until.ts'
import { whenAsked } from './session/when-asked.ts'
import { type Learnt, learnNetwork } from './tickets/learn-network.ts'
import { readSaid, signedSource } from './tickets/signed-source.ts'
import type { Stakes } from './tickets/stakes.ts'

/** What a client is made of. */
export type Parts = {
  readonly wallet: WalletLike
  readonly mailroom: Mailroom
  readonly stakes: Stakes
  readonly payments: Payments
  readonly notices: Notices
  readonly facts: Facts
  readonly unattended: Unattended
  /** The options, and what signers have said where they say nothing. */
  readonly known: Learnt
  readonly receipts: Receipts
  /** The policy that the account had published. */
  readonly policy: PeerPolicy
  /** Ends all that goes on by itself. */
  readonly end: () => void
}

/** Logs an account in, and wires up what its client works with. The only file that knows all of it. */
export async function createParts(wallet: WalletLike, options: ClientOptions): Promise<Parts> {
  const ending = new AbortController()
  const { session, awake, receipts, policy, signed, known } = await createSession(wallet, options, ending.signal)
  const inbox = new Inbox(session)
  session.copies.beforePage(async () => {
    await inbox.sync(ending.signal) // first, and for every page, whatever it is of
    return false
  })
  const payer = { wallet, session, signed, chain: known.chain }
  const { purse, edges: lanes, common, ofFacts } = createMeans(known.options, payer, ending.signal)
  const edges = { ...lanes, receipts }
  const { address } = session.keyring.identity
  const rare = rareParts({
    stakes: { ...common, notes: purse.stakeNotes },
    payments: { ...common, address },
    notices: { ...common, page: options.network?.mailPage ?? `${options.node.replace(/\/$/, '')}/app/mail.html` },
    facts: {
      ...ofFacts,
      fetch: options.anonymousFetch,
      wallet,
      address,
      notes: purse.factNotes,
      claims: purse.factClaims,
    },
  })
  const mailroom = {
    ...createReading(session),
    ...{ purse, edges, inbox, prepared: createPrepared({ session, edges, awake }), notices: rare.notices },
    mirror: options.mirror ? 'on' : 'off',
    unattended: options.unattended ?? 'on',
  } as const
  const unattended = findUnattended({ session, edges, inbox, wallet })
  answerWhenAsked(mailroom)
  return {
    wallet,
    mailroom,
    unattended,
    ...rare,
    known,
    receipts,
    policy,
    end: () => {
      ending.abort()
      unattended.end()
      ofFacts.credentials.close()
    },
  }
}

/** Answers claims of letters that the account has sent: those in its log, and those that it sends. The code is for who has some. */
function answerWhenAsked({ session, edges, inbox }: Pick<Mailroom, 'session' | 'edges' | 'inbox'>): void {
  const answers = whenAsked(async () => {
    const { createClaimAnswers } = await import('./mailbox/answer-claims.ts')
    const { follow } = createClaimAnswers({ session, edges })
    return { follow: async (sent: Parameters<typeof follow>[0]) => follow(sent) }
  })
  let known = 0
  const look = () => {
    const sent = sentIn(session.log)
    const all = sent.length + session.log.all('end').length // what was over may go on
    if (all === known || session.signal.aborted) return
    known = all
    answers.follow(sent).catch(() => session.tell({ kind: 'degraded', code: 'claims.late' }))
  }
  inbox.onRead(look)
  inbox.onBegin(look)
}

/** What an account reads by. */
function createReading(session: Session): Pick<Mailroom, 'session' | 'reading' | 'consents' | 'blocks' | 'following'> {
  const blocks = createOwnBlocks(session)
  const consents = new Consents({ ...session, blocks })
  const reading = { ...session, broken: createBroken() }
  return { session, reading, consents, blocks, following: createFollowing(session) }
}

async function createSession(wallet: WalletLike, options: ClientOptions, ending: AbortSignal) {
  const edges = edgesOf(options)
  const { anonymous, clock, random, tell, sleep, signal } = edges
  const own = walletUntil(wallet, signal)
  const address = await own.getAddress()
  const storage = createSafeStorage(options.storage, tell)
  const asked = retried(() => checkClock(() => anonymous.info({ signal }), edges), signal)
  const [info, found, { signed, said, ...known }] = await Promise.all([
    asked,
    readAccount(edges, address),
    askSigners(options, { now: clock.seconds, signal, storage, tell, info: () => asked }),
    preferFastSecp256k1(),
  ])
  signed.newest = () => said
  const network = pinNetwork(info, known.options.network, () => signed.newest())
  const ask = { wallet: own, address, mayReplace: options.identity === 'new' }
  const { identity, sealedKeys, named, account } = await login({ ...edges, network }, ask, found)
  const { log, sealed } = openLog({ identity, sealedKeys, named, storage, networkId: network.id, random, clock })
  await log.sync(signal) // the last that can fail: nothing goes on by itself before
  const privacy = { ...defaultPrivacy, ...options.privacy }
  const awake = randomWait({ privacy, sleep, random, signal: ending })
  awake.catch(() => undefined) // closed before
  const session: Session = {
    named,
    anonymous: privacy.waitSeconds > 0 ? askLater(anonymous, awake) : anonymous,
    network,
    keyring: createKeyring(identity),
    sealedKeys,
    sealed,
    log,
    copies: createCopies({ log, privacy, sleep, random, tell, storage, clock, signal: ending }),
    registry: createCodecRegistry([textCodec, ...(options.codecs ?? []), connectionCodec]),
    storage,
    privacy,
    random,
    clock,
    sleep,
    tell,
    signal: ending,
  }
  const policy = policyOf(account.policy, address, network.id)
  return { session, awake, receipts: createReceipts(sealed), policy, signed, known }
}

/** What signers say of the network, and what the application has left to them. */
async function askSigners(options: ClientOptions, learning: Parameters<typeof learnNetwork>[1]) {
  const learnt = await learnNetwork(options, learning)
  const signed = signedSource(learnt.options)
  return { ...learnt, signed, said: await readSaid(signed, learning) }
}

type LogEdges = Pick<Session, 'named' | 'sealedKeys' | 'storage' | 'random' | 'clock'> & {
  readonly identity: Identity
  readonly networkId: Uint8Array
}

/** The account's log, and what this device remembers. */
function openLog({ identity, sealedKeys, named, storage, networkId, random, clock }: LogEdges) {
  const { secret } = identity.keys.identityKey
  const place = logPlaceOf(identity.address, secret)
  const sealed = createSealedStorage(storage, { networkId, place, random })
  const log = new AccountLog({
    place,
    transport: createLogTransport(named, place),
    memory: createLogMemory(sealed),
    vault: createLogVault(sealedKeys, random),
    random,
    nextNs: clock.nextNs,
  })
  return { log, sealed }
}

type Edges = Omit<LoginEdges, 'network'> & Pick<Session, 'sleep'> & { readonly now: () => number }

function edgesOf(options: ClientOptions): Edges {
  const { node: url, fetch, anonymousFetch, random = randomBytes, now = () => Date.now() / 1000, signal } = options
  return {
    anonymous: createAnonymousNode({ url, fetch: anonymousFetch }),
    connect: (token) => createNamedNode({ url, token, fetch }),
    random,
    now,
    clock: createClock(now, random),
    sleep: options.sleep ?? pause,
    tell: (event) => tellSafely(options.onProgress, event),
    signal,
  }
}
