/** The time in nanoseconds, never the same twice. */
export type Clock = () => bigint

/**
 * A clock over one of milliseconds that always moves on: envelopes of one client never share a time, so their order is
 * that of writing. (Stock clients write whole milliseconds, whose ties are broken by digest.)
 */
export function createClock(nowMs: () => number = Date.now): Clock {
  let last = 0n
  return () => {
    const now = BigInt(Math.floor(nowMs())) * 1_000_000n
    last = now > last ? now : last + 1n
    return last
  }
}
