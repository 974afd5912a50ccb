import { pause } from '../async.ts'
import { type WorkTarget, workOf } from '../verifier/work.ts'

/** How far a search is: hashes tried, and how many one needs on average. */
export type WorkProgress = { readonly tried: number; readonly expected: number }

export type WorkOptions = {
  readonly signal?: AbortSignal | undefined
  readonly onProgress?: (progress: WorkProgress) => void
}

/** How long the search holds the thread at once, in milliseconds. */
const sliceMs = 12

/**
 * Finds the nonce that shows `bits` of work for one lane and one condition.
 *
 * Works in slices, between which the thread is free; on a page, 16 bits take about a tenth of a second.
 */
export async function doWork(target: WorkTarget, bits: number, options: WorkOptions = {}): Promise<bigint> {
  const { signal, onProgress } = options
  for (let nonce = 0n; ; ) {
    signal?.throwIfAborted()
    const slice = searchSlice(target, bits, nonce)
    if (slice.isFound) return slice.nonce
    nonce = slice.nonce
    onProgress?.({ tried: Number(nonce), expected: 2 ** bits })
    await pause(0, signal)
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
