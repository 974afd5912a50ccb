import { BaseError } from '@pennypost/sdk/verifier'

type Entry<V> = { value: V; pins: number; isBroken: boolean; readonly age: number }

/**
 * What the store says of some keys, with what is being written on top. A key that is being written is pinned: it is not
 * forgotten before the write is over, so that nobody decides on what is no longer true.
 */
export type StateCache<V> = {
  /** The value of a loaded key. */
  get(key: string): V | undefined
  has(key: string): boolean
  /** Loads a key that is not there; one that the store does not know stays absent. */
  load(key: string): Promise<void>
  /** Sets what is about to be written; `settle` must follow. */
  stage(key: string, value: V): void
  settle(key: string, isWritten: boolean): void
  /** Has everything read again, since the store has changed by itself; what is being written, once it is. */
  forget(): void
}

/** Keeps at most `limit` keys that are not being written. */
export function createStateCache<V>(read: (key: string) => Promise<V | undefined>, limit = 50_000): StateCache<V> {
  const entries = new Map<string, Entry<V>>()
  const loading = new Map<string, Promise<void>>()
  let age = 0

  async function fetch(key: string): Promise<void> {
    const asked = age
    try {
      const value = await read(key)
      if (value !== undefined && !entries.has(key) && asked === age)
        entries.set(key, { value, pins: 0, isBroken: false, age })
      evict()
    } finally {
      loading.delete(key)
    }
  }

  function evict(most = limit): void {
    for (const [key, { pins }] of entries) {
      if (entries.size <= most) return
      if (pins === 0) entries.delete(key)
    }
  }

  return {
    get: (key) => entries.get(key)?.value,
    has: (key) => entries.has(key),
    load(key) {
      const started = loading.get(key) ?? fetch(key)
      loading.set(key, started)
      return started
    },
    stage(key, value) {
      const entry = entries.get(key) ?? { value, pins: 0, isBroken: false, age }
      if (entry.isBroken)
        throw new StateUnavailableError('A write has failed; the state it was to change is being read again.')
      entry.value = value
      entry.pins++
      entries.delete(key) // to the end: the oldest goes first
      entries.set(key, entry)
    },
    settle(key, isWritten) {
      const entry = entries.get(key)
      if (!entry) return
      entry.pins--
      entry.isBroken ||= !isWritten
      if ((entry.isBroken || entry.age < age) && entry.pins === 0) entries.delete(key)
    },
    forget() {
      age++
      evict(0)
    },
  }
}

/** The store could not write; try again. */
export class StateUnavailableError extends BaseError {
  readonly code = 'node.unavailable'
}
