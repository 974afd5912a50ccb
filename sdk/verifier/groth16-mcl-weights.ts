import { fromBytes, toBytes32 } from '../crypto/abi.ts'
import { FIELD_ORDER } from '../crypto/field.ts'
import { type Mcl, sizes, writeFp } from './groth16-mcl-curve.ts'

/**
 * A random weight w = a + b·λ of 128 bits, a and b of 64 each: λ is what the curve's cheap endomorphism
 * φ(x, y) = (βx, y) multiplies by, so that w·P = a·P + b·φ(P) takes 64 doublings. No two pairs (a, b) give one w: the
 * differences are far too short for the lattice of λ.
 */
export type Weight = {
  readonly a: bigint
  readonly b: bigint
  /** w, modulo the group's order. */
  readonly scalar: bigint
}

const lambda = 4407920970296243842393367215006156084916469457145843978461n
const beta = 2203960485148121921418603742825762020974279258880205651966n

/** The weight that 16 bytes spell. */
export function toWeight(bytes: Uint8Array): Weight {
  const [a, b] = [fromBytes(bytes.subarray(0, 8)), fromBytes(bytes.subarray(8, 16))]
  return { a, b, scalar: (a + b * lambda) % FIELD_ORDER }
}

/** Multiplies points by weights, in memory of its own. */
export class Weigher {
  readonly #mcl: Mcl
  readonly #beta: number
  /** i·P + j·φ(P) for i, j of −1, 0, 1, in that order. */
  readonly #table: number

  constructor(mcl: Mcl) {
    this.#mcl = mcl
    this.#beta = mcl.malloc(sizes.fp)
    this.#table = mcl.malloc(9 * sizes.g1)
    writeFp(mcl, this.#beta, [toBytes32(beta)])
  }

  free(): void {
    this.#mcl.free(this.#beta)
    this.#mcl.free(this.#table)
  }

  /** φ(P). */
  turn(out: number, point: number): void {
    this.#mcl.copy(out, point, sizes.g1)
    this.#mcl.Fp_mul(out, out, this.#beta)
  }

  /** w·P. */
  multiply(out: number, point: number, { a, b }: Weight): void {
    const mcl = this.#mcl
    this.#fillTable(point)
    mcl.G1_clear(out)
    for (const digit of jointDigits(a, b)) {
      mcl.G1_dbl(out, out)
      if (digit !== none) mcl.G1_add(out, out, this.#entry(digit))
    }
  }

  #fillTable(point: number): void {
    const mcl = this.#mcl
    const [plus, turned, sum, difference] = [7, 5, 8, 6].map((i) => this.#entry(i)) as [number, number, number, number]
    mcl.copy(plus, point, sizes.g1)
    this.turn(turned, point)
    mcl.G1_neg(this.#entry(3), turned)
    mcl.G1_add(sum, plus, turned)
    mcl.G1_add(difference, plus, this.#entry(3))
    mcl.G1_neg(this.#entry(1), plus)
    mcl.G1_neg(this.#entry(0), sum)
    mcl.G1_neg(this.#entry(2), difference)
  }

  #entry(digit: number): number {
    return this.#table + digit * sizes.g1
  }
}

const none = 4

/**
 * The joint sparse form of two integers (Solinas 2001), the highest digits first: half of the digits are none. A digit is
 * 3·(i + 1) + (j + 1) for i of the first and j of the second.
 */
function jointDigits(a: bigint, b: bigint): number[] {
  const bits = [bitsOf(a), bitsOf(b)] as const
  const carry: [number, number] = [0, 0]
  const digits: number[] = []
  for (let at = 0; at <= 64; at++) {
    const low = [0, 1].map((i) => lowBits(bits[i as 0 | 1], at, carry[i as 0 | 1])) as [number, number]
    const pair = [signedDigit(low[0], low[1]), signedDigit(low[1], low[0])] as const
    for (const i of [0, 1] as const) if (2 * carry[i] === 1 + pair[i]) carry[i] = 1 - carry[i]
    digits.push(3 * (pair[0] + 1) + pair[1] + 1)
  }
  return digits.reverse()
}

const bitsOf = (value: bigint): number[] => Array.from(value.toString(2), Number).reverse()

/** Three bits from a place on, plus what was carried there. */
const lowBits = (bits: readonly number[], at: number, carry: number): number =>
  ((bits[at] ?? 0) + 2 * (bits[at + 1] ?? 0) + 4 * (bits[at + 2] ?? 0) + carry) & 7

function signedDigit(low: number, other: number): number {
  if (low % 2 === 0) return 0
  const digit = 2 - (low & 3)
  return (low === 3 || low === 5) && (other & 3) === 2 ? -digit : digit
}
