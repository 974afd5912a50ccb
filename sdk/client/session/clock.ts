import { endOfTimeNs } from '../../codec/index.ts'
import { fromBytes, type RandomBytes } from '../../crypto/index.ts'

/** The client's time. */
export type Clock = {
  /** Unix seconds, whole. */
  seconds(): number
  /**
   * Unix nanoseconds, each later than the one before, and later than all that was seen on the topic where one is named. What
   * the platform's clock does not resolve is random. For what goes out in the account's name.
   */
  nextNs(topic?: string): bigint
  /**
   * The last full minute, in nanoseconds with a random rest: for what must not show how this clock differs from others. Two of
   * one minute may come in any order.
   */
  minuteNs(): bigint
  /**
   * The next full minute, for a header that everybody sees, and the time itself, for inside. Each is later than the last one of
   * its kind on the topic, written or seen.
   */
  minuteOf(topic: string): Times
  /** What is written on this topic from now on comes after this. */
  seen(times: Times, topic: string): void
}

/** When something was written, as its header says and as it is. */
type Times = { readonly createdNs: bigint; readonly sentNs: bigint }

const minuteNs = 60_000_000_000n
const least = (a: bigint, b: bigint): bigint => (a < b ? a : b)
const most = (a: bigint, b: bigint): bigint => (a > b ? a : b)
/** Of so many topics the last time is remembered; the one that was used least recently makes room. */
const mostTopics = 10_000

/**
 * A clock over one of unix seconds with fractions. What was seen counts on its own topic only: a peer could else give this
 * client a time that it is known by in every other conversation.
 */
export function createClock(now: () => number, random: RandomBytes): Clock {
  const topics = new Map<string, Times>()
  let last = 0n
  const millisecondsNs = () => BigInt(Math.floor(now() * 1000)) * 1_000_000n
  const part = (most: bigint) => fromBytes(random(4)) % most

  function remember(topic: string, times: Times): void {
    topics.delete(topic)
    topics.set(topic, times)
    const [oldest = topic] = topics.keys()
    if (topics.size > mostTopics) topics.delete(oldest)
  }
  const after = (time: bigint, before: bigint): bigint => (time > before ? time : before + 1n + part(1000n))
  const lastOf = (topic: string): Times => topics.get(topic) ?? { createdNs: 0n, sentNs: 0n }

  function next(): bigint {
    last = after(millisecondsNs() + part(1_000_000n), last)
    return last
  }
  function minute(): bigint {
    const time = millisecondsNs()
    return time - (time % minuteNs) + part(1_000_000n)
  }

  return {
    seconds: () => Math.floor(now()),
    nextNs(topic) {
      const time = next()
      if (topic === undefined) return time
      const createdNs = after(time, lastOf(topic).createdNs)
      remember(topic, { createdNs, sentNs: createdNs })
      return createdNs
    },
    minuteNs: minute,
    minuteOf(topic) {
      const known = lastOf(topic)
      const createdNs = after(minute() + minuteNs, known.createdNs)
      const times = { createdNs, sentNs: least(after(next(), known.sentNs), createdNs) }
      remember(topic, times)
      return times
    },
    seen({ createdNs, sentNs }, topic) {
      if (createdNs >= endOfTimeNs) return
      const known = lastOf(topic)
      remember(topic, { createdNs: most(createdNs, known.createdNs), sentNs: most(sentNs, known.sentNs) })
    },
  }
}
