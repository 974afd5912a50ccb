import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { CircuitInputs } from 'snarkjs'
import { type CircuitName, type CompiledCircuit, compileCircuit, product } from '../../scripts/generate/circuits.ts'
import { type Combination, type R1cs, readR1cs } from '../../scripts/generate/r1cs.ts'
import { createWitnessCalculator, type WitnessCalculator } from '../../sdk/evidence/witness.ts'

/** A circuit compiled in one way. */
export type Variant = {
  readonly r1cs: R1cs
  readonly wasm: string
  /** The place in the witness of each signal that was not simplified away. */
  readonly wires: ReadonlyMap<string, number>
}

/** A circuit as the product has it, and two variants of it. */
export type TestCircuit = Variant & {
  /** Not simplified: one constraint for each line of the source. */
  readonly plain: Variant
  /** An attacker's: it computes what the circuit does and refuses nothing. */
  readonly lax: Variant
}

export type Witness = readonly bigint[]

/** Compiles a circuit in its three variants, or finds them compiled. */
export async function loadCircuit(name: CircuitName): Promise<TestCircuit> {
  return {
    ...(await loadVariant(await compileCircuit(name))),
    plain: await loadVariant(await compileCircuit(name, { ...product, simplification: '--O0' })),
    lax: await loadVariant(await compileCircuit(name, await writeLaxSources(name))),
  }
}

async function loadVariant({ r1cs, wasm, sym }: CompiledCircuit): Promise<Variant> {
  return { r1cs: readR1cs(await readFile(r1cs)), wasm, wires: await readWires(sym) }
}

const calculators = new Map<string, Promise<WitnessCalculator>>()

/** The witness of good inputs; throws for bad ones. By the product's calculator, which its own tests hold to snarkjs's. */
export async function calculateWitness({ wasm }: Variant, inputs: CircuitInputs): Promise<Witness> {
  const calculator = calculators.get(wasm) ?? readFile(wasm).then(createWitnessCalculator)
  calculators.set(wasm, calculator)
  return readWitness((await calculator).calculate(inputs as Parameters<WitnessCalculator['calculate']>[0]))
}

/** The elements of a `wtns` file: 32 bytes each, the lowest first, after a header of 76. */
function readWitness(file: Uint8Array): bigint[] {
  const view = new DataView(file.buffer, file.byteOffset + 76)
  return Array.from({ length: view.byteLength / 32 }, (_, i) =>
    [3, 2, 1, 0].reduce((sum, word) => (sum << 64n) | view.getBigUint64(i * 32 + word * 8, true), 0n),
  )
}

/** Every signal of a circuit by name, for good and bad inputs: computed as the circuit does, nothing refused. */
export async function computeSignals({ lax }: TestCircuit, inputs: CircuitInputs): Promise<Map<string, bigint>> {
  const witness = await calculateWitness(lax, inputs)
  return new Map([...lax.wires].map(([signal, wire]) => [signal, witness[wire]!]))
}

/** The witness an attacker would present, having computed the signals. */
export function forgeWitness({ r1cs, wires }: Variant, signals: ReadonlyMap<string, bigint>): Witness {
  const witness = Array.from({ length: r1cs.wires }, () => 1n)
  for (const [signal, wire] of wires) witness[wire] = signals.get(signal)!
  return witness
}

/** The numbers of the constraints that a witness breaks. */
export function brokenConstraints({ r1cs }: Variant, witness: Witness): number[] {
  return r1cs.constraints.flatMap(({ a, b, c }, i) => {
    const difference = sum(a, witness) * sum(b, witness) - sum(c, witness)
    return difference % r1cs.prime === 0n ? [] : [i]
  })
}

/** The value of a linear combination, not reduced. */
export function sum(combination: Combination, witness: Witness): bigint {
  return combination.reduce((total, [wire, coefficient]) => total + coefficient * witness[wire]!, 0n)
}

/** Signal names from circom's `.sym` file; wire -1 is a signal that was simplified away. */
async function readWires(sym: string): Promise<Map<string, number>> {
  const lines = (await readFile(sym, 'utf8')).trim().split('\n')
  const rows = lines.map((line) => line.split(','))
  return new Map(rows.filter(([, wire]) => wire !== '-1').map(([, wire, , signal]) => [signal!, Number(wire)]))
}

/** The same circuits and library with every `===` taken out; `<==` and `<--` still compute what they did. */
async function writeLaxSources(name: CircuitName) {
  const sources = {
    circuits: `build/lax/${name}`,
    library: `build/lax/${name}/circomlib`,
    simplification: '--O0',
  } as const
  const root = fileURLToPath(new URL('../../', import.meta.url))
  for (const [from, to] of [
    ['circuits', sources.circuits],
    ['circuits/lib', `${sources.circuits}/lib`],
    ['node_modules/circomlib/circuits', sources.library],
  ] as const) {
    await mkdir(join(root, to), { recursive: true })
    for (const file of await circomFiles(join(root, from))) {
      const source = await readFile(file, 'utf8')
      await replaceFile(join(root, to, basename(file)), source.replaceAll(/^.*[^=]===[^=].*;$/gm, ''))
    }
  }
  return sources
}

/** Another test file may be reading it. */
async function replaceFile(file: string, content: string): Promise<void> {
  const partial = `${file}.${process.pid}`
  await writeFile(partial, content)
  await rename(partial, file)
}

async function circomFiles(folder: string): Promise<string[]> {
  const names = await readdir(folder)
  return names.filter((name) => name.endsWith('.circom')).map((name) => join(folder, name))
}
