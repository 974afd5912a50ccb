import type { NodeDeps } from './deps.ts'
import type { Retention } from './store/index.ts'

/** Forgets what is over, and mail that has been kept for long enough: then there is room for more. */
export async function forgetOld(
  { store, state, clock }: Pick<NodeDeps, 'store' | 'state' | 'clock'>,
  retention: Retention,
): Promise<void> {
  await store.sweep(Math.floor(clock()), retention)
  state.unattended.forget()
}
