import { toBytes32 } from '../crypto/abi.ts'
import { areSignals, assertSoundKey, KeyUnsoundError, type VerifyingKeyJson } from './groth16.ts'
import { allocatePlaces, type Mcl, sizes, writeG1, writeG2 } from './groth16-mcl-curve.ts'
import { InputSum } from './groth16-mcl-inputs.ts'

type Place = 'points' | 'alpha' | 'beta' | 'alphaBeta' | 'gamma' | 'delta' | 'inputSum' | 'scratch'

/** A verification key in the memory of mcl, with the lines of −γ and −δ precomputed. */
export class MclKey {
  /** How many signals its proofs have. */
  readonly inputs: number
  readonly #mcl: Mcl
  readonly #at: Readonly<Record<Place | 'start', number>>
  readonly #inputSum: InputSum

  /** Throws {@link KeyUnsoundError} on a key that anybody could forge proofs for, or that is none. */
  constructor(mcl: Mcl, key: VerifyingKeyJson) {
    assertSoundKey(key)
    const { g1, g2, gt } = sizes
    const lines = mcl.getUint64NumToPrecompute() * 8
    this.#mcl = mcl
    this.inputs = key.nPublic
    this.#at = allocatePlaces(mcl, {
      points: g1 * (key.nPublic + 1),
      alpha: g1,
      beta: g2,
      alphaBeta: gt,
      gamma: lines,
      delta: lines,
      inputSum: g1,
      scratch: g2,
    })
    this.#write(key)
    this.#inputSum = new InputSum(mcl, { points: this.#at.points, count: key.IC.length })
  }

  free(): void {
    this.#inputSum.free()
    this.#mcl.free(this.#at.start)
  }

  /** Where e(α, β) lies. */
  get alphaBeta(): number {
    return this.#at.alphaBeta
  }

  /** Whether there is one signal for each input, all of the field. */
  fits(signals: readonly bigint[]): boolean {
    return areSignals(signals, this.inputs)
  }

  /** e(−Σ scalar·input, γ) · e(−C, δ) before the final exponentiation, of scalars that are not seen again. */
  pair(out: number, c: number, scalars: readonly bigint[]): void {
    this.#inputSum.write(this.#at.inputSum, scalars)
    this.#pairSum(out, c)
  }

  /** The same, keeping products that are asked for again. */
  pairKept(out: number, c: number, scalars: readonly bigint[]): void {
    this.#inputSum.writeKept(this.#at.inputSum, scalars)
    this.#pairSum(out, c)
  }

  #pairSum(out: number, c: number): void {
    const { inputSum, gamma, delta } = this.#at
    this.#mcl.precomputedMillerLoop2(out, inputSum, gamma, c, delta)
  }

  #write(key: VerifyingKeyJson): void {
    const [mcl, at] = [this.#mcl, this.#at]
    const pointG1 = (to: number, point: readonly string[]) => writeG1(mcl, to, point.slice(0, 2).map(toElement))
    const pointG2 = (to: number, point: readonly (readonly string[])[]) =>
      writeG2(
        mcl,
        to,
        point.slice(0, 2).flatMap((pair) => pair.map(toElement)),
      )
    const negatedLines = (to: number, point: readonly (readonly string[])[]) => {
      const isPoint = pointG2(at.scratch, point)
      mcl.G2_neg(at.scratch, at.scratch)
      mcl.precomputeG2(to, at.scratch)
      return isPoint
    }
    const isKey =
      key.IC.length === key.nPublic + 1 &&
      key.IC.every((point, i) => pointG1(at.points + i * sizes.g1, point)) &&
      pointG1(at.alpha, key.vk_alpha_1) &&
      pointG2(at.beta, key.vk_beta_2) &&
      negatedLines(at.gamma, key.vk_gamma_2) &&
      negatedLines(at.delta, key.vk_delta_2)
    if (!isKey) throw new KeyUnsoundError('The verification key has points that are not on the curve.')
    mcl.pairing(at.alphaBeta, at.alpha, at.beta)
  }
}

const toElement = (decimal: string): Uint8Array => toBytes32(BigInt(decimal))
