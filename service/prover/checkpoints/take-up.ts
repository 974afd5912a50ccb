import {
  type Checkpoint,
  decodeCheckpoint,
  encodeCheckpoint,
  encodeSignedCheckpoint,
  type SignedCheckpoint,
} from '@pennypost/sdk/codec'
import { concatBytes, equalBytes, fromBytes, toBytes32, toHex } from '@pennypost/sdk/crypto'
import {
  applyCheckpoint,
  BaseError,
  type CheckpointView,
  signersOf,
  verifyCheckpoint,
  withoutRest,
} from '@pennypost/sdk/verifier'
import type { Clock } from '../../plugins/clock.ts'
import type { BlockRef, LogPosition, ProverStore } from '../store/index.ts'
import { shrunk } from './faults.ts'
import { makeCheckpoint, type Network } from './make-checkpoint.ts'
import type { Peer } from './peers.ts'
import type { Schedule } from './schedule.ts'
import type { Signer } from './signer.ts'

type Options = {
  readonly store: ProverStore
  readonly network: Network
  readonly schedule: Schedule
  readonly peers: readonly Peer[]
  readonly signer: Signer
  readonly clock: Clock
  /** The newest block that counts. */
  readonly head: BlockRef
}

/** `known`: this prover has it now; `behind`: it has not read so much of the chain; `disowned`: it is not so. */
type Outcome = 'known' | 'behind' | 'disowned'

/**
 * Takes up what others have signed, as far as it follows and what was read here says the same. What one says that does not
 * hold does not keep from the others. Answers whether this prover knows all that they say: where it does not, it must not
 * sign. Throws {@link ProverUnavailableError} where nothing more is heard, and somebody does not answer.
 */
export async function takeUp(options: Options): Promise<boolean> {
  for (;;) {
    const before = await newestOf(options)
    const pages = await Promise.allSettled(options.peers.map((peer) => peer(before?.sequence ?? 0n)))
    if (await isBehind(options, pages)) return false
    if ((await newestOf(options))?.sequence !== before?.sequence) continue
    const silent = pages.find((page) => page.status === 'rejected')
    if (silent) throw silent.reason
    return true
  }
}

type Page = PromiseSettledResult<readonly SignedCheckpoint[]>

/** Takes pages one after the other; whether one says more than was read here. */
async function isBehind(options: Options, pages: readonly Page[]): Promise<boolean> {
  let isBehind = false
  for (const page of pages) {
    if (page.status === 'fulfilled') isBehind = (await takePage(options, page.value)) === 'behind' || isBehind
  }
  return isBehind
}

async function newestOf({ store }: Options): Promise<Checkpoint | undefined> {
  const newest = await store.newestSigned()
  return newest && decodeCheckpoint(newest.checkpoint)
}

async function takePage(options: Options, page: readonly SignedCheckpoint[]): Promise<Outcome> {
  let last = await newestOf(options)
  for (const signed of page) {
    if (last && decodeCheckpoint(signed.checkpoint).sequence <= last.sequence) continue
    const verified = await verify(options, last, signed)
    const outcome = verified ? await takeOne(options, last, verified) : 'disowned'
    if (outcome !== 'known') return outcome
    last = verified?.checkpoint
  }
  return 'known'
}

/** The checkpoint, if enough of those signed it who sign after the last one, and it follows from that; with their signatures. */
async function verify(
  options: Options,
  last: Checkpoint | undefined,
  signed: SignedCheckpoint,
): Promise<Verified | undefined> {
  const { network, schedule, clock, head } = options
  const { issuedAt, blockNumber, blockHash } = decodeCheckpoint(signed.checkpoint)
  const block = { number: blockNumber, hash: `0x${toHex(blockHash)}` as const }
  const now = schedule.at ? Number.POSITIVE_INFINITY : clock() // the chain's own time is compared below
  for (const set of await schedule.signers(last, { issuedAt: Number(issuedAt), block, head })) {
    try {
      const checkpoint = verifyCheckpoint(signed, { ...network, ...set }, { now })
      applyCheckpoint(viewOf(last), checkpoint)
      return { signed: withoutRest(signed, set.signers), checkpoint }
    } catch (error) {
      if (!(error instanceof BaseError)) throw error
    }
  }
  return undefined
}

const viewOf = (latest: Checkpoint | undefined): CheckpointView | undefined =>
  latest && { latest, superseded: new Map() }

type Verified = { readonly signed: SignedCheckpoint; readonly checkpoint: Checkpoint }

async function takeOne(options: Options, last: Checkpoint | undefined, verified: Verified): Promise<Outcome> {
  const { store } = options
  const { signed, checkpoint } = verified
  const truth = await compare(options, last, checkpoint)
  if (truth === 'ahead') return 'behind'
  if (!truth || !equalBytes(truth, signed.checkpoint)) return disown(options, signed)
  const { sequence, logHash } = checkpoint
  await store.propose({ sequence, checkpoint: signed.checkpoint, operations: Number(checkpoint.operations), logHash })
  await store.seal(sequence, encodeSignedCheckpoint(signed))
  return 'known'
}

/** The checkpoint as it has to be, as far as this prover can tell; undefined if there can be none. */
async function compare(
  { store, schedule, network, head }: Options,
  last: Checkpoint | undefined,
  checkpoint: Checkpoint,
) {
  const [operations, issuedAt] = [Number(checkpoint.operations), Number(checkpoint.issuedAt)]
  const said = await schedule.at?.(last, { block: checkpoint.blockNumber, operations, issuedAt, head })
  if (said === 'ahead') return 'ahead'
  const position = await store.position(operations)
  if (!position) return schedule.at ? undefined : 'ahead'
  const roots = await store.roots(operations - checkpoint.roots.length, operations)
  if (!schedule.at) return isLogSo(checkpoint, position, roots) ? encodeCheckpoint(checkpoint) : undefined
  if (!said) return undefined
  const trees = await store.trees(operations)
  const covered = { logHash: position.chain, root: toBytes32(position.root), roots, trees }
  return encodeCheckpoint(makeCheckpoint(network, last, { ...said, ...covered }))
}

/** Each root counts: whoever builds on them answers for them. */
const isLogSo = (checkpoint: Checkpoint, position: LogPosition, roots: readonly Uint8Array[]): boolean =>
  equalBytes(position.chain, checkpoint.logHash) &&
  position.root === fromBytes(checkpoint.root) &&
  equalBytes(concatBytes(...checkpoint.roots), concatBytes(...roots))

/** Another's false checkpoint is not built on. Beside one of this key's own, nothing else is signed under its number. */
function disown({ signer }: Options, signed: SignedCheckpoint): 'disowned' {
  if (signersOf(signed, [signer.address]).length === 0) return 'disowned'
  throw shrunk(Number(decodeCheckpoint(signed.checkpoint).operations))
}
