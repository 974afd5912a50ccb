import { fromBytes, type RandomBytes } from '../../crypto/index.ts'

/** The client's time. */
export type Clock = {
  /** Unix seconds, whole. */
  seconds(): number
  /** Unix nanoseconds, each later than the one before. What the platform's clock does not resolve is random. */
  nextNs(): bigint
}

/** A clock over one of unix seconds with fractions. */
export function createClock(now: () => number, random: RandomBytes): Clock {
  let last = 0n
  return {
    seconds: () => Math.floor(now()),
    nextNs() {
      const milliseconds = BigInt(Math.floor(now() * 1000))
      const time = milliseconds * 1_000_000n + (fromBytes(random(4)) % 1_000_000n)
      last = time > last ? time : last + 1n + (fromBytes(random(2)) % 1000n)
      return last
    },
  }
}
