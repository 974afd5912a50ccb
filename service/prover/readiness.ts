import { decodeCheckpoint } from '@pennypost/sdk/codec'
import { isAnswered } from '../plugins/is-answered.ts'
import type { Progress } from './follower.ts'
import type { ProverStore } from './store/index.ts'

type Asked = {
  readonly store: Pick<ProverStore, 'probe' | 'newestSigned'>
  readonly progress: Progress
  /** Unix seconds. */
  readonly now: number
  /** Between two looks at the chain. */
  readonly pollMs: number
  readonly signing: 'on' | 'off'
}

/** Seconds. */
const [patience, leastAge] = [60, 3_600]

/** Everything that keeps a prover from its work, as codes; nothing where it is ready. */
export async function findUnready({ store, progress, now, pollMs, signing }: Asked): Promise<string[]> {
  const lost = lostCode(progress, now - Math.max(patience, (3 * pollMs) / 1_000))
  const unready = lost ? [lost] : []
  if (!(await isAnswered(store.probe()))) return ['store.unavailable', ...unready]
  if (signing === 'off') return unready
  const newest = await store.newestSigned()
  if (!newest) return [...unready, 'checkpoint.missing']
  const { issuedAt, checkpointSeconds } = decodeCheckpoint(newest.checkpoint)
  const isFresh = now <= Number(issuedAt) + Math.max(leastAge, 3 * checkpointSeconds)
  return isFresh ? unready : [...unready, 'checkpoint.stale']
}

/** Why the chain is not followed; undefined where it was, since a time. */
function lostCode({ fault, wellAt }: Progress, since: number): string | undefined {
  if (fault) return fault.code
  return wellAt === undefined || wellAt < since ? 'chain.unavailable' : undefined
}
