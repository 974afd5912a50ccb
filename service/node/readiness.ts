import { isStale } from '@pennypost/sdk/verifier'
import { isAnswered } from '../plugins/is-answered.ts'
import type { NodeDeps } from './deps.ts'

/** What keeps a node from doing its work. */
export type Unready = 'store.unavailable' | 'checkpoint.missing' | 'checkpoint.stale'

type Asked = Pick<NodeDeps, 'clock' | 'checkpoint'> & {
  readonly store: Pick<NodeDeps['store'], 'probe'>
  /** Whether provers are followed: without them no checkpoint is waited for. */
  readonly isFollowing: boolean
}

/** Everything that keeps a node from taking mail; nothing where it is ready. */
export async function findUnready({ store, clock, checkpoint, isFollowing }: Asked): Promise<Unready[]> {
  const unready: Unready[] = (await isAnswered(store.probe())) ? [] : ['store.unavailable']
  if (!isFollowing) return unready
  const view = checkpoint()
  if (!view) return [...unready, 'checkpoint.missing']
  return isStale(view, clock()) ? [...unready, 'checkpoint.stale'] : unready
}
