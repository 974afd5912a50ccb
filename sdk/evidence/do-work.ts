import { pause } from '../async.ts'
import { tellSafely } from '../tell.ts'
import { type WorkTarget, workOf } from '../verifier/work.ts'
import { defaultWorker } from './platform.ts'
import { searchInWorkers } from './search-in-workers.ts'

/** How far a search is: hashes tried, how many one needs on average, and how many seconds that is from now on, at this rate. */
export type WorkProgress = { readonly tried: number; readonly expected: number; readonly secondsLeft: number }

export type WorkOptions = {
  /** Ends all workers at once. */
  readonly signal?: AbortSignal | undefined
  /** Told at once, and then four times a second at most. */
  readonly onProgress?: (progress: WorkProgress) => void
  /** The module `@pennypost/sdk/evidence/worker`, where a bundler has moved it. */
  readonly workerUrl?: URL | string | undefined
}

/** How long the search holds this thread at once, in milliseconds. */
const sliceMs = 12
/** Between two times that progress is told. */
const tellMs = 250
/** Less is done in less time than workers take to start. */
const leastBitsForWorkers = 17

/**
 * Finds a nonce that shows `bits` of work for one lane and one condition: in workers, one for each core that no other search is
 * using. Where there are none, and for little work, on this thread, in slices between which it is free.
 *
 * Luck has no memory: however long a search has taken, on average all of it is still to come.
 */
export async function doWork(target: WorkTarget, bits: number, options: WorkOptions = {}): Promise<bigint> {
  const { signal, workerUrl = defaultWorker() } = options
  signal?.throwIfAborted()
  const onTried = teller(2 ** bits, options)
  if (bits < leastBitsForWorkers) return searchHere({ target, bits, onTried }, signal)
  onTried(0)
  const { nonce, tried } = await searchInWorkers({ target, bits }, { workerUrl, signal, onTried })
  return nonce ?? searchHere({ target, bits, onTried, start: BigInt(tried) }, signal)
}

type Search = {
  readonly target: WorkTarget
  readonly bits: number
  readonly onTried: (tried: number) => void
  readonly start?: bigint
}

async function searchHere({ target, bits, onTried, start = 0n }: Search, signal?: AbortSignal): Promise<bigint> {
  for (let nonce = start; ; ) {
    signal?.throwIfAborted()
    const slice = searchSlice(target, bits, nonce)
    if (slice.isFound) return slice.nonce
    nonce = slice.nonce
    onTried(Number(nonce))
    await pause(0, signal)
  }
}

/** Tells how far a search is, now and then. */
function teller(expected: number, { onProgress }: WorkOptions): (tried: number) => void {
  const started = performance.now()
  let told = Number.NEGATIVE_INFINITY
  return (tried) => {
    const now = performance.now()
    if (now - told < tellMs) return
    told = now
    const rate = tried > 0 ? (tried * 1000) / (now - started) : hashRate()
    tellSafely(onProgress, { tried, expected, secondsLeft: expected / rate })
  }
}

let known: number | undefined

/** Measurements of a slice each. The first ones are slow, until the engine has compiled it, and so is one that is interrupted. */
const measurements = 6

/** Hashes of work that this device does in a second: the most that it was seen to do, in less than a tenth of one. */
export function hashRate(): number {
  known ??= Math.max(...Array.from({ length: measurements }, measure))
  return known
}

function measure(): number {
  const started = performance.now()
  const { nonce } = searchSlice({ use: new Uint8Array(32), condition: 0 }, 257, 0n)
  return (Number(nonce) * 1000) / (performance.now() - started)
}

function searchSlice(target: WorkTarget, bits: number, start: bigint): { isFound: boolean; nonce: bigint } {
  const end = performance.now() + sliceMs
  for (let nonce = start; ; nonce++) {
    if (workOf(target, nonce) >= bits) return { isFound: true, nonce }
    if (nonce % 256n === 255n && performance.now() >= end) return { isFound: false, nonce: nonce + 1n }
  }
}
