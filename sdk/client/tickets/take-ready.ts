import { orAborted } from '../../async.ts'
import type { Copies } from '../session/copies.ts'
import { type StepOptions, type Tell, tellBoth } from '../session/events.ts'

/** How many tickets are kept ready where so many are left: three, or one in twelve if that is more, but never over a half. */
export const readyOf = (left: number): number => Math.min(Math.ceil(left / 2), Math.max(3, Math.ceil(left / 12)))

type Edges = {
  readonly copies: Pick<Copies, 'isSteady' | 'awaitPage'>
  readonly tell: Tell
  readonly firstReady?: (() => Promise<unknown>) | undefined
}

type Taking<T> = {
  /** Takes from what is ready, or from anything; undefined where that is not enough. */
  readonly take: (from: 'ready' | 'log') => Promise<T | undefined>
  /** Whether there is more than what is ready. */
  readonly hasMore: () => Promise<boolean>
}

/**
 * Takes message ids for a lane without writing to the account's log: a page beside a letter would name its sender. Where too few
 * are ready, it waits until a regular page has taken more, and a random while after that.
 */
export async function takeReady<T>(
  { copies, tell, firstReady }: Edges,
  { take, hasMore }: Taking<T>,
  step: StepOptions,
): Promise<T | undefined> {
  if (!copies.isSteady) return take('log')
  await orAborted(firstReady?.() ?? Promise.resolve(), step.signal)
  for (;;) {
    const taken = await take('ready')
    if (taken || !(await hasMore())) return taken
    await copies.awaitPage(
      (seconds) => tellBoth({ tell }, step, { kind: 'waiting', code: 'tickets.not-ready', seconds }),
      step.signal,
    )
  }
}
