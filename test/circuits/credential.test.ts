import { beforeAll, describe, expect, test } from 'vitest'
import { toBytes32 } from '../../sdk/crypto/abi.ts'
import { isNoteSigned } from '../../sdk/crypto/note-signature.ts'
import { FIELD_ORDER } from '../../sdk/crypto/poseidon.ts'
import { attack } from '../helpers/attack.ts'
import { brokenConstraints, calculateWitness, loadCircuit, type TestCircuit, type Witness } from '../helpers/circuit.ts'
import { createIssuer, tickets } from '../helpers/tickets.ts'

type Ticket = (typeof tickets)[number]
type CredentialInputs = ReturnType<Awaited<ReturnType<typeof createIssuer>>>

const subgroupOrder = 2736030358979909402780800718157159386076813972158567259200215660948447373041n

let circuit: TestCircuit
let issue: (ticket: Ticket) => CredentialInputs
let good: CredentialInputs
let witness: Witness

beforeAll(async () => {
  circuit = await loadCircuit('credential')
  issue = await createIssuer()
  good = issue(tickets[0]!)
  witness = await calculateWitness(circuit, good)
})

describe('credential', () => {
  test.each(tickets.map((ticket, i) => [i, ticket] as const))('shows the signals of vector %i', async (_, ticket) => {
    const inputs = issue(ticket)
    const witness = await calculateWitness(circuit, inputs)
    const { nullifier, y, tag, x, scope, classId, tagScope, asOf } = ticket

    const { Ax, Ay } = inputs
    expect(witness.slice(0, 11)).toEqual([1n, nullifier, y, tag, Ax, Ay, x, scope, classId, tagScope, asOf])
    expect(brokenConstraints(circuit, witness)).toEqual([])
  })

  test('takes the signatures that the SDK takes', () => {
    for (const ticket of tickets) {
      const { Ax, Ay, R8x: r8x, R8y: r8y, S: s } = issue(ticket)
      const issuer = { x: toBytes32(Ax), y: toBytes32(Ay) }
      expect(isNoteSigned(ticket.credential, { r8x, r8y, s }, issuer)).toBe(true)
      expect(isNoteSigned(ticket.credential + 1n, { r8x, r8y, s }, issuer)).toBe(false)
    }
  })

  test.each<[string, (inputs: CredentialInputs) => Partial<CredentialInputs>]>([
    ['another S', ({ S }) => ({ S: S + 1n })],
    ['an S that wraps around the subgroup', ({ S }) => ({ S: S + subgroupOrder })],
    ['an R8 with the sign changed', ({ R8x }) => ({ R8x: FIELD_ORDER - R8x })],
    ['an R8 off the curve', ({ R8x }) => ({ R8x: R8x + 1n })],
    ['the neutral point as R8', () => ({ R8x: 0n, R8y: 1n })],
    ['another issuer', ({ Ax }) => ({ Ax: FIELD_ORDER - Ax })],
    ['the neutral point as issuer', () => ({ Ax: 0n, Ay: 1n })],
    ['another secret', ({ secret }) => ({ secret: secret + 1n })],
    ['another person', ({ person }) => ({ person: person + 1n })],
    ['another class', ({ classId }) => ({ classId: classId + 1n })],
    ['a higher limit', ({ limit }) => ({ limit: limit + 1n })],
    ['a later expiry', ({ expiry }) => ({ expiry: expiry + 1n })],
    ['a message id equal to the limit', ({ limit }) => ({ messageId: limit })],
    ['asOf equal to the expiry', ({ expiry }) => ({ asOf: expiry })],
  ])('refuses %s', async (_, change) => {
    const inputs = { ...good, ...change(good) }
    await expect(calculateWitness(circuit, inputs)).rejects.toThrow('a constraint does not hold')

    expect((await attack(circuit, inputs)).count).toBeGreaterThan(0)
  })

  test.each<[string, Partial<Ticket>, outOfRange: bigint[]]>([
    ['a message id equal to the limit', { messageId: 20n }, [-1n]],
    ['a limit of 257', { limit: 257n }, [256n]],
    ['a limit of 0', { limit: 0n, messageId: 0n }, [-1n, -1n]],
    ['an expiry of 41 bits', { expiry: 2n ** 40n }, [2n ** 40n]],
    ['an expiry in the past', { expiry: tickets[0]!.asOf }, [-1n]],
  ])('refuses %s even if the issuer signed it', async (_, changed, outOfRange) => {
    const stopped = await attack(circuit, issue({ ...tickets[0]!, ...changed }))
    const wrapped = outOfRange.map((value) => (value + FIELD_ORDER) % FIELD_ORDER)
    expect(stopped.outOfRange.toSorted()).toEqual(wrapped.toSorted())
    expect(stopped.lines).toHaveLength(wrapped.length)
    expect(stopped.count).toBeGreaterThan(0)
  })

  test('holds R8 to the curve by a check of its own', async () => {
    const { lines } = await attack(circuit, { ...good, R8x: good.R8x + 1n })
    expect(lines.flat().some((signal) => signal.startsWith('main.BabyCheck'))).toBe(true)
  })

  test('holds S below the order of the subgroup by a check of its own', async () => {
    const { lines } = await attack(circuit, { ...good, S: good.S + subgroupOrder })
    expect(lines.every((line) => line.some((signal) => signal.includes('.compConstant.')))).toBe(true)
  })

  test.each(['nullifier', 'y', 'tag', 'Ax', 'Ay', 'x', 'scope', 'classId', 'tagScope', 'asOf'])(
    'is bound to its %s',
    (signal) => {
      const wire = circuit.wires.get(`main.${signal}`)!
      expect(brokenConstraints(circuit, witness.with(wire, witness[wire]! + 1n))).not.toEqual([])
    },
  )
})
