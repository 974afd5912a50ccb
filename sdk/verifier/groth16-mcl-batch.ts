import { bn254 } from '@noble/curves/bn254.js'
import { toBytes32 } from '../crypto/abi.ts'
import type { RandomBytes } from '../crypto/bytes.ts'
import { FIELD_ORDER } from '../crypto/field.ts'
import { type ProofItem, proofLength, type VerifyingKeyJson } from './groth16.ts'
import { allocatePlaces, type Mcl, sizes, writeFr, writeG1, writeG2 } from './groth16-mcl-curve.ts'
import { MclKey } from './groth16-mcl-key.ts'
import { toWeight, Weigher, type Weight } from './groth16-mcl-weights.ts'

/** A proof, and the place of its key among a verifier's keys. */
export type KeyedItem = ProofItem & { readonly key: number }

/** One well-formed proof: which item it is, and by which key. Its points are in the slot of its position. */
type Loaded = { readonly item: number; readonly key: MclKey; readonly signals: readonly bigint[] }

/** Work that may pause between two steps. */
type Steps<T> = Generator<undefined, T>

/** A proof with its weight in the sum. */
type Slot = Loaded & { readonly weight: Weight }

/**
 * Verifies up to `capacity` proofs by one equation, each with a weight w of its own. Of proofs by one key it is
 *
 *   Π e(w·A, B) · e(−Σ w·input, γ) · e(−Σ w·C, δ) = e(α, β)^Σw
 *
 * and of proofs by several, the product of theirs: their final exponentiation is one. A proof alone has no weight. Weights are
 * 128 bits from a cryptographic generator, drawn when the proofs are fixed, and used for one batch only:
 * whoever knew them before could make false proofs whose errors cancel out. A batch that fails is halved until the
 * false proofs are found, under the same weights, which nobody could have learnt in between.
 */
export class BatchVerifier {
  readonly #mcl: Mcl
  readonly #at: Layout
  readonly #keys: readonly MclKey[]
  readonly #weigher: Weigher
  readonly #random: RandomBytes

  constructor(
    mcl: Mcl,
    keys: readonly VerifyingKeyJson[],
    { capacity, random }: { capacity: number; random: RandomBytes },
  ) {
    this.#mcl = mcl
    this.#random = random
    this.#keys = keys.map((key) => new MclKey(mcl, key))
    this.#at = allocate(mcl, capacity)
    this.#weigher = new Weigher(mcl)
  }

  /** Gives the memory back; the verifier must not be used after. */
  free(): void {
    for (const key of this.#keys) key.free()
    this.#weigher.free()
    this.#mcl.free(this.#at.start)
  }

  /** One answer an item, in order. */
  verify(items: readonly KeyedItem[]): boolean[] {
    const steps = this.verifyInSteps(items)
    for (let step = steps.next(); ; step = steps.next()) if (step.done) return step.value
  }

  /** The same in steps: what finding false proofs takes is cut into pieces of a few milliseconds. One run at a time. */
  *verifyInSteps(items: readonly KeyedItem[]): Steps<boolean[]> {
    const loaded = this.#loadAll(items)
    const good = new Set(
      (loaded.length === 1 ? this.#checkOne(loaded) : yield* this.#checkAll(loaded)).map(({ item }) => item),
    )
    return items.map((_, i) => good.has(i))
  }

  /** Proofs by one key lie side by side. */
  #loadAll(items: readonly KeyedItem[]): Loaded[] {
    const loaded: Loaded[] = []
    for (const [number, key] of this.#keys.entries()) {
      items.forEach((item, i) => {
        if (item.key !== number || !key.fits(item.signals) || !this.#load(item, loaded.length)) return
        loaded.push({ item: i, key, signals: item.signals })
      })
    }
    return loaded
  }

  /** Writes a proof's points into a slot; false if lengths, ranges, curve or subgroup are wrong. */
  #load({ proof }: ProofItem, slot: number): boolean {
    if (proof.length !== proofLength) return false
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
    const { key, signals } = loaded[0] as Loaded
    mcl.millerLoop(at.product, at.a, at.b)
    key.pairKept(at.right, at.c, [1n, ...signals])
    mcl.GT_mul(at.product, at.product, at.right)
    mcl.finalExp(at.product, at.product)
    return mcl.GT_isEqual(at.product, key.alphaBeta) === 1 ? loaded : []
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
    mcl.GT_setInt32(at.expected, 1)
    for (const key of this.#keys) {
      const first = slots.findIndex((slot) => slot.key === key)
      if (first < 0) continue
      this.#addKey(
        key,
        slots.filter((slot) => slot.key === key),
        start + first,
      )
    }
    mcl.finalExp(at.product, at.product)
    return mcl.GT_isEqual(at.product, at.expected) === 1
  }

  /** Brings one key's part into both sides of the equation, given its slots from `start` on. */
  #addKey(key: MclKey, slots: readonly Slot[], start: number): void {
    const mcl = this.#mcl
    const at = this.#at
    const sums = Array.from({ length: key.inputs + 1 }, (_, i) =>
      slots.reduce((sum, { weight, signals }) => sum + weight.scalar * (i === 0 ? 1n : (signals[i - 1] ?? 0n)), 0n),
    ).map((sum) => sum % FIELD_ORDER)
    mcl.G1_mulVec(at.cSum, at.c + 2 * start * sizes.g1, at.weights + 2 * start * sizes.fr, 2 * slots.length)
    key.pair(at.right, at.cSum, sums)
    mcl.GT_mul(at.product, at.product, at.right)
    writeFr(mcl, at.weightSum, sums.slice(0, 1))
    mcl.GT_pow(at.right, key.alphaBeta, at.weightSum)
    mcl.GT_mul(at.expected, at.expected, at.right)
  }
}

/**
 * Where everything lies in the memory of mcl: one slot a proof in each of six arrays, and sums. A slot of `c` holds C and φ(C), a
 * slot of `weights` both halves of a weight.
 */
type Layout = Readonly<Record<Place, number>>
type Place = 'start' | 'a' | 'b' | 'c' | 'weighted' | 'weights' | 'pairs' | SumPlace
type SumPlace = 'weightSum' | 'cSum' | 'product' | 'right' | 'expected'

function allocate(mcl: Mcl, capacity: number): Layout {
  const { g1, g2, gt, fr } = sizes
  return allocatePlaces(mcl, {
    a: g1 * capacity,
    b: g2 * capacity,
    c: 2 * g1 * capacity,
    weighted: g1 * capacity,
    weights: 2 * fr * capacity,
    pairs: gt * capacity,
    weightSum: fr,
    cSum: g1,
    product: gt,
    right: gt,
    expected: gt,
  })
}

const fieldOrder = toBytes32(bn254.fields.Fp.ORDER)

/** `x` and `x + order` would be the same coordinate. */
function isBelowFieldOrder(element: Uint8Array): boolean {
  const difference = element.findIndex((byte, i) => byte !== fieldOrder[i])
  return difference >= 0 && (element[difference] ?? 0) < (fieldOrder[difference] ?? 0)
}
