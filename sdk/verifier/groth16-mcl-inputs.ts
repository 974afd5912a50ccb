import { type Mcl, sizes, writeFr } from './groth16-mcl-curve.ts'

/**
 * Sums up the key's input points, each times its scalar.
 *
 * Tickets share inputs: the root, the scope, the class, the hour. A product asked for twice in a row is kept, so that
 * a single proof pays only for what is its own.
 */
export class InputSum {
  readonly #mcl: Mcl
  readonly #points: number
  readonly #count: number
  readonly #products: number
  readonly #gathered: number
  readonly #scalars: number
  readonly #last: { scalar: bigint; isKept: boolean }[]

  /** `points` is where the key's input points lie, the constant one first. */
  constructor(mcl: Mcl, { points, count }: { points: number; count: number }) {
    this.#mcl = mcl
    this.#points = points
    this.#count = count
    this.#products = mcl.malloc(count * sizes.g1)
    this.#gathered = mcl.malloc(count * sizes.g1)
    this.#scalars = mcl.malloc(count * sizes.fr)
    this.#last = Array.from({ length: count }, () => ({ scalar: -1n, isKept: false }))
  }

  free(): void {
    for (const at of [this.#products, this.#gathered, this.#scalars]) this.#mcl.free(at)
  }

  /** Σ scalar·point of scalars that are not seen again. */
  write(out: number, scalars: readonly bigint[]): void {
    writeFr(this.#mcl, this.#scalars, scalars)
    this.#mcl.G1_mulVec(out, this.#points, this.#scalars, this.#count)
  }

  /** Σ scalar·point, keeping products that are asked for again. */
  writeKept(out: number, scalars: readonly bigint[]): void {
    const fresh = scalars.map((scalar, i) => ({ scalar, i })).filter((entry) => !this.#isKept(entry))
    this.#mcl.G1_clear(out)
    if (fresh.length > 0) this.#writeFresh(out, fresh)
    for (let i = 0; i < this.#count; i++) {
      if (this.#last[i]?.isKept) this.#mcl.G1_add(out, out, this.#products + i * sizes.g1)
    }
  }

  /** Whether a product is at hand, or is worth computing now because its scalar comes the second time. */
  #isKept({ scalar, i }: { scalar: bigint; i: number }): boolean {
    const last = this.#last[i]
    if (last?.scalar !== scalar) {
      this.#last[i] = { scalar, isKept: false }
      return false
    }
    if (!last.isKept) {
      writeFr(this.#mcl, this.#scalars, [scalar])
      this.#mcl.G1_mul(this.#products + i * sizes.g1, this.#points + i * sizes.g1, this.#scalars)
      last.isKept = true
    }
    return true
  }

  #writeFresh(out: number, fresh: readonly { scalar: bigint; i: number }[]): void {
    fresh.forEach(({ i }, at) => {
      this.#mcl.copy(this.#gathered + at * sizes.g1, this.#points + i * sizes.g1, sizes.g1)
    })
    const scalars = fresh.map(({ scalar }) => scalar)
    writeFr(this.#mcl, this.#scalars, scalars)
    this.#mcl.G1_mulVec(out, this.#gathered, this.#scalars, scalars.length)
  }
}
