import { pause } from '../async.ts'
import { createCodecRegistry, textCodec } from '../content/index.ts'
import { preferFastSecp256k1, randomBytes } from '../crypto/index.ts'
import { createKeyring, type Identity, type WalletLike } from '../identity/index.ts'
import { AccountLog, logPlaceOf } from '../log/index.ts'
import { personOf } from '../notes/index.ts'
import { tellSafely } from '../tell.ts'
import { type AnonymousNode, createAnonymousNode, createNamedNode, NodeUnavailableError } from '../transport/index.ts'
import { issuersOf } from '../verifier/index.ts'
import type { Facts } from './account/facts.ts'
import type { Notices } from './account/notices.ts'
import type { Payments } from './account/payments.ts'
import { createLaneHomes } from './lanes/lane-homes.ts'
import { createReceipts, type Receipts } from './lanes/receipts.ts'
import { createBroken } from './mailbox/broken.ts'
import { connectionCodec } from './mailbox/connection-content.ts'
import { Consents } from './mailbox/consents.ts'
import { createFollowing } from './mailbox/following.ts'
import { Inbox } from './mailbox/inbox.ts'
import { createOwnBlocks } from './mailbox/own-blocks.ts'
import { PaidLetters } from './postage/paid-letters.ts'
import type { Purse } from './postage/purse.ts'
import { rareParts } from './rare-parts.ts'
import type { Mailroom } from './sending/mailroom.ts'
import { createPrepared } from './sending/prepared.ts'
import { askLater, randomWait } from './session/awake.ts'
import type { ChainSource } from './session/chain.ts'
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
import { createFactClaims } from './tickets/fact-claims.ts'
import { createFactNotes } from './tickets/fact-notes.ts'
import { type Learnt, learnNetwork } from './tickets/learn-network.ts'
import { createProve } from './tickets/prove-holding.ts'
import { credentialProver } from './tickets/prover-when-asked.ts'
import { readSaid, type SignedSource, signedSource } from './tickets/signed-source.ts'
import { createStakeNotes } from './tickets/stake-notes.ts'
import type { Stakes } from './tickets/stakes.ts'
import { Stamps } from './tickets/stamps.ts'
import { createTicketMaker } from './tickets/ticket-maker.ts'
import { createTreeKeeper } from './tickets/tree-keeper.ts'

/** What a client is made of. */
export type Parts = {
  readonly wallet: WalletLike
  readonly mailroom: Mailroom
  readonly stakes: Stakes
  readonly payments: Payments
  readonly notices: Notices
  readonly facts: Facts
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
  const { address } = session.keyring.identity
  const edges = { ...lanes, receipts }
  const prepared = createPrepared({ session, edges, awake })
  const mailroom = {
    ...createReading(session),
    purse,
    edges,
    inbox,
    prepared,
    mirror: options.mirror ? 'on' : 'off',
  } as const
  return {
    wallet,
    mailroom,
    ...rareParts({
      stakes: { ...common, notes: purse.stakeNotes },
      payments: { ...common, address },
      notices: common,
      facts: {
        ...ofFacts,
        fetch: options.anonymousFetch,
        wallet,
        address,
        notes: purse.factNotes,
        claims: purse.factClaims,
      },
    }),
    known,
    receipts,
    policy,
    end: () => {
      ending.abort()
      ofFacts.credentials.close()
    },
  }
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
    copies: createCopies({ log, privacy, sleep, random, tell, signal: ending }),
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

/** The newest checkpoint that the node names. Where it does not answer, it takes no ticket either. */
async function newestNamed(anonymous: AnonymousNode, signal: AbortSignal | undefined): Promise<bigint | undefined> {
  try {
    return (await anonymous.info({ signal })).checkpointSequence
  } catch (error) {
    if (error instanceof NodeUnavailableError) return undefined
    throw error
  }
}

type Means = {
  readonly wallet: WalletLike
  readonly session: Session
  readonly signed: SignedSource
  readonly chain: ChainSource | undefined
}

/** What an account pays with, all of it over one tree and one worker. */
function createMeans(options: ClientOptions, { wallet, session, signed, chain }: Means, signal: AbortSignal) {
  const { artifacts, workerUrl, device } = options
  const { prover, trust, newest: said } = signed
  const { network, keyring, log, storage, copies, random, clock, tell } = session
  const { maxCheckpointAge: maxAge } = options.network ?? {}
  const newest = (signal: AbortSignal | undefined) => newestNamed(session.anonymous, signal)
  const tree = createTreeKeeper({ prover, trust, storage, tell, now: clock.seconds, maxAge, newest })
  signed.newest = () => tree.checkpoint() ?? said()
  const maker = createTicketMaker({ tree, tell, artifacts, workerUrl })
  const person = personOf(keyring.identity.keys.identityKey.secret)
  let ready: Promise<unknown> = Promise.resolve()
  const firstReady = () => ready
  const common = { log, person, tree, maker, chain, device, storage, copies, random, clock, tell, firstReady }
  const stamps = new Stamps({ ...common, prover })
  const stakeNotes = createStakeNotes(common)
  const issuers = () => issuersOf(signed.newest() ?? { issuers: [] }) // as of the login, until the tree is read
  const identityKey = keyring.identity.keys.identityKey.secret
  const credentials = credentialProver({ workerUrl, artifacts: options.credentialArtifacts })
  const chainId = () => signed.newest()?.chainId ?? 0n
  const prove = createProve(chain, { signed, address: keyring.identity.address })
  const ofFacts = { ...common, identityKey, networkId: network.id, chainId, issuers, credentials, prove }
  const factNotes = createFactNotes({ ...ofFacts, prover: credentials, sealed: session.sealed })
  copies.beforePage(() => stamps.reserve())
  copies.beforePage(() => stakeNotes.reserve())
  copies.beforePage(() => factNotes.reserve())
  // Right after logging in, which the node sees anyway. What fails is told where a letter needs it.
  // One of a stake: what is not used is lost until the next epoch.
  if (copies.isSteady)
    ready = Promise.allSettled([stamps.prepare({ signal }), stakeNotes.reserve({ signal }), factNotes.reserve()])
  const purse: Purse = {
    stamps,
    stakeNotes,
    factNotes,
    factClaims: createFactClaims({ ...ofFacts, wallet, sealed: session.sealed }),
    paidLetters: new PaidLetters(common),
    workerUrl,
    refusedConnections: new Set(),
    stampTerms: async (step) => stamps.terms() ?? (trust ? stamps.fetchTerms(step) : undefined),
  }
  const homes = createLaneHomes({
    network,
    nodes: () => tree.checkpoint()?.nodes ?? [],
    connect: (url) => createAnonymousNode({ url, fetch: options.anonymousFetch }),
  })
  return { purse, edges: { anonymous: session.anonymous, network, homes }, common, ofFacts }
}
