import { isStale } from '@pennypost/sdk/verifier'
import type { NodeDeps } from './deps.ts'

/** What keeps a node from doing its work. */
export type Unready = 'store.unavailable' | 'checkpoint.missing' | 'checkpoint.stale'

type Asked = Pick<NodeDeps, 'clock' | 'checkpoint'> & {
  readonly store: Pick<NodeDeps['store'], 'probe'>
  /** Whether provers are followed: without them no checkpoint is waited for. */
  readonly isFollowing: boolean
}

/** A store that takes longer does not serve anybody. */
const patienceMs = 5_000

/** Everything that keeps a node from taking mail; nothing where it is ready. */
export async function findUnready({ store, clock, checkpoint, isFollowing }: Asked): Promise<Unready[]> {
  const unready: Unready[] = (await isAnswered(store.probe())) ? [] : ['store.unavailable']
  if (!isFollowing) return unready
  const view = checkpoint()
  if (!view) return [...unready, 'checkpoint.missing']
  return isStale(view, clock()) ? [...unready, 'checkpoint.stale'] : unready
}

/** Whether what the store was asked succeeds, and soon. */
export async function isAnswered(asked: Promise<void>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), patienceMs)
  })
  const answered = asked.then(
    () => true,
    () => false,
  )
  return await Promise.race([answered, late]).finally(() => clearTimeout(timer))
}
