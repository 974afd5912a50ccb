/** A source of chance that a seed fixes: the same seed, the same throws. Not for keys that matter. */
export type Dice = {
  /** In [0, 1). */
  fraction(): number
  /** A whole number in [0, count). */
  below(count: number): number
  /** With a mean, as delays of a process without memory are. */
  exponential(mean: number): number
  pick<T>(list: readonly T[]): T
  /** A copy of a list in another order. */
  shuffle<T>(list: readonly T[]): T[]
  bytes(length: number): Uint8Array
  /** Another source, which does not change with what this one is asked. */
  fork(name: string): Dice
}

/** The FNV hash of a text, as a start. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5
  for (const letter of text) hash = Math.imul(hash ^ (letter.codePointAt(0) ?? 0), 0x01000193)
  return hash >>> 0
}

/** Dice over the generator of mulberry32. */
export function createDice(seed: string): Dice {
  let state = hashOf(seed)

  function fraction(): number {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }

  const below = (count: number) => Math.floor(fraction() * count)
  return {
    fraction,
    below,
    exponential: (mean) => -mean * Math.log(1 - fraction()),
    pick: (list) => list[below(list.length)]!,
    shuffle(list) {
      const copy = [...list]
      for (let i = copy.length - 1; i > 0; i--) {
        const j = below(i + 1)
        ;[copy[i], copy[j]] = [copy[j]!, copy[i]!]
      }
      return copy
    },
    bytes: (length) => Uint8Array.from({ length }, () => below(256)),
    fork: (name) => createDice(`${seed}/${name}`),
  }
}
