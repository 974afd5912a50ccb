import { bn254 } from '@noble/curves/bn254.js'
import { toBytes32 } from '../crypto/abi.ts'
import type { RandomBytes } from '../crypto/bytes.ts'
import { FIELD_ORDER } from '../crypto/field.ts'
import {
  areSignals,
  assertSoundKey,
  KeyUnsoundError,
  type ProofItem,
  proofLength,
  type VerifyingKeyJson,
} from './groth16.ts'
import { type Mcl, sizes, writeFr, writeG1, writeG2 } from './groth16-mcl-curve.ts'
import { InputSum } from './groth16-mcl-inputs.ts'
import { toWeight, Weigher, type Weight } from './groth16-mcl-weights.ts'

/** One well-formed proof: which item it is. Its points are in the slot of its position. */
type Loaded = { readonly item: number; readonly signals: readonly bigint[] }

/** Work that may pause between two steps. */
type Steps<T> = Generator<undefined, T>

/** A proof with its weight in the sum. */
type Slot = Loaded & { readonly weight: Weight }

/**
 * Verifies up to `capacity` proofs by one equation, each with a weight w of its own:
 *
 *   Π e(w·A, B) · e(−Σ w·input, γ) · e(−Σ w·C, δ) = e(α, β)^Σw
 *
 * A proof alone has none. Weights are 128 bits from a cryptographic generator, drawn when the proofs are fixed, and used for one batch only:
 * whoever knew them before could make false proofs whose errors cancel out. A batch that fails is halved until the
 * false proofs are found, under the same weights, which nobody could have learnt in between.
 */
export class BatchVerifier {
  readonly #mcl: Mcl
  readonly #at: Layout
  readonly #inputs: number
  readonly #inputSum: InputSum
  readonly #weigher: Weigher
  readonly #random: RandomBytes

  constructor(mcl: Mcl, key: VerifyingKeyJson, { capacity, random }: { capacity: number; random: RandomBytes }) {
    assertSoundKey(key)
    this.#mcl = mcl
    this.#random = random
    this.#inputs = key.nPublic
    this.#at = allocate(mcl, capacity, key.nPublic)
    writeKey(mcl, this.#at, key)
    this.#inputSum = new InputSum(mcl, { points: this.#at.inputs, count: key.IC.length })
    this.#weigher = new Weigher(mcl)
  }

  /** Gives the memory back; the verifier must not be used after. */
  free(): void {
    this.#inputSum.free()
    this.#weigher.free()
    this.#mcl.free(this.#at.start)
  }

  /** One answer an item, in order. */
  verify(items: readonly ProofItem[]): boolean[] {
    const steps = this.verifyInSteps(items)
    for (let step = steps.next(); ; step = steps.next()) if (step.done) return step.value
  }

  /** The same in steps: what finding false proofs takes is cut into pieces of a few milliseconds. One run at a time. */
  *verifyInSteps(items: readonly ProofItem[]): Steps<boolean[]> {
    const loaded: Loaded[] = []
    items.forEach((item, i) => {
      if (this.#load(item, loaded.length)) loaded.push({ item: i, signals: item.signals })
    })
    const good = new Set(
      (loaded.length === 1 ? this.#checkOne(loaded) : yield* this.#checkAll(loaded)).map(({ item }) => item),
    )
    return items.map((_, i) => good.has(i))
  }

  /** Writes a proof's points into a slot; false if lengths, ranges, curve or subgroup are wrong. */
  #load({ proof, signals }: ProofItem, slot: number): boolean {
    if (proof.length !== proofLength || !areSignals(signals, this.#inputs)) return false
    const coordinates = Array.from({ length: 8 }, (_, i) => proof.subarray(i * 32, (i + 1) * 32))
    if (!coordinates.every(isBelowFieldOrder)) return false
    const [bx1, bx0, by1, by0] = coordinates.slice(2, 6) as [Uint8Array, Uint8Array, Uint8Array, Uint8Array]
    return (
      writeG1(this.#mcl, this.#at.a + slot * sizes.g1, coordinates.slice(0, 2)) &&
      writeG1(this.#mcl, this.#at.c + 2 * slot * sizes.g1, coordinates.slice(6)) &&
      writeG2(this.#mcl, this.#at.b + slot * sizes.g2, [bx0, bx1, by0, by1])
    )
  }

  /** A proof alone needs no weight. */
  #checkOne(loaded: readonly Loaded[]): readonly Loaded[] {
    const mcl = this.#mcl
    const at = this.#at
    this.#inputSum.writeKept(at.inputSum, [1n, ...(loaded[0]?.signals ?? [])])
    mcl.millerLoop(at.product, at.a, at.b)
    mcl.precomputedMillerLoop2(at.right, at.inputSum, at.gamma, at.c, at.delta)
    mcl.GT_mul(at.product, at.product, at.right)
    mcl.finalExp(at.product, at.product)
    return mcl.GT_isEqual(at.product, at.alphaBeta) === 1 ? loaded : []
  }

  *#checkAll(loaded: readonly Loaded[]): Steps<readonly Loaded[]> {
    const mcl = this.#mcl
    const at = this.#at
    const slots = loaded.map((proof) => ({ ...proof, weight: toWeight(this.#random(16)) }))
    if (slots.length === 0) return slots
    slots.forEach(({ weight }, i) => {
      this.#weigher.multiply(at.weighted + i * sizes.g1, at.a + i * sizes.g1, weight)
      const c = at.c + 2 * i * sizes.g1
      this.#weigher.turn(c + sizes.g1, c)
    })
    writeFr(
      mcl,
      at.weights,
      slots.flatMap(({ weight }) => [weight.a, weight.b]),
    )
    mcl.millerLoopVec(at.product, at.weighted, at.b, slots.length)
    if (this.#holds(slots, 0)) return slots

    for (const i of slots.keys()) {
      if (i % 4 === 0) yield
      mcl.millerLoop(at.pairs + i * sizes.gt, at.weighted + i * sizes.g1, at.b + i * sizes.g2)
    }
    return yield* this.#halve(slots, 0)
  }

  /** The good ones of slots among which at least one is known to be bad. */
  *#halve(slots: readonly Slot[], start: number): Steps<readonly Slot[]> {
    if (slots.length === 1) return []
    const middle = slots.length >> 1
    const [left, right] = [slots.slice(0, middle), slots.slice(middle)]
    const goodLeft = yield* this.#search(left, start)
    const isBadRight = goodLeft.length === left.length
    const goodRight = yield* isBadRight ? this.#halve(right, start + middle) : this.#search(right, start + middle)
    return [...goodLeft, ...goodRight]
  }

  *#search(slots: readonly Slot[], start: number): Steps<readonly Slot[]> {
    yield
    const { product, pairs } = this.#at
    this.#mcl.copy(product, pairs + start * sizes.gt, sizes.gt)
    for (let i = 1; i < slots.length; i++) this.#mcl.GT_mul(product, product, pairs + (start + i) * sizes.gt)
    return this.#holds(slots, start) ? slots : yield* this.#halve(slots, start)
  }

  /** Whether the equation holds for slots from `start` on, given Π e(w·A, B) of them before the final exponentiation. */
  #holds(slots: readonly Slot[], start: number): boolean {
    const mcl = this.#mcl
    const at = this.#at
    const sums = Array.from({ length: this.#inputs + 1 }, (_, i) =>
      slots.reduce((sum, { weight, signals }) => sum + weight.scalar * (i === 0 ? 1n : (signals[i - 1] ?? 0n)), 0n),
    ).map((sum) => sum % FIELD_ORDER)
    this.#inputSum.write(at.inputSum, sums)
    mcl.G1_mulVec(at.cSum, at.c + 2 * start * sizes.g1, at.weights + 2 * start * sizes.fr, 2 * slots.length)
    mcl.precomputedMillerLoop2(at.right, at.inputSum, at.gamma, at.cSum, at.delta)
    mcl.GT_mul(at.product, at.product, at.right)
    mcl.finalExp(at.product, at.product)
    writeFr(mcl, at.weightSum, sums.slice(0, 1))
    mcl.GT_pow(at.right, at.alphaBeta, at.weightSum)
    return mcl.GT_isEqual(at.product, at.right) === 1
  }
}

/**
 * Where everything lies in the memory of mcl: the key, one slot a proof in each of six arrays, and sums. A slot of `c`
 * holds C and φ(C), a slot of `weights` both halves of a weight.
 */
type Layout = Readonly<Record<Place, number>>
type Place = 'start' | KeyPlace | 'a' | 'b' | 'c' | 'weighted' | 'weights' | 'pairs' | SumPlace
type KeyPlace = 'inputs' | 'alpha' | 'beta' | 'alphaBeta' | 'gamma' | 'delta'
type SumPlace = 'weightSum' | 'inputSum' | 'cSum' | 'product' | 'right'

function allocate(mcl: Mcl, capacity: number, inputs: number): Layout {
  const { g1, g2, gt, fr } = sizes
  const lines = mcl.getUint64NumToPrecompute() * 8
  const lengths: Record<Exclude<Place, 'start'>, number> = {
    inputs: g1 * (inputs + 1),
    alpha: g1,
    beta: g2,
    alphaBeta: gt,
    gamma: lines,
    delta: lines,
    a: g1 * capacity,
    b: g2 * capacity,
    c: 2 * g1 * capacity,
    weighted: g1 * capacity,
    weights: 2 * fr * capacity,
    pairs: gt * capacity,
    weightSum: fr,
    inputSum: g1,
    cSum: g1,
    product: gt,
    right: gt,
  }
  const total = Object.values(lengths).reduce((sum, length) => sum + length, 0)
  const start = mcl.malloc(total)
  if (start === 0) throw new RangeError(`There is no room for ${total} bytes.`)
  const places: Partial<Record<Place, number>> = { start }
  let next = start
  for (const [place, length] of Object.entries(lengths)) {
    places[place as Place] = next
    next += length
  }
  return places as Layout
}

/** The key, with the lines of −γ and −δ precomputed, and e(α, β). */
function writeKey(mcl: Mcl, at: Layout, key: VerifyingKeyJson): void {
  const pointG1 = (to: number, point: readonly string[]) => writeG1(mcl, to, point.slice(0, 2).map(toElement))
  const pointG2 = (to: number, point: readonly (readonly string[])[]) =>
    writeG2(
      mcl,
      to,
      point.slice(0, 2).flatMap((pair) => pair.map(toElement)),
    )
  const negatedLines = (to: number, point: readonly (readonly string[])[]) => {
    const isPoint = pointG2(at.b, point)
    mcl.G2_neg(at.b, at.b)
    mcl.precomputeG2(to, at.b)
    return isPoint
  }
  const isKey =
    key.IC.length === key.nPublic + 1 &&
    key.IC.every((point, i) => pointG1(at.inputs + i * sizes.g1, point)) &&
    pointG1(at.alpha, key.vk_alpha_1) &&
    pointG2(at.beta, key.vk_beta_2) &&
    negatedLines(at.gamma, key.vk_gamma_2) &&
    negatedLines(at.delta, key.vk_delta_2)
  if (!isKey) throw new KeyUnsoundError('The verification key has points that are not on the curve.')
  mcl.pairing(at.alphaBeta, at.alpha, at.beta)
}

const toElement = (decimal: string): Uint8Array => toBytes32(BigInt(decimal))

const fieldOrder = toBytes32(bn254.fields.Fp.ORDER)

/** `x` and `x + order` would be the same coordinate. */
function isBelowFieldOrder(element: Uint8Array): boolean {
  const difference = element.findIndex((byte, i) => byte !== fieldOrder[i])
  return difference >= 0 && (element[difference] ?? 0) < (fieldOrder[difference] ?? 0)
}
