import { describe, expect, test } from 'vitest'
import type { CircuitName } from '../../scripts/generate/circuits.ts'
import { calculateWitness, loadCircuit, type Variant } from '../helpers/circuit.ts'
import { changeEveryWire, unpinnedWires } from '../helpers/soundness.ts'
import { createIssuer, ticketInputs, tickets } from '../helpers/tickets.ts'

/** circomlib's `IsZero` of 0 needs no inverse, and nothing else depends on the one it is given. */
const idleInverses = ['eqCheckX.isz.inv', 'eqCheckY.isz.inv']

describe.each<[CircuitName, free: string[]]>([
  ['ticket', []],
  ['credential', idleInverses],
])('every wire of %s', async (name, free) => {
  const circuit = await loadCircuit(name)
  const issue = await createIssuer()
  const cases = tickets.map((ticket, i) => [i, name === 'ticket' ? ticketInputs(ticket) : issue(ticket)] as const)

  test.each(cases)('is pinned by the inputs (vector %i)', async (_, inputs) => {
    const { plain } = circuit
    const unpinned = unpinnedWires(plain.r1cs, await calculateWitness(plain, inputs))
    expect(namesOf(plain, unpinned)).toEqual(free)
  })

  test.each(cases)(
    'breaks a constraint when it is changed, and every constraint breaks (vector %i)',
    async (_, inputs) => {
      const { unnoticed, idle } = changeEveryWire(circuit.r1cs, await calculateWitness(circuit, inputs))
      const wires = new Set(unnoticed.map(({ wire }) => wire))
      expect(namesOf(circuit, [...wires])).toEqual(free)
      expect(idle).toEqual([])
    },
  )

  test('would not be pinned if the share were not constrained', async () => {
    const { plain } = circuit
    const y = plain.wires.get('main.y')!
    const constraints = plain.r1cs.constraints.filter(({ a, b, c }) => ![...a, ...b, ...c].some(([wire]) => wire === y))
    const weaker = { ...plain.r1cs, constraints }

    const witness = await calculateWitness(plain, cases[0]![1])
    expect(namesOf(plain, unpinnedWires(weaker, witness))).toContain('y')
  })
})

/** Signals by the last parts of their names: without the components' numbers. */
function namesOf({ wires }: Variant, numbers: readonly number[]): string[] {
  const names = [...wires].filter(([, wire]) => numbers.includes(wire)).map(([signal]) => signal)
  return names.map((signal) => signal.replace('main.', '').replace(/^EdDSAPoseidonVerifier\w*\./, '')).toSorted()
}
