import { wtns } from 'snarkjs'
import { beforeAll, describe, expect, test } from 'vitest'
import { loadTicketArtifacts } from '../../../sdk/evidence/index.ts'
import { prepareTicket } from '../../../sdk/evidence/prove-ticket.ts'
import { createWitnessCalculator, type WitnessCalculator } from '../../../sdk/evidence/witness.ts'
import { ticketRequest } from '../../helpers/world.ts'

let wasm: Uint8Array
let calculator: WitnessCalculator

beforeAll(async () => {
  wasm = (await loadTicketArtifacts()).wasm
  calculator = await createWitnessCalculator(wasm)
})

const inputsOf = (messageId: number) => prepareTicket(ticketRequest({ messageId })).statement.inputs

describe('createWitnessCalculator', () => {
  test.each([0, 1, 15])('computes what snarkjs does, again and again (message id %s)', async (messageId) => {
    const file = { type: 'mem' as const, data: new Uint8Array() }
    await wtns.calculate({ ...inputsOf(messageId) }, wasm, file)
    expect(Buffer.compare(calculator.calculate(inputsOf(messageId)), file.data)).toBe(0)
  })

  test.each<[string, Record<string, bigint | bigint[]>]>([
    ['a message id at the limit', { messageId: 16n }],
    ['a limit of 0', { limit: 0n, messageId: 0n }],
    ['a time after the expiry', { asOf: 1n << 39n }],
    ['too many siblings', { siblings: Array.from({ length: 21 }, () => 0n) }],
    ['an input of another name', { secrets: 1n }],
  ])('refuses %s with a typed error, and works after', (_, fields) => {
    const inputs = { ...inputsOf(0), ...fields }
    expect(() => calculator.calculate(inputs)).toThrow(expect.objectContaining({ code: 'proof.inputs-refused' }))
    expect(calculator.calculate(inputsOf(0)).length).toBeGreaterThan(200_000)
  })

  test('refuses an input too few', () => {
    const { secret: _, ...inputs } = inputsOf(0)
    expect(() => calculator.calculate(inputs)).toThrow(expect.objectContaining({ code: 'proof.inputs-refused' }))
  })

  test('refuses an input in the place of another', () => {
    const { secret, ...inputs } = inputsOf(0)
    const renamed = { ...inputs, secrot: secret! }
    expect(() => calculator.calculate(renamed)).toThrow(expect.objectContaining({ code: 'proof.inputs-refused' }))
  })
})
