import type { RandomBytes } from '../../crypto/index.ts'
import type { Sleep } from '../session/beat.ts'

/** So many claims of a letter are looked at in a row. */
export const lookedAtInARow = 64

/** So many wait meanwhile. */
export const mostWaiting = 64

/** Milliseconds until the next ones are looked at: each takes the check of a signature. */
const restMs = 10_000

export type ClaimQueueOptions<Claim> = {
  /** Looks at one, and answers it; the next one is looked at when that is done. */
  readonly look: (claim: Claim) => Promise<void>
  readonly sleep: Sleep
  readonly random: RandomBytes
  readonly signal: AbortSignal
  readonly onError: (error: unknown) => void
}

/**
 * The claims of one letter, which are looked at one after the other. Nothing tells an honest one from a forged one before its
 * signature is checked: so of more than can wait, each is as likely to be kept, whenever it came. Who asks again each day is
 * heard in the end, however many forge.
 */
export function createClaimQueue<Claim>(options: ClaimQueueOptions<Claim>): (claim: Claim) => void {
  const { look, sleep, random, signal, onError } = options
  const waiting: Claim[] = []
  let [came, looks, isAtWork] = [0, 0, false]

  async function work(): Promise<void> {
    for (; waiting.length > 0 && !signal.aborted; looks++) {
      if (looks > 0 && looks % lookedAtInARow === 0) await sleep(restMs, signal)
      await look(waiting.shift() as Claim).catch(onError)
    }
  }

  return (claim) => {
    if (waiting.length < mostWaiting) came = waiting.push(claim)
    else {
      const place = randomBelow(++came, random)
      if (place < mostWaiting) waiting[place] = claim
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
