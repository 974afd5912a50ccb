import {
  type Checkpoint,
  decodeCheckpoint,
  decodeSignedCheckpoint,
  encodeSignedCheckpoint,
  type SignedCheckpoint,
} from '../../codec/index.ts'
import { networkIdOf, noteKinds, toAddress, toHex } from '../../crypto/index.ts'
import { BaseError } from '../../errors.ts'
import { createProverClient, type NodeInfo, type ProverClient } from '../../transport/index.ts'
import { type CheckpointTrust, defaultTerms, signersOf } from '../../verifier/index.ts'
import { askOnce, type ChainSource } from '../session/chain.ts'
import type { Tell } from '../session/events.ts'
import { trustOf } from '../session/network.ts'
import type { ChainOffer, ClientOptions, GivenChain, NetworkOptions } from '../session/options.ts'
import type { SafeStorage } from '../session/storage.ts'
import { openTrust } from './signed-source.ts'

/** Whose checkpoints a client follows, who has named them, and the prover that it asks. */
export type ClientTrust = CheckpointTrust & {
  /** `first-use`: the node that was asked first has named the signers, and everything rests on its word. */
  readonly namedBy: 'application' | 'first-use'
  readonly prover: string | undefined
}

/** A client's options, with what signers have signed where the application left something out. */
export type Learnt = {
  readonly options: ClientOptions
  readonly trust: ClientTrust | undefined
  /** With the contracts that are known; undefined where the application has given none. */
  readonly chain: ChainSource | undefined
}

type Learning = {
  readonly info: () => Promise<NodeInfo>
  readonly storage: Pick<SafeStorage, 'get' | 'set'>
  /** Unix seconds. */
  readonly now: () => number
  readonly signal: AbortSignal | undefined
  readonly tell: Tell
}

/**
 * Fills in what the application has not said, from the checkpoint that the node follows: prover, chain, note tree and
 * registry. Where the application names signers, they must have signed it, and the contracts that sell stamps, take payments
 * and keep stakes come from it, too. Where it names none, whoever has signed the first that is seen is believed from then on,
 * as long as there is a storage to remember it; money goes then to no contract but those that the application names.
 * What does not count is told, and changes nothing.
 */
export async function learnNetwork(options: ClientOptions, learning: Learning): Promise<Learnt> {
  const { chain } = options
  const given = trustOf(options.network)
  const isWhole = options.prover !== undefined && given !== undefined && (!chain || isComplete(chain))
  const said = isWhole ? undefined : await readSigned(options, learning)
  if (!said) {
    const trust = given && ({ ...given, namedBy: 'application', prover: options.prover } as const)
    return { options, trust, chain: chain && (await openChain(chain)) }
  }
  const { trust, checkpoint, namedBy } = said
  const { chainId, noteTree, registry, signers, threshold } = trust
  const known: ClientOptions = {
    ...options,
    prover: options.prover ?? proverOf(checkpoint),
    network: { ...options.network, chainId, noteTree, registry, signers, threshold },
  }
  const named = namedBy === 'application' ? checkpoint : undefined
  return {
    options: known,
    trust: { ...trust, namedBy, prover: known.prover },
    chain: chain && (await openChain(chain, named)),
  }
}

type Said = Pick<ClientTrust, 'namedBy'> & { readonly trust: CheckpointTrust; readonly checkpoint: Checkpoint }

/** What is signed; where that cannot be had, or does not count, what was believed before. */
async function readSigned(options: ClientOptions, learning: Learning): Promise<Said | undefined> {
  const { storage, tell } = learning
  const { name = defaultTerms.name, signers = [] } = options.network ?? {}
  const key = `pennypost/first-use/${toHex(networkIdOf(name))}`
  const isNamed = signers.length > 0
  const kept = isNamed ? undefined : decodeKept(await storage.get(key))
  const before = kept && saidBy(kept, options.network)
  try {
    const node = createProverClient({ url: options.node, fetch: options.anonymousFetch }) // it serves them as provers do
    const newest = await newestOf(node, learning)
    if (!newest) return before
    const said = before ?? saidBy(newest, options.network)
    const trust = await openTrust({ prover: node, trust: said.trust }, learning)
    const checkpoint = await trust.verify(newest, learning.signal)
    if (!before && !isNamed) await storage.set(key, encodeSignedCheckpoint(newest))
    return { ...said, checkpoint }
  } catch (error) {
    if (!(error instanceof BaseError)) throw error
    tell({ kind: 'degraded', code: error.code })
    return before
  }
}

async function newestOf(node: ProverClient, { info, signal }: Learning): Promise<SignedCheckpoint | undefined> {
  const { checkpointSequence } = await info()
  if (!checkpointSequence) return undefined
  return (await node.checkpoints(checkpointSequence - 1n, { signal })).at(-1)
}

/** What a checkpoint says of its network, and who has signed it: all that its signatures recover to, unless some are named. */
function saidBy(signed: SignedCheckpoint, { name = defaultTerms.name, ...given }: NetworkOptions = {}): Said {
  const checkpoint = decodeCheckpoint(signed.checkpoint)
  const found = signersOf(
    signed,
    signed.signatures.map(({ signer }) => toAddress(signer)),
  )
  const isNamed = given.signers !== undefined && given.signers.length > 0
  const trust = {
    networkId: networkIdOf(name),
    chainId: BigInt(given.chainId ?? checkpoint.chainId),
    noteTree: given.noteTree ?? toAddress(checkpoint.noteTree),
    registry: given.registry ?? toAddress(checkpoint.registry),
    signers: isNamed ? (given.signers ?? []) : found,
    threshold: isNamed ? (given.threshold ?? 1) : found.length,
  }
  return { namedBy: isNamed ? 'application' : 'first-use', trust, checkpoint }
}

function decodeKept(bytes: Uint8Array | undefined): SignedCheckpoint | undefined {
  try {
    const signed = bytes && decodeSignedCheckpoint(bytes)
    if (signed) decodeCheckpoint(signed.checkpoint)
    return signed
  } catch (error) {
    if (error instanceof BaseError) return undefined // what was kept is no checkpoint
    throw error
  }
}

/** The first issuer is a prover that answers clients, too. */
const proverOf = ({ issuers }: Checkpoint): string | undefined =>
  issuers.map(({ url }) => url).find((url) => URL.canParse(url) && /^https?:$/.test(new URL(url).protocol))

const isComplete = (chain: ChainOffer): boolean => typeof chain !== 'function' && chain.token !== undefined

/** Of what is given as it is, the rest is looked up at once; a function is not called before something is done on the chain. */
async function openChain(chain: ChainOffer, named?: Checkpoint): Promise<ChainSource> {
  const complete = (given: GivenChain) => (named ? withContracts(given, named) : given)
  if (typeof chain === 'function') return askOnce(async () => complete(await chain()))
  const whole = await complete(chain)
  return async () => whole
}

/** The contracts of the signed classes, and the token that they take, where the application has not named its own. */
async function withContracts(chain: GivenChain, { classes }: Checkpoint): Promise<GivenChain> {
  const contractOf = (kind: 'stamp' | 'stake' | 'payment') => {
    const found = classes.find((one) => one.kind === noteKinds[kind])
    return found && toAddress(found.contract)
  }
  const [postage, stakes, payments] = [contractOf('stamp'), contractOf('stake'), contractOf('payment')]
  const address = postage ?? payments ?? stakes
  const token = address && (await chain.publicClient.readContract({ address, abi: tokenAbi, functionName: 'token' }))
  return {
    ...(token && { token }),
    ...(postage && { postage }),
    ...(stakes && { stakes }),
    ...(payments && { payments }),
    ...chain,
  }
}

const tokenAbi = [
  { type: 'function', name: 'token', stateMutability: 'view', inputs: [], outputs: [{ type: 'address' }] },
] as const
