import { fromBytes, type RandomBytes } from '../../crypto/index.ts'

/** The client's time. */
export type Clock = {
  /** Unix seconds, whole. */
  seconds(): number
  /** Unix nanoseconds, each later than the one before. What the platform's clock does not resolve is random. */
  nextNs(): bigint
  /**
   * The full minute, in nanoseconds with a random rest: for what must not show how this clock differs from others. Two of
   * one minute may come in any order.
   */
  minuteNs(): bigint
  /** What is written from now on comes after this, as far as that is no more than an hour ahead. */
  seen(timeNs: bigint): void
}

const hourNs = 3_600_000_000_000n
const minuteNs = 60_000_000_000n

/** A clock over one of unix seconds with fractions. */
export function createClock(now: () => number, random: RandomBytes): Clock {
  let last = 0n
  const millisecondsNs = () => BigInt(Math.floor(now() * 1000)) * 1_000_000n
  return {
    seconds: () => Math.floor(now()),
    nextNs() {
      const time = millisecondsNs() + (fromBytes(random(4)) % 1_000_000n)
      last = time > last ? time : last + 1n + (fromBytes(random(2)) % 1000n)
      return last
    },
    minuteNs() {
      const time = millisecondsNs()
      return time - (time % minuteNs) + (fromBytes(random(4)) % 1_000_000n)
    },
    seen(timeNs) {
      if (timeNs > last && timeNs < millisecondsNs() + hourNs) last = timeNs
    },
  }
}
