import type { Gauge } from 'prom-client'

/**
 * Most bytes that wait for the sockets of streams. Beyond its own share a stream of topics is sent nothing more until it has
 * drained, and then reads on from the store; a stream of everything, which the store cannot serve, is cut off. Beyond a
 * caller's share or the node's, the stream with most waiting is cut off, of the caller who has most waiting.
 */
export const streamBudgets = {
  /** A page of the store as JSON. The largest envelope has room too, where nothing waits. */
  topics: 1024 * 1024,
  /** Two publishes of the largest size that come at once; what waits for several streams is in memory once. */
  all: 32 * 1024 * 1024,
  /** Two streams of everything that do not read, or 64 others. */
  caller: 64 * 1024 * 1024,
  /** An eighth of the gibibyte that a node is to live in. */
  node: 128 * 1024 * 1024,
} as const

/** What a write costs beside its bytes: its entries in the queues of stream and socket. */
const perWrite = 512

/** What waits for one stream. */
export type StreamAccount = {
  readonly bytes: () => number
  hasRoomFor(chunk: Uint8Array): boolean
  /** Counts a chunk. If that is too much, some stream is cut off, which may be this one. */
  hold(chunk: Uint8Array): void
  /** The chunk was sent. */
  release(chunk: Uint8Array): void
  /** The stream is over, and nothing waits for it. */
  close(): void
}

/** Whose stream it is, how much may wait for it, and how to end it. */
export type NewAccount = { readonly caller: string; readonly share: number; readonly cut: () => void }

/** All that waits. */
export type Waiting = { open(account: NewAccount): StreamAccount }

export type WaitingOptions = { readonly caller: number; readonly node: number; readonly gauge: Gauge }

/** Keeps account of what waits for sockets. */
export function createWaiting({ caller: mostOfCaller, node: mostOfNode, gauge }: WaitingOptions): Waiting {
  const all = createPile()
  const callers = new Map<string, Caller>()

  function keepWithin(caller: Caller): void {
    while (caller.pile.bytes > mostOfCaller) greatest(caller.streams).cut()
    while (all.bytes > mostOfNode) greatest(greatest(callers.values()).streams).cut()
    gauge.set(all.bytes)
  }

  return {
    open({ caller: name, share, cut }) {
      const caller = callers.get(name) ?? { pile: createPile(), streams: new Set() }
      const pile = createPile()
      const piles = [pile, caller.pile, all]
      const stream: Stream = {
        pile,
        cut() {
          close()
          cut()
        },
      }
      callers.set(name, caller)
      caller.streams.add(stream)

      function close(): void {
        for (const chunk of chunksOf(pile)) takeOff(piles, chunk)
        caller.streams.delete(stream)
        if (caller.streams.size === 0 && callers.get(name) === caller) callers.delete(name)
        gauge.set(all.bytes)
      }

      return {
        bytes: () => pile.bytes,
        hasRoomFor: ({ length }) => pile.bytes === 0 || pile.bytes + length + perWrite <= share,
        hold(chunk) {
          if (!caller.streams.has(stream)) return // it was cut off
          putOn(piles, chunk)
          keepWithin(caller)
        },
        release(chunk) {
          if (!pile.chunks.has(chunk)) return // it was closed meanwhile
          takeOff(piles, chunk)
          gauge.set(all.bytes)
        },
        close,
      }
    },
  }
}

/** Bytes that wait; those that wait for several streams are in memory once, and count once. */
type Pile = { bytes: number; readonly chunks: Map<Uint8Array, number> }
type Stream = { readonly pile: Pile; readonly cut: () => void }
type Caller = { readonly pile: Pile; readonly streams: Set<Stream> }

const createPile = (): Pile => ({ bytes: 0, chunks: new Map() })

function putOn(piles: readonly Pile[], chunk: Uint8Array): void {
  for (const pile of piles) {
    const times = pile.chunks.get(chunk) ?? 0
    pile.chunks.set(chunk, times + 1)
    pile.bytes += perWrite + (times === 0 ? chunk.length : 0)
  }
}

function takeOff(piles: readonly Pile[], chunk: Uint8Array): void {
  for (const pile of piles) {
    const times = pile.chunks.get(chunk) ?? 0
    if (times > 1) pile.chunks.set(chunk, times - 1)
    else pile.chunks.delete(chunk)
    pile.bytes -= perWrite + (times > 1 ? 0 : chunk.length)
  }
}

const chunksOf = ({ chunks }: Pile): Uint8Array[] =>
  [...chunks].flatMap(([chunk, times]) => Array<Uint8Array>(times).fill(chunk))

const greatest = <T extends { readonly pile: Pile }>(list: Iterable<T>): T =>
  [...list].reduce((a, b) => (b.pile.bytes > a.pile.bytes ? b : a))
