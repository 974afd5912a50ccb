/** A stream that several sources push into. Leaving the loop, or `return()`, ends the sources. */
export type Channel<T> = AsyncIterableIterator<T, undefined> & {
  push(value: T): void
  fail(error: unknown): void
  end(): void
}

/** Opens a channel; `onEnd` stops its sources. */
export function createChannel<T>(onEnd: () => void): Channel<T> {
  const values: T[] = []
  const waiting: { resolve: (result: IteratorResult<T, undefined>) => void; reject: (error: unknown) => void }[] = []
  let isOver = false
  let failure: { error: unknown } | undefined

  const finish = () => {
    if (isOver) return
    isOver = true
    onEnd()
  }
  const channel: Channel<T> = {
    [Symbol.asyncIterator]: () => channel,
    push(value) {
      if (isOver) return
      const next = waiting.shift()
      if (next) next.resolve({ done: false, value })
      else values.push(value)
    },
    fail(error) {
      if (isOver) return
      const next = waiting.shift()
      if (next) next.reject(error)
      else failure = { error }
      finish()
      for (const { resolve } of waiting.splice(0)) resolve({ done: true, value: undefined })
    },
    end() {
      finish()
      for (const { resolve } of waiting.splice(0)) resolve({ done: true, value: undefined })
    },
    async next() {
      const value = values.shift()
      if (value !== undefined) return { done: false, value }
      if (failure) {
        const { error } = failure
        failure = undefined
        throw error
      }
      if (isOver) return { done: true, value: undefined }
      return new Promise((resolve, reject) => waiting.push({ resolve, reject }))
    },
    async return() {
      values.length = 0
      channel.end()
      return { done: true, value: undefined }
    },
  }
  return channel
}

/** Moves what a source gives into a channel, without what comes twice. */
export async function pump<E, T extends { origin: string }>(
  source: AsyncIterable<E>,
  read: (item: E) => Promise<T | undefined>,
  channel: Channel<T>,
): Promise<void> {
  const seen = new Set<string>()
  try {
    for await (const item of source) {
      const value = await read(item)
      if (!value || seen.has(value.origin)) continue
      seen.add(value.origin)
      channel.push(value)
    }
    channel.end()
  } catch (error) {
    channel.fail(error)
  }
}
