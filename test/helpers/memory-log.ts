import type { LogTransport } from '../../sdk/letters/index.ts'

/** Topics in memory, as an account's log needs them; `delay` in milliseconds lets several clients interleave. */
export function createMemoryLog({ delay }: { delay?: () => number } = {}) {
  const topics = new Map<string, Uint8Array[]>()
  const reads: string[][] = []
  let lost = 0
  const pause = () => delay && new Promise((resolve) => setTimeout(resolve, delay()))
  const put = (topic: string, message: Uint8Array) => void topics.set(topic, [...(topics.get(topic) ?? []), message])
  const transport: LogTransport = {
    async read(wanted) {
      await pause()
      reads.push([...wanted])
      return wanted.map((topic) => topics.get(topic) ?? [])
    },
    async write({ topic }, message) {
      await pause()
      put(topic, message)
      if (lost-- > 0) throw new Error('lost')
    },
  }
  return {
    transport,
    reads,
    put,
    /** Stores what is written next, and fails all the same. */
    loseAnswers(count: number) {
      lost = count
    },
  }
}
