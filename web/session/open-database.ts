/** A database of this origin with the stores that are named. */
export const openDatabase = (name: string, stores: readonly string[]): Promise<IDBDatabase> =>
  answerOf(() => {
    const request = indexedDB.open(name, 1)
    request.onupgradeneeded = () => {
      for (const store of stores) request.result.createObjectStore(store)
    }
    return request
  })

/** What a request of IndexedDB comes to. */
export const answerOf = <T>(begin: () => IDBRequest<T>): Promise<T> =>
  new Promise((resolve, reject) => {
    const request = begin()
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error)
  })

/** Resolves when all of a transaction is kept. */
export const ended = (transaction: IDBTransaction): Promise<void> =>
  new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve()
    transaction.onabort = () => reject(transaction.error)
  })
