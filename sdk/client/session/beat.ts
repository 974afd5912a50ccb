import { exponentialDelay } from '../../async.ts'
import type { RandomBytes } from '../../crypto/index.ts'

/** Waits; the one edge through which a client lets time pass. Rejects with the signal's reason. */
export type Sleep = (milliseconds: number, signal?: AbortSignal | undefined) => Promise<void>

export type BeatOptions = {
  /** Mean seconds between two beats, which have no memory: when one was says nothing of when the next one is. Asked for each. */
  readonly seconds: number | (() => number)
  readonly sleep: Sleep
  readonly random: RandomBytes
  readonly signal: AbortSignal
  /** Told of what a step throws; the next beat comes all the same. */
  readonly onError: (error: unknown) => void
}

/** Runs a step at random times, until the signal ends it. What the step does never moves the times. */
export async function beat(step: () => Promise<unknown>, options: BeatOptions): Promise<void> {
  const { seconds, sleep, random, signal, onError } = options
  for (;;) {
    const mean = typeof seconds === 'number' ? seconds : seconds()
    await sleep(exponentialDelay(mean * 1000, random), signal).catch(() => undefined)
    if (signal.aborted) return
    step().catch(onError)
  }
}
