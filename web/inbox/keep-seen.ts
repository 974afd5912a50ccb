import { keepOwn, readOwn } from '../session/own-store.ts'

/** Until when each conversation was read: kept over a reload, encrypted, and told to the account's other tabs. */
export type Seen = {
  /** Resolves when what was kept is known. */
  readonly ready: Promise<void>
  /** The time of the newest message that was seen, in Unix milliseconds. */
  until(key: string): number
  /** Notes that a conversation was read up to a message. */
  note(key: string, at: number): void
  /** Hears which conversations other tabs have read. */
  onTold(hear: (key: string) => void): void
}

/** Edges: where it is kept, and what tabs hear each other by. */
type Edges = {
  readonly over: AbortSignal
  readonly read?: (name: string) => Promise<unknown>
  readonly keep?: (name: string, value: unknown) => Promise<void>
}

/** So many conversations are kept; of more, those of the oldest messages count as unread again. */
export const mostSeen = 1_000
/** Milliseconds of rest after which it is kept. */
const restMs = 250

/** What an account has read on this device; `name` is that of what is kept. */
export function keepSeen(name: string, { over, read = readOwn, keep = keepOwn }: Edges): Seen {
  const seen = new Map<string, number>()
  const channel = new BroadcastChannel(`pennypost ${name}`)
  let resting: ReturnType<typeof setTimeout> | undefined
  over.addEventListener('abort', () => channel.close())

  /** Whether that is news. */
  function take(key: string, at: number): boolean {
    if (at <= (seen.get(key) ?? 0)) return false
    seen.set(key, at)
    return true
  }

  const ready = read(name)
    .catch(() => undefined)
    .then((kept) => {
      for (const [key, at] of Object.entries((kept ?? {}) as Record<string, number>)) take(key, at)
    })

  async function save(): Promise<void> {
    await ready
    if (over.aborted) return
    const newest = [...seen].sort(([, one], [, other]) => other - one).slice(0, mostSeen)
    await keep(name, Object.fromEntries(newest))
  }

  return {
    ready,
    until: (key) => seen.get(key) ?? 0,
    note(key, at) {
      if (over.aborted || !take(key, at)) return
      channel.postMessage([key, at])
      clearTimeout(resting)
      resting = setTimeout(() => void save(), restMs)
    },
    onTold(hear) {
      channel.onmessage = ({ data: [key, at] }: MessageEvent<[string, number]>) => {
        if (take(key, at)) hear(key)
      }
    },
  }
}
