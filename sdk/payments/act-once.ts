import { orAborted } from '../async.ts'
import { tellSafely } from '../tell.ts'
import type { Call } from './call.ts'
import { findDone, findSent, lookAfter } from './find-sent.ts'
import { nextPlace, type Turn } from './send.ts'
import { type HandedOver, keyOf, memoryOf } from './sent-memory.ts'
import { isOver, type Mined, waitFor } from './wait-for.ts'
import type { ActOptions } from './wallet.ts'

/** Does all that comes before a transaction, and sends it. */
export type Begin = (turn: Turn) => Promise<HandedOver>

/**
 * Does something on the chain once: what an earlier call has sent for the same, by this run of the program or another with
 * the same storage, is continued; only where nothing came of that does it start over. It is forgotten when its end is known:
 * the same again is another act then.
 */
export async function actOnce(options: ActOptions, intent: Call, begin: Begin): Promise<Mined> {
  const turn = await takeTurn(options, intent)
  const sent = await orAborted(handOver(turn, begin), options.signal)
  tellSafely(options.onProgress, { kind: 'sent', hash: sent.hash })
  return finish(turn, sent)
}

/** The place comes first: of two calls at the same time, both then ask for the same, and the chain gives it to one. */
async function takeTurn(options: ActOptions, intent: Call): Promise<Turn> {
  options.signal?.throwIfAborted()
  const [key, place] = await orAborted(Promise.all([keyOf(options, intent), nextPlace(options)]), options.signal)
  return { options, intent, memory: memoryOf(options), key, place, isRetaken: false }
}

/** Two calls of one run at the same time are one; where the first is called off before anything has left, the second goes. */
async function handOver(turn: Turn, begin: Begin): Promise<HandedOver> {
  const { memory, key, options } = turn
  const other = memory.handingOver.get(key)
  if (other) {
    return other.sent.catch((error) => {
      if (!other.signal?.aborted) throw error
      return handOver(turn, begin)
    })
  }
  const sent = goOnOrBegin(turn, begin).finally(() => memory.handingOver.delete(key))
  memory.handingOver.set(key, { sent, signal: options.signal })
  return sent
}

async function goOnOrBegin(turn: Turn, begin: Begin): Promise<HandedOver> {
  const { memory, key, options, intent, place } = turn
  const before = await memory.read(key)
  const hash = before && (await findSent(options, intent, before))
  if (before && hash) return { ...before, hash }
  return begin({ ...turn, isRetaken: before?.nonce === place.nonce }).catch(async (error) => {
    options.signal?.throwIfAborted()
    const done = await findDone(options, intent, place).catch(() => undefined)
    if (done) return { ...place, hash: done }
    throw error
  })
}

async function finish({ options, intent, memory, key }: Turn, sent: HandedOver): Promise<Mined> {
  const { hash } = sent
  const look = () => lookAfter(options, intent, sent)
  try {
    const mined = await waitFor(options, { hash, look })
    await memory.forget(key, sent)
    return mined
  } catch (error) {
    if (isOver(error)) await memory.forget(key, sent)
    throw error
  }
}
