import { createCodecRegistry, textCodec } from '../content/index.ts'
import { equalBytes, networkIdOf, preferFastSecp256k1, randomBytes } from '../crypto/index.ts'
import { BaseError } from '../errors.ts'
import { createKeyring, type Identity, toWallet, type WalletLike } from '../identity/index.ts'
import { AccountLog, createSealedKeys } from '../letters/index.ts'
import { personOf } from '../notes/index.ts'
import { parseRule } from '../policy/index.ts'
import { createNodeClient, createProverClient, type NodeClient, type NodeInfo } from '../transport/index.ts'
import { Notices } from './account/notices.ts'
import { Payments } from './account/payments.ts'
import { createLaneHomes } from './lanes/lane-homes.ts'
import { connectionCodec } from './mailbox/connection-content.ts'
import { PaidLetters } from './postage/paid-letters.ts'
import { type Clock, createClock } from './session/clock.ts'
import type { ClientContext, StampTerms } from './session/context.ts'
import { createLogTransport } from './session/log-transport.ts'
import { createTokenSource, login, readAccount } from './session/login.ts'
import type { ClientNetwork } from './session/network.ts'
import type { ClientOptions, NetworkOptions } from './session/options.ts'
import { type PeerPolicy, policyOf } from './session/peer.ts'
import { createRecorder } from './session/recorder.ts'
import { patiently } from './session/retry.ts'
import { createStakeNotes } from './tickets/stake-notes.ts'
import { Stakes } from './tickets/stakes.ts'
import { Stamps } from './tickets/stamps.ts'
import { createTicketMaker } from './tickets/ticket-maker.ts'
import { createTreeKeeper } from './tickets/tree-keeper.ts'

/** What a client begins with. */
type Created = {
  readonly context: ClientContext
  /** Whether the account has just been made: then its log is empty. */
  readonly isNew: boolean
  /** The policy that it had published before. */
  readonly policy: PeerPolicy
}

/** Logs an account in, and wires up what its client works with. */
export async function createContext(wallet: WalletLike, options: ClientOptions): Promise<Created> {
  const { fetch, random = randomBytes, now = () => Date.now() / 1000, onProgress: tell = () => undefined } = options
  const node = createNodeClient({ url: options.node, ...(fetch && { fetch }) })
  const clock = createClock(now, random)
  const address = await toWallet(wallet).getAddress()
  const [info, account] = await Promise.all([
    patiently(() => node.info()),
    readAccount(node, address),
    preferFastSecp256k1(),
  ])
  const network = readNetwork(info, options.network)
  const { identity, isNew } = await login({ node, random, clock, tell }, wallet, account)
  const identitySecret = identity.keys.identityKey.secret
  const connect = (url: string) => createNodeClient({ url, ...(fetch && { fetch }) })
  const homes = createLaneHomes({ networkId: network.id, connect })
  const transport = createLogTransport({ node, network, homes, random, clock })
  const log = new AccountLog({ identitySecret, transport, random })
  const means = createMeans(options, { network, identity, log, clock })
  const context = {
    node,
    network,
    homes,
    keyring: createKeyring(identity),
    sealedKeys: createSealedKeys(identitySecret),
    log,
    recorder: createRecorder({ log, tell }),
    ...means,
    stampTerms: createTermsSource(node, means.stamps, info),
    chain: options.chain,
    registry: createCodecRegistry([textCodec, ...(options.codecs ?? []), connectionCodec]),
    random,
    clock,
    token: createTokenSource(identity, clock),
    tell,
    refusedConnections: new Set<string>(),
  }
  return { context, isNew, policy: policyOf(account.policy, address, network.id) }
}

function readNetwork(
  { network, floor, defaultRule, requestBits, nodeKey }: NodeInfo,
  expected: NetworkOptions = {},
): ClientNetwork {
  const name = expected.name ?? network.name
  const id = networkIdOf(name)
  if (!equalBytes(id, network.id)) {
    throw new NetworkMismatchError(`The node is of the network ${network.name}, not of ${name}.`)
  }
  return { name, id, floor: parseRule(floor), defaultRule: parseRule(defaultRule), requestBits, nodeKey }
}

type Parts = { network: ClientNetwork; identity: Identity; log: AccountLog; clock: Clock }

/** What an account pays with, all of it over one tree and one worker. */
function createMeans(options: ClientOptions, { network, identity, log, clock }: Parts) {
  const { fetch, storage, artifacts, workerUrl, chain, device } = options
  const { random = randomBytes, onProgress: tell = () => undefined } = options
  const { signers = [], threshold = 1 } = options.network ?? {}
  const prover = options.prover ? createProverClient({ url: options.prover, ...(fetch && { fetch }) }) : undefined
  const tree = createTreeKeeper({ prover, trust: { networkId: network.id, signers, threshold }, storage, tell })
  const maker = createTicketMaker({ tree, tell, ...(artifacts && { artifacts }), ...(workerUrl && { workerUrl }) })
  const person = personOf(identity.keys.identityKey.secret)
  const common = { log, person, tree, maker, chain, device, storage, random, clock, tell }
  const stakeNotes = createStakeNotes(common)
  return {
    stamps: new Stamps({ ...common, prover }),
    stakeNotes,
    stakes: new Stakes({ ...common, notes: stakeNotes }),
    paidLetters: new PaidLetters(common),
    payments: new Payments({ ...common, address: identity.address }),
    notices: new Notices(common),
  }
}

/** The network's first stamps, by a signed checkpoint where one is known, else by what node or prover say. */
function createTermsSource(node: NodeClient, stamps: Stamps, info: NodeInfo): () => Promise<StampTerms | undefined> {
  let classes = info.stampClasses
  return async () => {
    const signed = stamps.terms()
    if (signed) return signed
    if (classes.length === 0) classes = (await patiently(() => node.info())).stampClasses
    return [...classes].sort((a, b) => a.number - b.number)[0] ?? stamps.fetchTerms()
  }
}

/** The node is of another network than was asked for. */
export class NetworkMismatchError extends BaseError {
  override readonly code = 'network.mismatch'
}
