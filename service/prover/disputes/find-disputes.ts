import { type Checkpoint, decodeCheckpoint, type SignedCheckpoint } from '@pennypost/sdk/codec'
import { equalBytes, fromBytes, toHex } from '@pennypost/sdk/crypto'
import type { ProverStore } from '../store/index.ts'
import { evidenceOf, headerOf, stepAt } from './evidence.ts'

/** A call of the CheckpointRegistry that takes the bonds of whoever signed something false. */
export type Dispute = {
  readonly functionName:
    | 'slashEquivocation'
    | 'slashFalseHeader'
    | 'slashBrokenChain'
    | 'slashFalseRoot'
    | 'slashFalseLeaks'
  readonly args: readonly unknown[]
}

/** What a checkpoint is compared with. */
export type Comparison = {
  readonly store: ProverStore
  /** How many notes one tree has room for. */
  readonly capacity: number
  /** The checkpoint that it names as the one before, where that is known. */
  readonly previous: Checkpoint | undefined
  /** Others with the same number. */
  readonly twins: readonly SignedCheckpoint[]
}

/** The most secrets of one checkpoint that are tried: whoever lists more that are false is caught by one of them. */
const mostSecrets = 4

/**
 * Every way in which the registry might find a checkpoint false, the cheapest first. Which of them is so, the registry says:
 * a call that would fail is never sent.
 */
export async function* findDisputes(signed: SignedCheckpoint, comparison: Comparison): AsyncGenerator<Dispute> {
  const checkpoint = decodeCheckpoint(signed.checkpoint)
  const evidence = evidenceOf(signed)
  const { twins, previous } = comparison
  for (const twin of twins) yield { functionName: 'slashEquivocation', args: [evidence, evidenceOf(twin)] }
  yield { functionName: 'slashFalseHeader', args: [evidence] }
  const isFirst = fromBytes(checkpoint.previous) === 0n
  const before = isFirst ? evidence.header : previous && headerOf(previous)
  if (before) {
    yield { functionName: 'slashBrokenChain', args: [evidence, before] }
    const root = await findFalseRoot(checkpoint, isFirst ? 0 : Number(previous?.operations ?? 0n), comparison)
    if (root) {
      const roots = checkpoint.roots.map((one) => `0x${toHex(one)}`)
      yield { functionName: 'slashFalseRoot', args: [evidence, before, roots, BigInt(root.at), root.step] }
    }
  }
  const leaks = checkpoint.leaks.map(fromBytes)
  for (const secret of await findSecrets(checkpoint, leaks, comparison.store)) {
    yield { functionName: 'slashFalseLeaks', args: [evidence, leaks, secret] }
  }
}

/** The first root that is not the log's; where there are too many or too few, any operation will do. */
async function findFalseRoot({ roots }: Checkpoint, first: number, { store, capacity }: Comparison) {
  const own = await store.roots(first, first + roots.length)
  const differing = roots.findIndex((root, i) => !own[i] || !equalBytes(root, own[i]))
  const at = Math.max(differing, 0)
  const step = await stepAt(store, { capacity, index: first + at })
  return step && { at, step }
}

/** Secrets that are listed and were never out, and secrets that are out and are not listed, as far as the ledger knows. */
async function findSecrets({ issuedAt, blockNumber }: Checkpoint, leaks: readonly bigint[], store: ProverStore) {
  const time = Number(issuedAt)
  const out = await store.leaksAt({ block: blockNumber, time, limit: 256 })
  const ever = new Set(await store.leaksAt({ block: latest, time: 0, limit: 100_000 }))
  const listed = new Set(leaks)
  const invented = leaks.filter((secret) => !ever.has(secret))
  const left = out.filter((secret) => !listed.has(secret))
  return [...invented.slice(0, mostSecrets), ...left.slice(0, mostSecrets)]
}

const latest = 2n ** 62n
