/** Runs tasks that share a key one after the other; tasks with nothing in common run at the same time. */
export type KeyedLock = <T>(keys: readonly string[], task: () => Promise<T>) => Promise<T>

export function createKeyedLock(): KeyedLock {
  const last = new Map<string, Promise<unknown>>()
  return async (keys, task) => {
    const before = Promise.all(keys.map((key) => last.get(key)))
    const run = before.then(task, task)
    const done = run.catch(() => {})
    for (const key of keys) last.set(key, done)
    try {
      return await run
    } finally {
      for (const key of keys) if (last.get(key) === done) last.delete(key)
    }
  }
}
