import type { Fetch } from '../../sdk/transport/index.ts'

/** An envelope as a node answers it. */
export type Shown = { readonly contentTopic: string; readonly timestampNs: string; readonly message: string }

/** What a lying node shows in the place of an envelope; undefined hides it. */
export type Lie = (envelope: Shown) => Shown | undefined

/** A fetch that goes to a true node, and shows of what that answers what a lying one would. */
export function lyingFetch(lie: Lie, fetch: Fetch = (url, init) => globalThis.fetch(url, init)): Fetch {
  return async (url, init) => {
    if (!/\/(batch-)?query$/.test(url)) return fetch(url, init)
    const headers = { ...(init.headers as Record<string, string>), accept: 'application/json' }
    const response = await fetch(url, { ...init, headers })
    if (!response.ok) return response
    const answer = await response.json()
    for (const page of answer.responses ?? [answer]) {
      page.envelopes = (page.envelopes ?? []).flatMap((envelope: Shown) => lie(envelope) ?? [])
    }
    return new Response(JSON.stringify(answer), { headers: { 'content-type': 'application/json' } })
  }
}

/** Hides everything on topics of some kinds. */
export const hiding =
  (...kinds: string[]): Lie =>
  (envelope) =>
    kinds.some((kind) => envelope.contentTopic.includes(`/${kind}-`)) ? undefined : envelope
