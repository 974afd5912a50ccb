import type { Storage } from '@pennypost/sdk'
import { answerOf, ended, openDatabase } from './open-database.ts'

/**
 * What the client keeps on this device, in IndexedDB: what it has sealed itself, and what everybody may read, such as the note
 * tree. The account's keys are not among it. It lasts where the person has said that the device is theirs: no page can tell a
 * private window from any other.
 */
export function openStorage(account: string, { lasts }: Required<Pick<Storage, 'lasts'>>): Storage {
  const opening = openDatabase(`pennypost ${account}`, ['kept'])
  opening.catch(() => undefined) // told by each call
  const { locks } = navigator as { readonly locks?: LockManager }
  /** What was set is on the disk, also after a power cut: which stamps were used is among it. */
  const within = async (mode: IDBTransactionMode) =>
    (await opening).transaction('kept', mode, { durability: 'strict' }).objectStore('kept')
  return {
    lasts,
    async get(key) {
      const kept = await within('readonly')
      return answerOf(() => kept.get(key))
    },
    async set(key, value) {
      const kept = await within('readwrite')
      kept.put(value, key)
      await ended(kept.transaction)
    },
    ...(locks && { inTurn: (step) => locks.request(`pennypost storage ${account}`, step) }),
  }
}
