import { createGate, exponentialDelay, type Gate, joinSignals } from '../../async.ts'
import type { LogEntryInit } from '../../codec/index.ts'
import type { RandomBytes } from '../../crypto/index.ts'
import { BaseError } from '../../errors.ts'
import { type AccountLog, LogEntryTooLongError } from '../../log/index.ts'
import { beat, type Sleep } from './beat.ts'
import type { Clock } from './clock.ts'
import type { Tell } from './events.ts'
import type { Privacy } from './options.ts'
import type { SafeStorage } from './storage.ts'

/**
 * Writes what was done into the account's log: letters sent, letters answered, connections held. By default at times that
 * depend on none of it: a page goes at each beat, whether there is something to write or not, since a page right behind a
 * letter would name its sender.
 */
export type Copies = {
  /** Whether pages go at their own times. */
  readonly isSteady: boolean
  /** Keeps an entry for the log. Where copies go at once, waits until the log has it; answers whether it has. */
  keep(entry: LogEntryInit): Promise<boolean>
  /** Tries again what could not be written; does nothing where pages go at their own times. */
  catchUp(signal?: AbortSignal): Promise<void>
  /** What else writes to the log goes in the place of a page; it answers whether it wrote one. */
  beforePage(write: () => Promise<boolean>): void
  /**
   * Waits for a page to be written at its own time, and a random while after it; `tell` hears of how many seconds that is on
   * average. For what needs a page, and should not be seen to follow it. Only where pages go at their own times.
   */
  awaitPage(tell: (seconds: number) => void, signal?: AbortSignal): Promise<void>
  /** Ends the beats, with nothing more. */
  end(): void
  /** Ends the beats with one last page. */
  close(signal?: AbortSignal): Promise<void>
}

export type CopiesOptions = {
  readonly log: Pick<AccountLog, 'all' | 'keep' | 'flush' | 'writePage' | 'isWaiting'>
  readonly privacy: Privacy
  readonly sleep: Sleep
  readonly random: RandomBytes
  readonly tell: Tell
  readonly storage: Pick<SafeStorage, 'isLasting'>
  readonly clock: Pick<Clock, 'seconds'>
  /** Ends with the client. */
  readonly signal?: AbortSignal | undefined
}

/** Between two pages where no stamp is made ready ahead, and letters wait for one; in a day they come to 6 MB. */
const awaitedSeconds = 60

/** Mean seconds between two pages now. */
function secondsOf({
  log,
  privacy,
  storage,
  clock,
}: Pick<CopiesOptions, 'log' | 'privacy' | 'storage' | 'clock'>): number {
  const hasBooks = () => log.all('book').some(({ expiry }) => expiry > BigInt(clock.seconds()))
  return storage.isLasting || !hasBooks() ? privacy.copySeconds : Math.min(privacy.copySeconds, awaitedSeconds)
}

/** Starts the writing of copies. */
export function createCopies(options: CopiesOptions): Copies {
  const { log, privacy, sleep, random, tell, signal: over } = options
  const ending = new AbortController()
  const seconds = () => secondsOf(options)
  const isSteady = privacy.copySeconds > 0
  const writers: (() => Promise<boolean>)[] = []
  const written = createGate()

  function report(error: unknown): void {
    if (!(error instanceof BaseError)) throw error
    tell({ kind: 'degraded', code: error.code })
  }
  async function catchUp(signal?: AbortSignal): Promise<void> {
    if (!isSteady && log.isWaiting) await log.flush(signal).catch(report)
  }

  if (isSteady) {
    const { signal } = ending
    const step = () => writeOne({ log, writers, signal, onError: reportUnlessOver }).then(written.open)
    void beat(step, { seconds, sleep, random, signal, onError: reportUnlessOver })
  }
  function reportUnlessOver(error: unknown): void {
    if (ending.signal.aborted || over?.aborted) return
    tell({ kind: 'degraded', code: error instanceof BaseError ? error.code : 'log.late' }) // nobody waits for it
  }

  return {
    isSteady,
    beforePage: (write) => void writers.push(write),
    catchUp,
    awaitPage: (tellOf, signal) =>
      follow(written, { seconds: seconds(), sleep, random, tellOf, signals: [signal, over, ending.signal] }),
    async keep(entry) {
      try {
        await log.keep(entry)
      } catch (error) {
        if (!(error instanceof LogEntryTooLongError)) throw error
        report(error)
        return false
      }
      await catchUp()
      return !log.isWaiting
    },
    end: () => ending.abort(),
    async close(signal) {
      if (ending.signal.aborted) return
      ending.abort()
      if (isSteady) await log.writePage(signal).catch(report)
      if (log.isWaiting) await log.flush(signal).catch(report)
    },
  }
}

type Writing = Pick<CopiesOptions, 'log'> & {
  readonly writers: readonly (() => Promise<boolean>)[]
  readonly signal: AbortSignal
  readonly onError: (error: unknown) => void
}

/** One page: of what else writes, or of copies, also where what else writes fails. */
async function writeOne({ log, writers, signal, onError }: Writing): Promise<void> {
  for (const write of writers) {
    const isWritten = await write().catch(onError)
    if (isWritten) return
  }
  await log.writePage(signal)
}

type Following = Pick<CopiesOptions, 'sleep' | 'random'> & {
  readonly seconds: number
  readonly tellOf: (seconds: number) => void
  readonly signals: readonly (AbortSignal | undefined)[]
}

/** Waits for a page, and a random while: as long again, on average. */
async function follow(written: Gate, { seconds, sleep, random, tellOf, signals }: Following): Promise<void> {
  const { signal, release } = joinSignals(signals)
  try {
    tellOf(2 * seconds)
    await written.wait(signal)
    await sleep(exponentialDelay(seconds * 1000, random), signal)
  } finally {
    release()
  }
}
