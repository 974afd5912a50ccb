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
   * A full minute, in nanoseconds with a random rest: for what must not show how this clock differs from others. Without a
   * topic the last one, and two of one minute may come in any order. On a topic the next one, which comes after what a letter
   * says of itself inside; each is later than all that was written and seen there in full minutes, and than nothing else.
   */
  minuteNs(topic?: string): bigint
  /** What is written on this topic from now on comes after this. */
  seen(timeNs: bigint, topic: string): void
}

const minuteNs = 60_000_000_000n
/** Of so many topics the last time is remembered; the one that was used least recently makes room. */
const mostTopics = 10_000

/**
 * A clock over one of unix seconds with fractions. What was seen counts on its own topic only: a peer could else give this
 * client a time that it is known by in every other conversation.
 */
export function createClock(now: () => number, random: RandomBytes): Clock {
  const topics = new Map<string, bigint>()
  let last = 0n
  const millisecondsNs = () => BigInt(Math.floor(now() * 1000)) * 1_000_000n
  const part = (most: bigint) => fromBytes(random(4)) % most

  function remember(topic: string, time: bigint): void {
    topics.delete(topic)
    topics.set(topic, time)
    const [oldest = topic] = topics.keys()
    if (topics.size > mostTopics) topics.delete(oldest)
  }
  const after = (time: bigint, before: bigint): bigint => (time > before ? time : before + 1n + part(1000n))

  return {
    seconds: () => Math.floor(now()),
    nextNs(topic) {
      last = after(millisecondsNs() + part(1_000_000n), last)
      if (topic === undefined) return last
      const time = after(last, topics.get(topic) ?? 0n)
      remember(topic, time)
      return time
    },
    minuteNs(topic) {
      const time = millisecondsNs()
      const minute = time - (time % minuteNs) + part(1_000_000n)
      if (topic === undefined) return minute
      const next = after(minute + minuteNs, topics.get(topic) ?? 0n)
      remember(topic, next)
      return next
    },
    seen(timeNs, topic) {
      if (timeNs > (topics.get(topic) ?? 0n) && timeNs < endOfTimeNs) remember(topic, timeNs)
    },
  }
}
