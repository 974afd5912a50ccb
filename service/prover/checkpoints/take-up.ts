import {
  type Checkpoint,
  decodeCheckpoint,
  encodeCheckpoint,
  encodeSignedCheckpoint,
  type SignedCheckpoint,
} from '@pennypost/sdk/codec'
import { addressToBytes, concatBytes, equalBytes, fromBytes, toBytes32, toHex } from '@pennypost/sdk/crypto'
import { applyCheckpoint, type CheckpointView, verifyCheckpoint } from '@pennypost/sdk/verifier'
import type { Clock } from '../../plugins/clock.ts'
import type { LogPosition, ProverStore } from '../store/index.ts'
import { shrunk } from './faults.ts'
import { makeCheckpoint, type Network } from './make-checkpoint.ts'
import type { Peers } from './peers.ts'
import type { Schedule } from './schedule.ts'
import type { Signer } from './signer.ts'

type Options = {
  readonly store: ProverStore
  readonly network: Network
  readonly schedule: Schedule
  readonly peers: Peers
  readonly signer: Signer
  readonly clock: Clock
}

type Outcome = 'taken' | 'behind' | 'disowned'

/**
 * Takes up what others have signed, as far as it follows and what was read here says the same. Answers whether this prover
 * knows all that they say: where it does not, it must not sign.
 */
export async function takeUp(options: Options): Promise<boolean> {
  for (;;) {
    const newest = await options.store.newestSigned()
    const last = newest && decodeCheckpoint(newest.checkpoint)
    const page = await options.peers(last?.sequence ?? 0n)
    if (page.length === 0) return true
    const outcome = await takePage(options, last, page)
    if (outcome !== 'taken') return outcome === 'disowned'
  }
}

async function takePage(
  options: Options,
  newest: Checkpoint | undefined,
  page: readonly SignedCheckpoint[],
): Promise<Outcome> {
  let last = newest
  for (const signed of page) {
    const checkpoint = await verify(options, last, signed)
    const outcome = await takeOne(options, last, { signed, checkpoint })
    if (outcome !== 'taken') return outcome
    last = checkpoint
  }
  return 'taken'
}

/** Whether enough of those signed it who sign after the last one, and it follows from that. */
async function verify({ network, schedule, clock }: Options, last: Checkpoint | undefined, signed: SignedCheckpoint) {
  const { issuedAt, blockNumber, blockHash } = decodeCheckpoint(signed.checkpoint)
  const block = { number: blockNumber, hash: `0x${toHex(blockHash)}` as const }
  const office = await schedule.signers(last, { issuedAt: Number(issuedAt), block })
  const now = schedule.at ? Number.POSITIVE_INFINITY : clock() // the chain's own time is compared below
  const checkpoint = verifyCheckpoint(signed, { ...network, ...office }, { now })
  applyCheckpoint(viewOf(last), checkpoint)
  return checkpoint
}

const viewOf = (latest: Checkpoint | undefined): CheckpointView | undefined =>
  latest && { latest, superseded: new Map() }

async function takeOne(
  { store, network, schedule, signer }: Options,
  last: Checkpoint | undefined,
  { signed, checkpoint }: { signed: SignedCheckpoint; checkpoint: Checkpoint },
): Promise<Outcome> {
  const { sequence, blockNumber, logHash } = checkpoint
  const operations = Number(checkpoint.operations)
  const position = await store.position(operations)
  if (!position) return 'behind' // the chain was not read that far
  const roots = await store.roots(operations - checkpoint.roots.length, operations)
  if (!isLogSo(checkpoint, position, roots)) return disown(signed, signer)
  if (schedule.at) {
    const said = await schedule.at(last, { block: blockNumber, operations })
    const covered = {
      logHash: position.chain,
      root: toBytes32(position.root),
      roots,
      trees: await store.trees(operations),
    }
    const own = said && encodeCheckpoint(makeCheckpoint(network, last, { ...said, ...covered }))
    if (!own || !equalBytes(own, signed.checkpoint)) return disown(signed, signer)
  }
  await store.propose({ sequence, checkpoint: signed.checkpoint, operations, logHash })
  await store.seal(sequence, encodeSignedCheckpoint(signed))
  return 'taken'
}

/** Each root counts: whoever builds on them answers for them. */
const isLogSo = (checkpoint: Checkpoint, position: LogPosition, roots: readonly Uint8Array[]): boolean =>
  equalBytes(position.chain, checkpoint.logHash) &&
  position.root === fromBytes(checkpoint.root) &&
  equalBytes(concatBytes(...checkpoint.roots), concatBytes(...roots))

/** Another's false checkpoint is not built on. Beside one of this key's own, nothing else is signed under its number. */
function disown({ checkpoint, signatures }: SignedCheckpoint, signer: Signer): 'disowned' {
  const own = addressToBytes(signer.address)
  if (!signatures.some((signature) => equalBytes(signature.signer, own))) return 'disowned'
  throw shrunk(Number(decodeCheckpoint(checkpoint).operations))
}
