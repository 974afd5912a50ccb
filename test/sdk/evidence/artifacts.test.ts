import { readFile } from 'node:fs/promises'
import { describe, expect, test } from 'vitest'
import { loadCredentialArtifacts, loadTicketArtifacts } from '../../../sdk/evidence/index.ts'

const folder = new URL('../../../circuits/keys/', import.meta.url)
const served = (change: (bytes: Uint8Array) => Uint8Array = (bytes) => bytes): typeof fetch => {
  return async (url) =>
    new Response(change(await readFile(new URL(String(url).replace(/^.*\//, ''), folder))) as BodyInit)
}

describe('loadTicketArtifacts', () => {
  test('finds the files beside the SDK', async () => {
    const { wasm, zkey } = await loadTicketArtifacts()
    expect(Buffer.from(wasm).subarray(1, 4).toString()).toBe('asm')
    expect(Buffer.from(zkey).subarray(0, 4).toString()).toBe('zkey')
  })

  test.each(['https://example.org/keys', 'https://example.org/keys/'])('fetches them from %s', async (at) => {
    const urls: string[] = []
    const fetch: typeof globalThis.fetch = async (url, init) => {
      urls.push(String(url))
      return served()(url, init)
    }
    const loaded = await loadTicketArtifacts({ folder: at, fetch })
    expect(urls.sort()).toEqual(['https://example.org/keys/ticket.wasm', 'https://example.org/keys/ticket.zkey'])
    expect(loaded.zkey).toHaveLength((await loadTicketArtifacts()).zkey.length)
  })

  test('takes neither circuit for the other', async () => {
    const urls: string[] = []
    const swapped: typeof fetch = (url, init) => {
      urls.push(String(url))
      return served()(String(url).replace('credential.', 'ticket.'), init)
    }
    const credential = await loadCredentialArtifacts({ folder: 'https://example.org', fetch: served() })
    expect(credential).not.toEqual(await loadTicketArtifacts())
    const loading = loadCredentialArtifacts({ folder: 'https://example.org', fetch: swapped })
    await expect(loading).rejects.toMatchObject({ code: 'artifacts.mismatch' })
    expect(urls.sort()).toEqual(['https://example.org/credential.wasm', 'https://example.org/credential.zkey'])
  })

  test('refuses a file with one bit changed', async () => {
    const fetch = served((bytes) => bytes.with(1000, (bytes[1000] ?? 0) ^ 1))
    const loading = loadTicketArtifacts({ folder: 'https://example.org', fetch })
    await expect(loading).rejects.toMatchObject({ code: 'artifacts.mismatch' })
  })

  test.each<[string, Parameters<typeof loadTicketArtifacts>[0]]>([
    ['a folder that is not there', { folder: new URL('file:///nowhere/') }],
    ['a server that says no', { folder: 'https://example.org', fetch: async () => new Response('', { status: 404 }) }],
    ['a server that is down', { folder: 'https://example.org', fetch: () => Promise.reject(new TypeError('no')) }],
  ])('says so of %s', async (_, options) => {
    await expect(loadTicketArtifacts(options)).rejects.toMatchObject({ code: 'artifacts.unavailable' })
  })

  test.each<[string, Parameters<typeof loadTicketArtifacts>[0]]>([
    ['a file', {}],
    ['a server', { folder: 'https://example.org', fetch: served() }],
  ])('stops reading from %s when aborted', async (_, options) => {
    const signal = AbortSignal.abort(new Error('enough'))
    const fetch: typeof globalThis.fetch = async (_, init) => {
      init?.signal?.throwIfAborted()
      return new Response()
    }
    await expect(loadTicketArtifacts({ ...options, fetch, signal })).rejects.toThrow('enough')
  })
})
