import type { Copies } from '../session/copies.ts'
import { type StepOptions, type Tell, tellBoth } from '../session/events.ts'

/** So many tickets of a hundred are kept ready. Those that are not used when the client ends are lost. */
export const readyPart = 0.08

type Edges = { readonly copies: Pick<Copies, 'isSteady' | 'awaitPage'>; readonly tell: Tell }

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
  { copies, tell }: Edges,
  { take, hasMore }: Taking<T>,
  step: StepOptions,
): Promise<T | undefined> {
  if (!copies.isSteady) return take('log')
  for (;;) {
    const taken = await take('ready')
    if (taken || !(await hasMore())) return taken
    await copies.awaitPage(
      (seconds) => tellBoth({ tell }, step, { kind: 'waiting', code: 'tickets.not-ready', seconds }),
      step.signal,
    )
  }
}
