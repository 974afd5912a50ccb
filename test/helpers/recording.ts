import type { Fetch } from '../../sdk/transport/index.ts'

/** A request as its receiver got it: all of its bytes, and where it went. */
export type Recorded = { readonly url: string; readonly bytes: Uint8Array; readonly body: Uint8Array }

/** What to do with a request instead of sending it on; undefined sends it on. */
export type Meddle = (url: string, body: Uint8Array) => Promise<Response | undefined> | Response | undefined

/** A fetch that keeps every byte that leaves: method, URL, headers as a browser or Node would add them, and body. */
export function createRecording() {
  const sent: Recorded[] = []
  const meddlers: Meddle[] = []
  const fetch: Fetch = async (url, init) => {
    const request = new Request(url, init as RequestInit)
    const body = new Uint8Array(await request.clone().arrayBuffer())
    const headers = [...request.headers].map(([name, value]) => `${name}: ${value}\n`).join('')
    const head = new TextEncoder().encode(`${request.method} ${url}\n${headers}\n`)
    sent.push({ url, body, bytes: Uint8Array.from([...head, ...body]) })
    for (const meddle of meddlers) {
      const answer = await meddle(url, body)
      if (answer) return answer
    }
    return globalThis.fetch(url, init)
  }
  return {
    fetch,
    sent,
    /** Everything sent since the last call. */
    take: (): Recorded[] => sent.splice(0),
    /** Meddles with requests until the returned function is called. */
    meddle(meddler: Meddle) {
      meddlers.push(meddler)
      return () => void meddlers.splice(meddlers.indexOf(meddler), 1)
    },
  }
}

/** An answer in problem+json. */
export const problem = (status: number, code: string): Response =>
  new Response(JSON.stringify({ type: 'about:blank', title: code, status, code, detail: code }), {
    status,
    headers: { 'content-type': 'application/problem+json' },
  })
