/** Numbers that look random and are the same in every run. */
export type Random = {
  /** From 0 up to 1. */
  uniform(): number
  lognormal(shape: { readonly median: number; readonly sigma: number }): number
  poisson(mean: number): number
}

/** A generator for one seed (mulberry32). */
export function createRandom(seed: number): Random {
  let state = seed >>> 0
  const uniform = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  const normal = (): number => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform())
  return {
    uniform,
    lognormal: ({ median, sigma }) => median * Math.exp(sigma * normal()),
    poisson(mean) {
      const end = Math.exp(-mean)
      let count = 0
      for (let product = uniform(); product > end; product *= uniform()) count++
      return count
    },
  }
}
