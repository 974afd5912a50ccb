import type { Tell } from './events.ts'
import type { Storage } from './options.ts'

/** The application's storage, which may fail: then the client goes on without, and says so. */
export type SafeStorage = {
  /** Whether there is one, and everything that was asked of it so far has worked. */
  readonly isReliable: boolean
  get(key: string): Promise<Uint8Array | undefined>
  /** Whether it was kept. */
  set(key: string, value: Uint8Array): Promise<boolean>
}

/** Wraps an application's storage. */
export function createSafeStorage(storage: Storage | undefined, tell: Tell): SafeStorage {
  let isReliable = storage !== undefined

  async function attempt<T>(step: (storage: Storage) => Promise<T>): Promise<{ readonly value: T } | undefined> {
    if (!storage) return undefined
    try {
      return { value: await step(storage) }
    } catch {
      isReliable = false
      tell({ kind: 'degraded', code: 'storage.failed' })
      return undefined
    }
  }

  return {
    get isReliable() {
      return isReliable
    },
    get: async (key) => (await attempt((of) => of.get(key)))?.value,
    set: async (key, value) => (await attempt((of) => of.set(key, value))) !== undefined,
  }
}
