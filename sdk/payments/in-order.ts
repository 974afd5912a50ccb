import { pause } from '../async.ts'
import { decodeError, PaymentError } from './decode-error.ts'
import { countOf, findSent } from './find-sent.ts'
import { isNumberTaken } from './pending.ts'
import { nextPlace, type Turn } from './send.ts'
import type { HandedOver } from './sent-memory.ts'
import type { ActOptions } from './wallet.ts'

/** So often other acts of the account may come between. */
const attempts = 4

/**
 * Takes the steps that end with sending something. Where another act of the account came between, so that nothing was sent,
 * it waits for that one and takes them again.
 */
export async function inOrder(turn: Turn, steps: (turn: Turn) => Promise<HandedOver>): Promise<HandedOver> {
  for (let [attempt, now] = [1, turn]; ; attempt++) {
    try {
      return await steps(now)
    } catch (error) {
      turn.options.signal?.throwIfAborted()
      if (attempt === attempts || !isOvertaken(error)) throw error
      const next = await afterOthers(now)
      if ('hash' in next) return next
      now = next
    }
  }
}

/** Its place is another's now, or what it was to be paid from: a standing allowance, or the number of its permit. */
function isOvertaken(error: unknown): boolean {
  if (isNumberTaken(error)) return true
  const decoded = decodeError(error)
  return decoded instanceof PaymentError && decoded.code === 'token.allowance-too-low'
}

/**
 * Waits until nothing of the account waits for its block: what that takes of allowances and permits is seen by then. Answers
 * what has done the same meanwhile, or the turn with a place that is free.
 */
export async function afterOthers(turn: Turn): Promise<HandedOver | Turn> {
  const { options, intent, memory, key, place } = turn
  const mined = await waitForOthers(options)
  const sent = (await memory.read(key)) ?? place
  const hash = await findSent(options, intent, sent)
  if (hash) return { ...sent, hash }
  return mined > place.nonce ? { ...turn, place: await nextPlace(options), isRetaken: false } : turn
}

const lookAgainMs = [100, 250, 500, 1_000]
const longestMs = 60_000

/** How many transactions of the account are mined, once all are; or after a while, since one may be stuck. */
async function waitForOthers(options: ActOptions): Promise<number> {
  for (let look = 0, waited = 0; ; look++) {
    const [mined, known] = await Promise.all([countOf(options, 'latest'), countOf(options, 'pending')])
    if (known <= mined || waited >= longestMs) return mined
    const delay = lookAgainMs[look] ?? 1_000
    await pause(delay, options.signal)
    waited += delay
  }
}
