import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import type { Page } from 'playwright-core'
import type { PrivateKeyAccount } from 'viem/accounts'
import { run } from '../../scripts/package.ts'
import { makeOnce } from './make-once.ts'

/** The folder of the app, built once in a run, which goes with the run. */
export const buildApp = (): Promise<string> =>
  makeOnce('app', (draft) => run(['vite', 'build', 'web', '--outDir', draft]))

/** What a wallet was asked for. */
export type Asked = { readonly method: string; readonly text?: string }

/**
 * Puts a wallet into a page that is opened next, which announces itself as EIP-6963 says; the account behind it signs whatever it
 * is asked to. Answers what it was asked for, as it comes.
 */
export async function putWallet(page: Page, account: PrivateKeyAccount, name: string): Promise<Asked[]> {
  const asked: Asked[] = []
  await putProvider(page, name, async (method, params) => {
    if (method === 'eth_signTypedData_v4') {
      const data = JSON.parse((params as readonly string[])[1] as string)
      asked.push({ method, text: data.primaryType })
      return account.signTypedData(data)
    }
    const raw = (params as readonly `0x${string}`[])[0]
    asked.push({ method, ...(raw && { text: Buffer.from(raw.slice(2), 'hex').toString() }) })
    if (method === 'eth_requestAccounts') return [account.address.toLowerCase()]
    return account.signMessage({ message: { raw: raw as `0x${string}` } })
  })
  return asked
}

type Answer = (method: string, params: unknown) => Promise<unknown>

/** Puts a provider into a page that is opened next, which announces itself as EIP-6963 says. */
export async function putProvider(page: Page, name: string, answer: Answer): Promise<void> {
  await page.exposeFunction('askWallet', async (method: string, params: unknown) => {
    try {
      return { result: await answer(method, params) }
    } catch (error) {
      const { code, message } = error as { code?: number; message: string }
      return { error: { code, message } }
    }
  })
  await page.addInitScript((shown) => {
    const { askWallet } = globalThis as unknown as { askWallet(method: string, params: unknown): Promise<Answered> }
    type Answered = { result?: unknown; error?: { code?: number; message: string } }
    const provider = {
      async request({ method, params }: { method: string; params?: unknown }) {
        const { result, error } = await askWallet(method, params ?? [])
        if (error) throw Object.assign(new Error(error.message), { code: error.code })
        return result
      },
    }
    const info = { uuid: 'c0ffee', name: shown, icon: 'https://elsewhere.example/icon.png', rdns: 'example.wallet' }
    const announce = () =>
      dispatchEvent(new CustomEvent('eip6963:announceProvider', { detail: Object.freeze({ info, provider }) }))
    addEventListener('eip6963:requestProvider', announce)
    announce()
  }, name)
}

/** Another address of a service, which can be shut as if the service were gone, and opened again. */
export async function startDoor(url: string) {
  const { hostname: host, port } = new URL(url)
  const sockets = new Set<Socket>()
  const server = createServer((near) => {
    const far = connect({ host, port: Number(port) })
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(socket)
      socket.on('error', () => other.destroy()).on('close', () => sockets.delete(socket))
      socket.pipe(other)
    }
  })
  const listen = (at: number) => new Promise<void>((resolve) => server.listen(at, '127.0.0.1', resolve))
  await listen(0)
  const { port: own } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${own}`,
    open: () => listen(own),
    async shut() {
      const shut = new Promise((resolve) => server.close(resolve))
      for (const socket of sockets) socket.destroy()
      await shut
    },
  }
}

/** All that lies in the IndexedDB of a page's origin, as text: a line for each value. */
export const keptBy = (page: Page): Promise<string> =>
  page.evaluate(async () => {
    const answer = <T>(request: IDBRequest<T>) =>
      new Promise<T>((resolve, reject) => {
        request.onsuccess = () => resolve(request.result)
        request.onerror = () => reject(request.error)
      })
    const showBytes = (bytes: ArrayBuffer | ArrayBufferView) => new TextDecoder('latin1').decode(bytes)
    const isBytes = (value: unknown) => value instanceof ArrayBuffer || ArrayBuffer.isView(value)
    const showOne = (value: unknown) => {
      if (isBytes(value)) return showBytes(value as ArrayBuffer)
      return value instanceof CryptoKey ? `a key, extractable: ${value.extractable}` : String(value)
    }
    const show = (value: unknown): string => {
      const parts = isBytes(value) || Object(value) !== value ? [] : Object.entries(value as object)
      return `${showOne(value)} ${parts.map(([name, part]) => `${name}: ${showOne(part)}`).join(', ')}`
    }
    const lines: string[] = []
    for (const { name = '' } of await indexedDB.databases()) {
      const database = await answer(indexedDB.open(name))
      for (const store of database.objectStoreNames) {
        const values = database.transaction(store).objectStore(store)
        const [names, all] = await Promise.all([answer(values.getAllKeys()), answer(values.getAll())])
        lines.push(...all.map((one, i) => `${name} / ${store} / ${names[i]}: ${show(one)}`))
      }
      database.close()
    }
    return lines.join('\n')
  })
