import type { Combination, Constraint, R1cs } from '../../scripts/generate/r1cs.ts'
import { sum, type Witness } from './circuit.ts'

/**
 * The wires that the inputs do not pin: an attacker could choose them.
 *
 * A constraint pins a wire if it is the only unknown one in it and the constraint's derivative by it is not zero at
 * this witness. Repeated to the end, that says the solution has no room to move; a wire with two possible values, a
 * bit, still has to be held by mutations.
 */
export function unpinnedWires(r1cs: R1cs, witness: Witness): number[] {
  const unknown = new Set(Array.from({ length: r1cs.wires }, (_, wire) => wire).filter((wire) => !isGiven(r1cs, wire)))
  const unknownIn = r1cs.constraints.map(
    (constraint) => new Set(wiresOf(constraint).filter((wire) => unknown.has(wire))),
  )
  const constraintsOf = invert(r1cs, unknownIn)

  const ready = unknownIn.flatMap((wires, i) => (wires.size === 1 ? [i] : []))
  for (let i = ready.pop(); i !== undefined; i = ready.pop()) {
    const [wire] = unknownIn[i]!
    if (wire === undefined || derivative(r1cs, i, { wire, witness }) === 0n) continue
    unknown.delete(wire)
    for (const other of constraintsOf[wire]!) {
      unknownIn[other]!.delete(wire)
      if (unknownIn[other]!.size === 1) ready.push(other)
    }
  }
  return [...unknown]
}

/** A change of one wire of a witness. */
export type Change = { readonly wire: number; readonly by: bigint }

/**
 * Changes every wire of a good witness, one at a time: one more, one less, and a bit flipped.
 *
 * Returns the changes that no constraint noticed, and the constraints that noticed no change.
 */
export function changeEveryWire(r1cs: R1cs, witness: Witness): { unnoticed: Change[]; idle: number[] } {
  const noticed = Array.from({ length: r1cs.wires }, () => new Set<bigint>())
  const idle = r1cs.constraints.flatMap((constraint, i) => {
    const found = noticedBy(constraint, witness, r1cs.prime)
    for (const { wire, by } of found) noticed[wire]!.add(by)
    return found.length === 0 ? [i] : []
  })

  const unnoticed = noticed.flatMap((found, wire) =>
    changesOf(witness[wire]!).flatMap((by) => (wire === 0 || found.has(by) ? [] : [{ wire, by }])),
  )
  return { unnoticed, idle }
}

function noticedBy(constraint: Constraint, witness: Witness, prime: bigint): Change[] {
  const { a, b, c } = constraint
  const [sumA, sumB, sumC] = [sum(a, witness), sum(b, witness), sum(c, witness)]
  return [...coefficients(constraint)].flatMap(([wire, [da, db, dc]]) =>
    changesOf(witness[wire]!)
      .filter((by) => ((sumA + da * by) * (sumB + db * by) - (sumC + dc * by)) % prime !== 0n)
      .map((by) => ({ wire, by })),
  )
}

const changesOf = (value: bigint) => [1n, -1n, 1n - 2n * value]

/** The constant and the inputs: what a prover is free to choose. Outputs follow from them. */
function isGiven({ outputs, publicInputs, privateInputs }: R1cs, wire: number): boolean {
  return wire === 0 || (wire > outputs && wire <= outputs + publicInputs + privateInputs)
}

function wiresOf({ a, b, c }: Constraint): number[] {
  return [a, b, c].flatMap((combination) => combination.map(([wire]) => wire))
}

function invert({ wires }: R1cs, wiresIn: readonly ReadonlySet<number>[]): number[][] {
  const constraintsOf: number[][] = Array.from({ length: wires }, () => [])
  wiresIn.forEach((found, i) => {
    for (const wire of found) constraintsOf[wire]!.push(i)
  })
  return constraintsOf
}

/** d(a·b − c)/d(wire) at the witness. */
function derivative({ constraints, prime }: R1cs, i: number, at: { wire: number; witness: Witness }): bigint {
  const { a, b, c } = constraints[i]!
  const [da, db, dc] = [a, b, c].map((combination) => coefficientOf(combination, at.wire))
  return (da! * sum(b, at.witness) + db! * sum(a, at.witness) - dc!) % prime
}

function coefficientOf(combination: Combination, wire: number): bigint {
  return combination.find(([found]) => found === wire)?.[1] ?? 0n
}

/** Each wire of a constraint with its coefficients in a, b and c. */
function coefficients({ a, b, c }: Constraint): Map<number, [bigint, bigint, bigint]> {
  const found = new Map<number, [bigint, bigint, bigint]>()
  for (const [place, combination] of [a, b, c].entries()) {
    for (const [wire, coefficient] of combination) {
      const triple = found.get(wire) ?? [0n, 0n, 0n]
      triple[place] = coefficient
      found.set(wire, triple)
    }
  }
  return found
}
