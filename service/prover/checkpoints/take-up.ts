import { type Checkpoint, decodeCheckpoint, encodeSignedCheckpoint, type SignedCheckpoint } from '@pennypost/sdk/codec'
import { addressToBytes, concatBytes, equalBytes, fromBytes, toAddress } from '@pennypost/sdk/crypto'
import {
  applyCheckpoint,
  type CheckpointTrust,
  type CheckpointView,
  trustAfter,
  verifyCheckpoint,
} from '@pennypost/sdk/verifier'
import type { Clock } from '../../plugins/clock.ts'
import type { SignerSet } from '../chain/index.ts'
import type { LogPosition, ProverStore } from '../store/index.ts'
import { shrunk } from './faults.ts'
import type { Network } from './make-checkpoint.ts'
import type { Peers } from './peers.ts'
import type { Signer } from './signer.ts'

type Options = {
  readonly store: ProverStore
  readonly network: Network
  readonly peers: Peers
  readonly genesis: SignerSet
  readonly signer: Signer
  readonly clock: Clock
}

/**
 * Takes up what others have signed, as far as it follows and the log that was read here says the same. Answers whether this
 * prover knows all that they say: where it does not, it must not sign.
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
  { store, network, genesis, signer, clock }: Options,
  last: Checkpoint | undefined,
  page: readonly SignedCheckpoint[],
): Promise<'taken' | 'behind' | 'disowned'> {
  let trust: CheckpointTrust = { ...network, ...(signersAfter(last) ?? genesis) }
  let view: CheckpointView | undefined = last && { latest: last, superseded: new Map() }
  for (const signed of page) {
    const checkpoint = verifyCheckpoint(signed, trust, { now: clock() })
    view = applyCheckpoint(view, checkpoint)
    trust = trustAfter(checkpoint, trust)
    const { sequence, operations, logHash } = checkpoint
    const position = await store.position(Number(operations))
    if (!position) return 'behind' // the chain was not read that far
    const roots = await store.roots(Number(operations) - checkpoint.roots.length, Number(operations))
    if (!isSo(checkpoint, position, roots)) return disown(signed, signer)
    await store.propose({ sequence, checkpoint: signed.checkpoint, operations: Number(operations), logHash })
    await store.seal(sequence, encodeSignedCheckpoint(signed))
  }
  return 'taken'
}

/** Each root counts: nodes take stamps against all of them. */
const isSo = (checkpoint: Checkpoint, position: LogPosition, roots: readonly Uint8Array[]): boolean =>
  equalBytes(position.chain, checkpoint.logHash) &&
  position.root === fromBytes(checkpoint.root) &&
  equalBytes(concatBytes(...checkpoint.roots), concatBytes(...roots))

/** Another's false checkpoint is not built on. Beside one of this key's own, nothing else is signed under its number. */
function disown({ checkpoint, signatures }: SignedCheckpoint, signer: Signer): 'disowned' {
  const own = addressToBytes(signer.address)
  if (!signatures.some((signature) => equalBytes(signature.signer, own))) return 'disowned'
  throw shrunk(Number(decodeCheckpoint(checkpoint).operations))
}

/** Who signs after a checkpoint, if it says so. */
export function signersAfter(last: Checkpoint | undefined): SignerSet | undefined {
  if (!last || last.signers.length === 0) return undefined
  return { signers: last.signers.map(toAddress), threshold: last.threshold }
}
