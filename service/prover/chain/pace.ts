import { pause } from '@pennypost/sdk/async'

const [shortest, longest] = [250, 15_000]
const successesToRise = 16

/** How much is asked for at once: half as much after a refusal, twice as much after sixteen answers, never more than the most. */
export function createRange(most: bigint) {
  let [now, successes] = [most, 0]
  return {
    get now(): bigint {
      return now
    },
    lower(): void {
      successes = 0
      if (now > 1n) now /= 2n
    },
    raise(): void {
      successes += 1
      if (successes % successesToRise === 0) now = now * 2n < most ? now * 2n : most
    },
  }
}

/** How much time lies between requests: none, until an endpoint says that they are too many; less after sixteen answers. */
export function createPace(signal: AbortSignal) {
  let [gap, successes, next] = [0, 0, 0]
  return {
    async wait(): Promise<void> {
      if (gap === 0) return
      const now = performance.now()
      next = Math.max(now, next) + gap
      await pause(next - now, signal)
    },
    lower(): void {
      successes = 0
      gap = Math.min(Math.max(gap * 2, shortest), longest)
    },
    raise(): void {
      successes += 1
      if (successes % successesToRise === 0) gap = gap <= shortest ? 0 : gap / 2
    },
  }
}
