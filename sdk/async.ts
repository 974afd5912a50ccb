/** Runs steps one after the other. */
export type Queue = <T>(step: () => Promise<T>, signal?: AbortSignal | undefined) => Promise<T>

/**
 * A queue of steps: each begins when the one before has ended, well or not. A step that still waits is dropped as soon as
 * its signal aborts; one that has begun answers with what came of it, so a step that takes long watches the signal itself.
 *
 * @example
 * ```ts
 * import { createQueue } from '@pennypost/sdk/async'
 *
 * const inTurn = createQueue()
 * const write = async (text: string) => console.log(text)
 * await Promise.all([inTurn(() => write('a')), inTurn(() => write('b'), AbortSignal.timeout(1_000))])
 * ```
 */
export function createQueue(): Queue {
  let last: Promise<unknown> = Promise.resolve()
  return (step, signal) => {
    const before = last
    const turn = orAborted(before, signal).then(() => {
      signal?.throwIfAborted()
      return step()
    })
    last = before.then(() => turn).catch(() => undefined) // a dropped step does not let the next one overtake
    return turn
  }
}

/** Waits, unless the signal ends it: then throws the signal's reason. */
export function pause(milliseconds: number, signal?: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted()
    const stop = () => {
      clearTimeout(timer)
      reject(signal?.reason)
    }
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop)
      resolve()
    }, milliseconds)
    signal?.addEventListener('abort', stop, { once: true })
  })
}

/** The promise's value, unless the signal comes first: then throws the signal's reason. What was begun goes on. */
export function orAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return promise
  return new Promise((resolve, reject) => {
    const stop = () => reject(signal.reason)
    if (signal.aborted) stop()
    signal.addEventListener('abort', stop, { once: true })
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop))
  })
}

/** A signal that ends with others, or after a while; for hosts that have no `AbortSignal.any` and `AbortSignal.timeout`. */
export type JoinedSignal = {
  readonly signal: AbortSignal
  /** Stops listening to the others and to the clock; what is over stays so. */
  release(): void
}

/** Joins signals into one. Call `release` when what it is for is done. */
export function joinSignals(
  others: readonly (AbortSignal | undefined)[],
  { afterMs }: { readonly afterMs?: number } = {},
): JoinedSignal {
  const ending = new AbortController()
  const end = (reason: unknown) => {
    release()
    ending.abort(reason)
  }
  const stops = others.map((other) => ({ other, stop: () => end(other?.reason) }))
  const late = () => end(new DOMException('It took too long.', 'TimeoutError'))
  const timer = afterMs === undefined ? undefined : setTimeout(late, afterMs)
  function release(): void {
    clearTimeout(timer)
    for (const { other, stop } of stops) other?.removeEventListener('abort', stop)
  }
  for (const { other, stop } of stops) {
    if (other?.aborted) stop()
    else other?.addEventListener('abort', stop, { once: true })
  }
  return { signal: ending.signal, release }
}

/** Where some wait until others let them go on. */
export type Gate = {
  /** Lets go whoever waits now. */
  open(): void
  /** Waits until then; rejects with the signal's reason if that comes first. */
  wait(signal: AbortSignal | undefined): Promise<void>
}

export function createGate(): Gate {
  const waiting = new Set<() => void>()
  return {
    open() {
      for (const go of waiting) go()
    },
    async wait(signal) {
      let go: () => void = () => undefined
      const opened = new Promise<void>((resolve) => {
        go = resolve
      })
      waiting.add(go)
      await orAborted(opened, signal).finally(() => waiting.delete(go))
    },
  }
}

/** How often, after how long, and after which errors something is tried again. */
export type RetryOptions = {
  /** How long to wait before each further attempt; as many attempts follow as there are delays. */
  readonly delaysMs: Iterable<number>
  /** Whether an error may pass by itself. */
  readonly mayPass: (error: unknown) => boolean
  readonly signal?: AbortSignal | undefined
}

/** Runs a step that changes nothing when it is repeated, again after a while where its error may pass. */
export async function retry<T>(step: () => Promise<T>, { delaysMs, mayPass, signal }: RetryOptions): Promise<T> {
  for (const delay of delaysMs) {
    try {
      return await step()
    } catch (error) {
      signal?.throwIfAborted()
      if (!mayPass(error)) throw error
      await pause(delay, signal)
    }
  }
  return step()
}

/** Delays that double from the first to the longest and stay there, without end. */
export function* doublingDelays(firstMs: number, longestMs: number): Generator<number, never> {
  for (let delay = firstMs; ; delay = Math.min(longestMs, delay * 2)) yield Math.min(longestMs, delay)
}

/**
 * A random delay of a mean length, exponentially distributed: when the last one was says nothing of when the next one is.
 * `random` gives as many random bytes as it is asked for.
 */
export function exponentialDelay(meanMs: number, random: (length: number) => Uint8Array): number {
  const part = random(6).reduce((sum, byte) => (sum + byte) / 256, 0) // 48 bits: 0 ≤ part < 1
  return -Math.log(1 - part) * meanMs
}
