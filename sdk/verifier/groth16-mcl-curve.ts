import { bn254 } from '@noble/curves/bn254.js'
import { BN_SNARK1, MCLBN_COMPILED_TIME_VAR } from 'mcl-wasm/dist/constants.js'
import createModule from 'mcl-wasm/dist/mcl_c.js'
import { toBytes32 } from '../crypto/abi.ts'
import { BaseError } from '../errors.ts'

// BN254 on the raw calls of mcl-wasm: numbers are addresses in the memory of one WebAssembly instance. The instance is
// ours alone; what others do with mcl-wasm in the same process, a global choice of curve included, does not reach it.

/** Sizes in that memory. Field elements are 32 bytes long and kept in Montgomery form. */
export const sizes = { fp: 48, fp2: 96, fr: 32, g1: 144, g2: 288, gt: 576 } as const

type Call = (...addresses: number[]) => number

/** The calls used here, by their names in C without `mclBn`. Results come first. */
export type Mcl = {
  readonly memory: WebAssembly.Memory
  readonly malloc: Call
  readonly free: Call
  copy(to: number, from: number, length: number): void
  /** 32 bytes to pass elements through. */
  readonly buffer: number
  /** Room for the test of subgroups: four points, and the constants of ψ. */
  readonly scratch: number
} & Readonly<Record<(typeof names)[number], Call>>

const names = [
  'init',
  'verifyOrderG2',
  'getUint64NumToPrecompute',
  'precomputeG2',
  'precomputedMillerLoop2',
  'millerLoop',
  'millerLoopVec',
  'finalExp',
  'pairing',
  'Fr_setLittleEndian',
  'Fp_setLittleEndian',
  'Fp_setInt32',
  'Fp_neg',
  'Fp_mul',
  'Fp2_mul',
  'G1_isValid',
  'G1_isEqual',
  'G1_clear',
  'G1_neg',
  'G1_dbl',
  'G1_add',
  'G1_mul',
  'G1_mulVec',
  'G2_isValid',
  'G2_add',
  'G2_dbl',
  'G2_neg',
  'G2_isEqual',
  'GT_setInt32',
  'GT_mul',
  'GT_pow',
  'GT_isEqual',
] as const

let loading: Promise<Mcl> | undefined

/** The instance of this process; loaded once. */
export function loadMcl(): Promise<Mcl> {
  loading ??= load()
  return loading
}

async function load(): Promise<Mcl> {
  const module = await createModule({
    cryptoGetRandomValues: (bytes: Uint8Array<ArrayBuffer>) => crypto.getRandomValues(bytes),
  })
  const calls = names.map((name) => [name, module[`_mclBn${name.includes('_') ? '' : '_'}${name}`]])
  const mcl = {
    ...Object.fromEntries(calls),
    memory: module.wasmMemory,
    malloc: module._malloc,
    free: module._free,
    copy(to: number, from: number, length: number) {
      new Uint8Array(module.wasmMemory.buffer).copyWithin(to, from, from + length)
    },
    buffer: module._malloc(32),
    scratch: module._malloc(4 * sizes.g2 + 2 * sizes.fp2),
  } as Mcl
  if (mcl.init(BN_SNARK1, MCLBN_COMPILED_TIME_VAR) !== 0) throw new MclUnusableError('mcl-wasm has no BN254.')
  mcl.verifyOrderG2(0) // `isValid` looks at the curve's equation only; the subgroup is tested once, below
  const constants = psiConstants.flatMap(({ c0, c1 }) => [toBytes32(c0), toBytes32(c1)])
  writeFp(mcl, mcl.scratch + 4 * sizes.g2, constants)
  return mcl
}

/** Room for some things side by side, by their names, and where it starts: what is to be freed. */
export function allocatePlaces<P extends string>(
  mcl: Mcl,
  lengths: Readonly<Record<P, number>>,
): Readonly<Record<P | 'start', number>> {
  const entries = Object.entries<number>(lengths)
  const total = entries.reduce((sum, [, length]) => sum + length, 0)
  const start = mcl.malloc(total)
  if (start === 0) throw new RangeError(`There is no room for ${total} bytes.`)
  let next = start
  const places = entries.map(([place, length]) => {
    next += length
    return [place, next - length]
  })
  return { start, ...Object.fromEntries(places) }
}

/** Bytes of the instance; taken anew each time, because memory that grows moves. */
const bytesAt = (mcl: Mcl, at: number, length: number) => new Uint8Array(mcl.memory.buffer, at, length)

/** Writes field elements of 32 bytes, big-endian, one after the other; they must be below the base field's order. */
export function writeFp(mcl: Mcl, at: number, elements: readonly Uint8Array[]): void {
  elements.forEach((element, i) => {
    bytesAt(mcl, mcl.buffer, 32).set(element.toReversed())
    mcl.Fp_setLittleEndian(at + i * sizes.fp, mcl.buffer, 32)
  })
}

/** Writes scalars one after the other; they must be below the group's order. */
export function writeFr(mcl: Mcl, at: number, scalars: readonly bigint[]): void {
  scalars.forEach((scalar, i) => {
    bytesAt(mcl, mcl.buffer, 32).set(toBytes32(scalar).reverse())
    mcl.Fr_setLittleEndian(at + i * sizes.fr, mcl.buffer, 32)
  })
}

/** Writes a point of G1 from x and y; false if it is not on the curve. */
export function writeG1(mcl: Mcl, at: number, coordinates: readonly Uint8Array[]): boolean {
  writeFp(mcl, at, coordinates)
  mcl.Fp_setInt32(at + 2 * sizes.fp, 1)
  return mcl.G1_isValid(at) === 1
}

/** Writes a point of G2 from x and y, real part first; false if it is off the curve or outside the r-subgroup. */
export function writeG2(mcl: Mcl, at: number, coordinates: readonly Uint8Array[]): boolean {
  writeFp(mcl, at, coordinates)
  mcl.Fp_setInt32(at + 4 * sizes.fp, 1)
  mcl.Fp_setInt32(at + 5 * sizes.fp, 0)
  return mcl.G2_isValid(at) === 1 && isInSubgroup(mcl, at)
}

/** The curve's parameter in digits 1, 0 and −1, the highest first, and the constants of ψ for ξ = 9 + u. */
const curveParameter = signedDigits(4965661367192848881n)
const { Fp, Fp2 } = bn254.fields
const twist = Fp2.create({ c0: 9n, c1: 1n })
const psiConstants = [Fp2.pow(twist, (Fp.ORDER - 1n) / 3n), Fp2.pow(twist, (Fp.ORDER - 1n) / 2n)] as const

/**
 * Whether a point of the twist lies in the r-subgroup: [x+1]Q + ψ([x]Q) + ψ²([x]Q) = ψ³([2x]Q) (El Housni, Guillevic,
 * Piellard 2022, and so does gnark). Less than half of the time that multiplying by r takes. The multiplication by x
 * doubles and adds: mcl's own takes for granted what is being tested.
 */
export function isInSubgroup(mcl: Mcl, q: number): boolean {
  const [a, b, c, negative] = [0, 1, 2, 3].map((i) => mcl.scratch + i * sizes.g2) as [number, number, number, number]
  mcl.G2_neg(negative, q)
  multiplyByParameter(mcl, a, { q, negative })
  psi(mcl, b, a)
  mcl.G2_add(a, a, q)
  mcl.G2_add(a, a, b)
  psi(mcl, c, b)
  mcl.G2_add(a, a, c)
  psi(mcl, b, c)
  mcl.G2_dbl(b, b)
  return mcl.G2_isEqual(a, b) === 1
}

function multiplyByParameter(mcl: Mcl, out: number, { q, negative }: { q: number; negative: number }): void {
  mcl.copy(out, q, sizes.g2)
  for (const digit of curveParameter.slice(1)) {
    mcl.G2_dbl(out, out)
    if (digit !== 0) mcl.G2_add(out, out, digit > 0 ? q : negative)
  }
}

/** The form without neighbours that are both not 0. */
function signedDigits(value: bigint): number[] {
  const digits: number[] = []
  for (let rest = value; rest > 0n; rest >>= 1n) {
    const digit = rest & 1n ? 2 - Number(rest & 3n) : 0
    digits.unshift(digit)
    rest -= BigInt(digit)
  }
  return digits
}

/** The untwisted Frobenius: each coordinate conjugated, x and y multiplied by their constants. */
function psi(mcl: Mcl, out: number, q: number): void {
  const constants = mcl.scratch + 4 * sizes.g2
  mcl.copy(out, q, sizes.g2)
  for (let i = 0; i < 3; i++) {
    const imaginary = out + i * sizes.fp2 + sizes.fp
    mcl.Fp_neg(imaginary, imaginary)
  }
  mcl.Fp2_mul(out, out, constants)
  mcl.Fp2_mul(out + sizes.fp2, out + sizes.fp2, constants + sizes.fp2)
}

/** mcl-wasm that does not do what it should. */
export class MclUnusableError extends BaseError {
  override readonly code = 'mcl.unusable'
}
