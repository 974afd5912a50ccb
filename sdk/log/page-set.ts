import type { LogEntry, LogPage } from '../codec/index.ts'
import { fromHex, sha256, toHex } from '../crypto/index.ts'
import { createEntryReader } from './entry-stream.ts'
import { maxHeads } from './page.ts'

type Writer = { readonly read: (chunk: Uint8Array) => LogEntry['kind'][]; next: number; waiting: Map<number, LogPage> }

/** The pages of a log that are known, and whether one is missing. */
export type PageSet = {
  /** Takes a page in; the entries that it completes, or undefined if it was known. */
  add(message: Uint8Array, page: LogPage): LogEntry['kind'][] | undefined
  has(digest: string): boolean
  /** Pages that no known page refers to, SHA-256; at most as many as one page names. */
  heads(): Uint8Array[]
  /** Whether every page is there that a known page refers to, or counts. */
  isWhole(): boolean
}

/** Collects the pages of a log, in whatever order a node hands them out. */
export function createPageSet(): PageSet {
  const known = new Set<string>()
  const named = new Set<string>()
  const heads = new Set<string>()
  const writers = new Map<string, Writer>()

  function take({ writer: id, ...page }: LogPage): LogEntry['kind'][] {
    const name = toHex(id)
    const writer = writers.get(name) ?? { read: createEntryReader(), next: 0, waiting: new Map() }
    writers.set(name, writer)
    if (page.number >= writer.next) writer.waiting.set(page.number, { writer: id, ...page })
    const entries: LogEntry['kind'][] = []
    for (let next = writer.waiting.get(writer.next); next; next = writer.waiting.get(writer.next)) {
      writer.waiting.delete(writer.next++)
      entries.push(...writer.read(next.chunk))
    }
    return entries
  }

  return {
    add(message, page) {
      const digest = toHex(sha256(message))
      if (known.has(digest)) return undefined
      known.add(digest)
      if (!named.has(digest)) heads.add(digest)
      for (const head of page.heads.map(toHex)) {
        named.add(head)
        heads.delete(head)
      }
      return take(page)
    },
    has: (digest) => known.has(digest),
    heads: () => [...heads].slice(0, maxHeads).map(fromHex),
    isWhole: () =>
      [...named].every((digest) => known.has(digest)) &&
      [...writers.values()].every(({ waiting }) => waiting.size === 0),
  }
}
