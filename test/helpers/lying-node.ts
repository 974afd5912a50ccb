import { ownedTopic } from '../../sdk/codec/index.ts'
import { toBase64 } from '../../sdk/crypto/index.ts'
import { createAnonymousNode, type Fetch } from '../../sdk/transport/index.ts'

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

/** Shows an older backup of an account's keys in the place of any newer one. */
export const showing =
  (backup: Uint8Array): Lie =>
  (envelope) =>
    envelope.contentTopic.includes('/privatestore-') ? { ...envelope, message: toBase64(backup) } : envelope

/** All backups of an account's keys that a node has, the oldest first. */
export async function backupsOf(url: string, address: string): Promise<Uint8Array[]> {
  const request = { contentTopics: [ownedTopic('privatestore', address)] }
  const pages = await Array.fromAsync(createAnonymousNode({ url }).query(request))
  return pages.flatMap(({ envelopes }) => envelopes.map(({ message }) => message))
}
