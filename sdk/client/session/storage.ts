import { joinSignals, orAborted } from '../../async.ts'
import { equalBytes } from '../../crypto/index.ts'
import type { Tell } from './events.ts'
import type { Storage } from './options.ts'

/** The application's storage, which may fail: then the client goes on without, and says so. */
export type SafeStorage = {
  /** Whether there is one, and everything that was asked of it so far has worked. */
  readonly isReliable: boolean
  get(key: string): Promise<Uint8Array | undefined>
  /** Whether it was kept. */
  set(key: string, value: Uint8Array): Promise<boolean>
  /** Whether a mark that is written is there afterwards: some storages say that they have kept what they have not. */
  isKeeping(mark: Uint8Array): Promise<boolean>
  /** Whether clients that have it can take turns. */
  readonly isShared: boolean
  /** Whether what waits there is found by later runs, as far as the application and its answers so far say. */
  readonly isLasting: boolean
  /** Runs a step that no other client with this storage comes between; undefined where it was not, or nobody knows. */
  inTurn<T>(step: () => Promise<T>): Promise<T | undefined>
}

const markKey = 'pennypost/mark'

/** Milliseconds after which a storage counts as one that does not answer. */
const patienceMs = 10_000

/** Wraps an application's storage. Of one that did not answer once, nothing is asked any more: each call would wait again. */
export function createSafeStorage(storage: Storage | undefined, tell: Tell): SafeStorage {
  let isReliable = storage !== undefined
  let isSilent = false

  async function attempt<T>(step: (storage: Storage) => Promise<T>): Promise<{ readonly value: T } | undefined> {
    if (!storage || isSilent) return undefined
    const { signal, release } = joinSignals([], { afterMs: patienceMs })
    try {
      return { value: await orAborted(step(storage), signal) }
    } catch {
      isReliable = false
      isSilent ||= signal.aborted
      tell({ kind: 'degraded', code: 'storage.failed' })
      return undefined
    } finally {
      release()
    }
  }

  const get = async (key: string) => (await attempt((of) => of.get(key)))?.value
  const set = async (key: string, value: Uint8Array) => (await attempt((of) => of.set(key, value))) !== undefined

  return {
    get,
    set,
    isShared: storage?.inTurn !== undefined,
    inTurn: async (step) => (await attempt(async (of) => of.inTurn?.(step)))?.value,
    async isKeeping(mark) {
      const before = await get(markKey)
      await set(markKey, mark)
      const after = await get(markKey)
      if (after && !(before && equalBytes(before, after))) return isReliable // of another tab's making, perhaps
      if (isReliable) tell({ kind: 'degraded', code: 'storage.failed' })
      isReliable = false
      return false
    },
    get isReliable() {
      return isReliable
    },
    get isLasting() {
      return isReliable && storage?.inTurn !== undefined && storage.lasts !== false
    },
  }
}
