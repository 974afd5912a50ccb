import { answerOf, openDatabase } from './open-database.ts'

// What a page keeps of a person from one load to the next: encrypted with a key that the browser has and no script can read.
// Who can run scripts in this page can use it, as they could use the keys in memory; who copies the browser's files has both.

type Sealed = { readonly nonce: Uint8Array<ArrayBuffer>; readonly sealed: ArrayBuffer }

const database = 'pennypost own'
const algorithm = 'AES-GCM'

let opening: Promise<IDBDatabase> | undefined

/** Whether anything can be kept: browsers encrypt only in pages that came over TLS, or from this machine. */
export const canKeep = (): boolean => globalThis.crypto?.subtle !== undefined && 'indexedDB' in globalThis

/** What was kept under a name; undefined where nothing was, or it cannot be opened. */
export async function readOwn(name: string): Promise<unknown> {
  if (!canKeep()) return undefined
  const kept: Sealed | undefined = await within('values', 'readonly', (store) => store.get(name))
  if (!kept) return undefined
  const parameters = { name: algorithm, iv: kept.nonce, additionalData: bytesOf(name) }
  const opened = await crypto.subtle.decrypt(parameters, await deviceKey(), kept.sealed).catch(() => undefined)
  return opened && JSON.parse(new TextDecoder().decode(opened))
}

/** Keeps a value, which replaces what was kept under the name. */
export async function keepOwn(name: string, value: unknown): Promise<void> {
  if (!canKeep()) return
  const nonce = crypto.getRandomValues(new Uint8Array(12))
  const parameters = { name: algorithm, iv: nonce, additionalData: bytesOf(name) }
  const sealed = await crypto.subtle.encrypt(parameters, await deviceKey(), bytesOf(JSON.stringify(value)))
  const kept: Sealed = { nonce, sealed }
  await within('values', 'readwrite', (store) => store.put(kept, name))
}

/** Forgets what was kept under a name. */
export async function forgetOwn(name: string): Promise<void> {
  if (canKeep()) await within('values', 'readwrite', (store) => store.delete(name))
}

/** The one of this browser; made when it is first needed. Of two tabs that make one at once, both use the first. */
async function deviceKey(): Promise<CryptoKey> {
  const read = () => within('key', 'readonly', (store): IDBRequest<CryptoKey | undefined> => store.get('key'))
  const known = await read()
  if (known) return known
  const made = await crypto.subtle.generateKey({ name: algorithm, length: 256 }, false, ['encrypt', 'decrypt'])
  await within('key', 'readwrite', (store) => store.add(made, 'key')).catch(() => undefined)
  return (await read()) ?? made
}

/** A request in a transaction of its own. */
async function within<T>(
  name: 'key' | 'values',
  mode: IDBTransactionMode,
  ask: (store: IDBObjectStore) => IDBRequest<T>,
): Promise<T> {
  opening ??= openDatabase(database, ['key', 'values'])
  const opened = await opening
  return answerOf(() => ask(opened.transaction(name, mode).objectStore(name)))
}

const bytesOf = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text)
