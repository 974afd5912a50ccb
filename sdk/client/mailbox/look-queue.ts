import type { RandomBytes } from '../../crypto/index.ts'
import type { Sleep } from '../session/beat.ts'

/** So many are looked at in a row. */
export const lookedAtInARow = 64

/** So many wait meanwhile. */
export const mostWaiting = 64

/** Milliseconds until the next ones are looked at: each takes arithmetic on a curve. */
const restMs = 10_000

export type LookQueueOptions<Item> = {
  /** Looks at one, and answers it; the next one is looked at when that is done. */
  readonly look: (item: Item) => Promise<void>
  readonly sleep: Sleep
  readonly random: RandomBytes
  readonly signal: AbortSignal
  readonly onError: (error: unknown) => void
}

/**
 * What came on one channel, which is looked at one after the other. There nothing tells what is honest from what is forged before
 * it is looked at: so of more than can wait, each is as likely to be kept, whenever it came. Who says it again each day is heard in
 * the end, however many forge.
 */
export function createLookQueue<Item>(options: LookQueueOptions<Item>): (item: Item) => void {
  const { look, sleep, random, signal, onError } = options
  const waiting: Item[] = []
  let [came, looks, isAtWork] = [0, 0, false]

  async function work(): Promise<void> {
    for (; waiting.length > 0 && !signal.aborted; looks++) {
      if (looks > 0 && looks % lookedAtInARow === 0) await sleep(restMs, signal)
      await look(waiting.shift() as Item).catch(onError)
    }
  }

  return (item) => {
    if (waiting.length < mostWaiting) came = waiting.push(item)
    else {
      const place = randomBelow(++came, random)
      if (place < mostWaiting) waiting[place] = item
    }
    if (isAtWork) return
    isAtWork = true
    work()
      .catch(onError)
      .finally(() => {
        isAtWork = false
      })
  }
}

const randomBelow = (count: number, random: RandomBytes): number =>
  Math.floor(random(6).reduce((sum, byte) => (sum + byte) / 256, 0) * count)
