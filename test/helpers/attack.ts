import type { CircuitInputs } from 'snarkjs'
import { brokenConstraints, computeSignals, forgeWitness, type TestCircuit } from './circuit.ts'

/** What stops an attacker who computes every signal from bad inputs and presents the result. */
export type Resistance = {
  /** How many constraints of the product's circuit are broken. */
  readonly count: number
  /** The signals of each line of the source that is broken. */
  readonly lines: readonly (readonly string[])[]
  /** What each broken range check was given. */
  readonly outOfRange: readonly bigint[]
}

/** Attacks a circuit with inputs that it should refuse. */
export async function attack(circuit: TestCircuit, inputs: CircuitInputs): Promise<Resistance> {
  const signals = await computeSignals(circuit, inputs)
  const names = new Map([...circuit.plain.wires].map(([signal, wire]) => [wire, signal]))

  const lines = brokenConstraints(circuit.plain, forgeWitness(circuit.plain, signals)).map((i) => {
    const { a, b, c } = circuit.plain.r1cs.constraints[i]!
    return [...a, ...b, ...c].flatMap(([wire]) => names.get(wire) ?? [])
  })
  const ranges = lines.flatMap((line) => line.filter((signal) => /Num2Bits\w*\.in$/.test(signal)))
  return {
    count: brokenConstraints(circuit, forgeWitness(circuit, signals)).length,
    lines,
    outOfRange: ranges.map((signal) => signals.get(signal)!),
  }
}
