import type { Storage } from '@pennypost/sdk'

/**
 * What the client keeps on this device, in IndexedDB: what it has sealed itself, and what everybody may read, such as the note
 * tree. The account's keys are not among it.
 */
export function openStorage(account: string): Storage {
  const opening = ask(() => {
    const request = indexedDB.open(`pennypost ${account}`, 1)
    request.onupgradeneeded = () => request.result.createObjectStore('kept')
    return request
  })
  opening.catch(() => undefined) // told by each call
  const within = async (mode: IDBTransactionMode) => (await opening).transaction('kept', mode).objectStore('kept')
  return {
    async get(key) {
      const kept = await within('readonly')
      return ask(() => kept.get(key))
    },
    async set(key, value) {
      const kept = await within('readwrite')
      await ask(() => kept.put(value, key))
    },
  }
}

const ask = <T>(begin: () => IDBRequest<T>): Promise<T> =>
  new Promise((resolve, reject) => {
    const request = begin()
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error)
  })
