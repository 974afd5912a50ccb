import { beforeAll, describe, expect, test } from 'vitest'
import { FIELD_ORDER } from '../../sdk/crypto/poseidon.ts'
import { attack } from '../helpers/attack.ts'
import {
  brokenConstraints,
  calculateWitness,
  computeSignals,
  forgeWitness,
  loadCircuit,
  type TestCircuit,
  type Witness,
} from '../helpers/circuit.ts'
import { type TicketInputs, ticketInputs, tickets, tree } from '../helpers/tickets.ts'

let circuit: TestCircuit
let witness: Witness

beforeAll(async () => {
  circuit = await loadCircuit('ticket')
  witness = await calculateWitness(circuit, ticketInputs(first))
})

const [first, , largest] = tickets as [(typeof tickets)[0], (typeof tickets)[0], (typeof tickets)[0]]

describe('ticket', () => {
  test.each(tickets.map((ticket, i) => [i, ticket] as const))('shows the signals of vector %i', async (_, ticket) => {
    const witness = await calculateWitness(circuit, ticketInputs(ticket))
    const { nullifier, y, tag, x, scope, classId, tagScope, asOf } = ticket

    expect(witness.slice(0, 10)).toEqual([1n, tree.root(), nullifier, y, tag, x, scope, classId, tagScope, asOf])
    expect(brokenConstraints(circuit, witness)).toEqual([])
  })

  test.each<[string, Partial<TicketInputs>]>([
    ['the last message id', { messageId: first.limit - 1n }],
    ['the smallest limit', { messageId: 0n, limit: 1n }],
    ['the largest limit and message id', { messageId: 255n, limit: 256n }],
    ['the last second before expiry', { asOf: first.expiry - 1n }],
    ['the first second of all', { asOf: 0n, expiry: 1n }],
    ['the last second of all', { asOf: 2n ** 40n - 2n, expiry: 2n ** 40n - 1n }],
    ['the last leaf of the tree', { leafIndex: 2n ** 20n - 1n }],
    ['public inputs of any size', { x: FIELD_ORDER - 1n, scope: FIELD_ORDER - 1n, tagScope: FIELD_ORDER - 1n }],
  ])('accepts %s', async (_, changed) => {
    const witness = await calculateWitness(circuit, { ...ticketInputs(first), ...changed })
    expect(brokenConstraints(circuit, witness)).toEqual([])
  })

  test.each<[string, Partial<TicketInputs>, outOfRange: bigint[]]>([
    ['a message id equal to the limit', { messageId: first.limit }, [-1n]],
    ['a message id above the limit', { messageId: first.limit + 5n }, [-6n]],
    ['a message id of 9 bits', { messageId: 256n, limit: 256n }, [256n, -1n]],
    ['a message id that wraps below zero', { messageId: FIELD_ORDER - 1n }, [-1n]],
    ['a limit of 257', { limit: 257n }, [256n]],
    ['a limit of 0', { limit: 0n, messageId: 0n }, [-1n, -1n]],
    ['a limit of 0 with a message id that wraps', { limit: 0n, messageId: FIELD_ORDER - 1n }, [-1n, -1n]],
    ['asOf equal to the expiry', { asOf: first.expiry }, [-1n]],
    ['asOf after the expiry', { asOf: first.expiry + 3600n }, [-3601n]],
    ['asOf of 41 bits', { asOf: 2n ** 40n, expiry: 2n ** 40n - 1n }, [2n ** 40n, -2n]],
    ['asOf that wraps below zero', { asOf: FIELD_ORDER - 1n }, [-1n]],
    ['an expiry of 41 bits', { expiry: 2n ** 40n }, [2n ** 40n]],
    ['an expiry of 0', { expiry: 0n, asOf: 0n }, [-1n, -1n]],
    ['a leaf index of 21 bits', { leafIndex: 2n ** 20n }, [2n ** 20n]],
  ])('refuses %s, by the range checks meant for it', async (_, changed, outOfRange) => {
    const inputs = { ...ticketInputs(first), ...changed }
    await expect(calculateWitness(circuit, inputs)).rejects.toThrow('a constraint does not hold')

    const stopped = await attack(circuit, inputs)
    const wrapped = outOfRange.map((value) => (value + FIELD_ORDER) % FIELD_ORDER)
    expect(stopped.outOfRange.toSorted()).toEqual(wrapped.toSorted())
    expect(stopped.lines).toHaveLength(wrapped.length)
    expect(stopped.count).toBeGreaterThan(0)
  })

  test.each<[string, Partial<TicketInputs>]>([
    ['another secret', { secret: first.secret + 1n }],
    ['another person', { person: first.person + 1n }],
    ['a higher limit than the leaf has', { limit: first.limit + 1n }],
    ['a later expiry than the leaf has', { expiry: first.expiry + 1n }],
    ['another class than the leaf has', { classId: first.classId + 1n }],
    ['another place in the tree', { leafIndex: 1n }],
    ["another leaf's path", { siblings: ticketInputs(largest).siblings }],
    ['one wrong node at the top of the path', { siblings: ticketInputs(first).siblings.with(19, 1n) }],
  ])('reaches another root with %s', async (_, changed) => {
    const witness = await calculateWitness(circuit, { ...ticketInputs(first), ...changed })
    expect(witness[circuit.wires.get('main.root')!]).not.toBe(tree.root())

    const forged = witness.with(circuit.wires.get('main.root')!, tree.root())
    expect(brokenConstraints(circuit, forged)).not.toEqual([])
  })

  test.each(['nullifier', 'y', 'tag', 'x', 'scope', 'classId', 'tagScope', 'asOf'])('is bound to its %s', (signal) => {
    const wire = circuit.wires.get(`main.${signal}`)!
    expect(brokenConstraints(circuit, witness.with(wire, witness[wire]! + 1n))).not.toEqual([])
  })

  test('the attacker of these tests computes what the circuit computes', async () => {
    expect(forgeWitness(circuit, await computeSignals(circuit, ticketInputs(first)))).toEqual(witness)
  })
})
