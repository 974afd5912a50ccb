import { type StateCache, StateUnavailableError } from './state-cache.ts'

/** Changes of state that one request has decided on and not made yet: a request is kept whole or not at all. */
export type Draft = {
  get<V>(cache: StateCache<V>, key: string): V | undefined
  /** The value of a key that must be loaded. */
  require<V>(cache: StateCache<V>, key: string): V
  set<V>(cache: StateCache<V>, key: string, value: V): void
  /** What was set in one cache. */
  changes<V>(cache: StateCache<V>): [string, V][]
  /** Makes the changes visible to other requests while `write` runs; takes them back when it fails. */
  commit<T>(write: () => Promise<T>): Promise<T>
}

export function createDraft(): Draft {
  // biome-ignore lint/suspicious/noExplicitAny: each cache's map holds that cache's values; get and set say so
  const drafts = new Map<StateCache<any>, Map<string, any>>()
  const draftOf = <V>(cache: StateCache<V>): Map<string, V> => {
    const draft = drafts.get(cache) ?? new Map<string, V>()
    drafts.set(cache, draft)
    return draft
  }
  const each = (visit: (cache: StateCache<unknown>, key: string, value: unknown) => void): void => {
    for (const [cache, draft] of drafts) for (const [key, value] of draft) visit(cache, key, value)
  }

  const get = <V>(cache: StateCache<V>, key: string): V | undefined => draftOf(cache).get(key) ?? cache.get(key)

  return {
    get,
    require(cache, key) {
      const value = get(cache, key)
      if (value === undefined) throw new StateUnavailableError('The node is overloaded. Try again.')
      return value
    },
    set: (cache, key, value) => draftOf(cache).set(key, value),
    changes: (cache) => [...draftOf(cache)],
    async commit(write) {
      const staged: [StateCache<unknown>, string][] = []
      let isWritten = false
      try {
        each((cache, key, value) => {
          cache.stage(key, value)
          staged.push([cache, key])
        })
        const result = await write()
        isWritten = true
        return result
      } finally {
        for (const [cache, key] of staged) cache.settle(key, isWritten)
      }
    },
  }
}
