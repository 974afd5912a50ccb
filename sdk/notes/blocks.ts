/**
 * A note's message ids, cut into blocks. Each run of a process takes fresh blocks and never resumes one, so that a crash
 * or an old backup costs some ids but never uses one twice. Pure: who has taken what is the caller's to know.
 */

/** Which of an account's devices this is, counted from 0. Devices share a note without asking each other. */
export type Device = { readonly index: number; readonly count: number }

/** How many ids one block of a note has: a thirty-second of a large note, a single id of a small one. */
export const blockSizeOf = (limit: number): number => Math.max(1, Math.floor(limit / 32))

export const blockCountOf = (limit: number): number => Math.ceil(limit / blockSizeOf(limit))

/** The message ids of one block, in order. */
export function messageIdsOf(limit: number, block: number): number[] {
  const size = blockSizeOf(limit)
  const start = block * size
  return Array.from({ length: Math.max(0, Math.min(size, limit - start)) }, (_, i) => start + i)
}

/** The blocks of a note that a device may still take, lowest first: those ≡ index modulo count that nobody took. */
export function freeBlocks(limit: number, taken: Iterable<number>, { index, count }: Device): number[] {
  if (!Number.isInteger(index) || !Number.isInteger(count) || index < 0 || index >= count) {
    throw new RangeError(`There is no device ${index} of ${count}.`)
  }
  const isTaken = new Set(taken)
  const blocks = Array.from({ length: blockCountOf(limit) }, (_, block) => block)
  return blocks.filter((block) => block % count === index && !isTaken.has(block))
}

/** The next free block of a device, or none. */
export const nextBlock = (limit: number, taken: Iterable<number>, device: Device): number | undefined =>
  freeBlocks(limit, taken, device)[0]
