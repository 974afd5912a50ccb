import type { WalletLike } from '../identity/index.ts'
import { personOf } from '../notes/index.ts'
import { type AnonymousNode, createAnonymousNode, NodeUnavailableError } from '../transport/index.ts'
import { issuersOf } from '../verifier/index.ts'
import { createLaneHomes } from './lanes/lane-homes.ts'
import { PaidLetters } from './postage/paid-letters.ts'
import type { Purse } from './postage/purse.ts'
import type { ChainSource } from './session/chain.ts'
import type { ClientOptions } from './session/options.ts'
import type { Session } from './session/session.ts'
import { createFactClaims } from './tickets/fact-claims.ts'
import { createFactNotes } from './tickets/fact-notes.ts'
import { createProve } from './tickets/prove-holding.ts'
import { credentialProver } from './tickets/prover-when-asked.ts'
import type { SignedSource } from './tickets/signed-source.ts'
import { createStakeNotes } from './tickets/stake-notes.ts'
import { Stamps } from './tickets/stamps.ts'
import { createTicketMaker } from './tickets/ticket-maker.ts'
import { createTreeKeeper } from './tickets/tree-keeper.ts'

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
export function createMeans(options: ClientOptions, { wallet, session, signed, chain }: Means, signal: AbortSignal) {
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
  const stamps = new Stamps({ ...common, prover, sealed: session.sealed })
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
    ready = Promise.allSettled([stamps.begin({ signal }), stakeNotes.reserve({ signal }), factNotes.reserve()])
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
