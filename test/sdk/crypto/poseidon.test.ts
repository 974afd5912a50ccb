import { buildPoseidon } from 'circomlibjs'
import { describe, expect, test } from 'vitest'
import { FIELD_ORDER, poseidon } from '../../../sdk/crypto/poseidon.ts'
import { vectors } from '../../helpers/vectors.ts'

describe('poseidon', async () => {
  const reference = await buildPoseidon()
  const rows = vectors.poseidon.map(({ inputs, output }) => [inputs.map(BigInt), BigInt(output)] as const)

  test.each(rows)('agrees with circomlibjs and the vectors on %s', (inputs, output) => {
    expect(poseidon(inputs)).toBe(output)
    expect(reference.F.toObject(reference(inputs))).toBe(output)
  })

  test('the vectors cover every arity', () => {
    expect(new Set(rows.map(([inputs]) => inputs.length))).toEqual(new Set([1, 2, 3, 4, 5]))
  })

  test.each([[[]], [[1n, 2n, 3n, 4n, 5n, 6n]], [[-1n]], [[FIELD_ORDER]], [[1n, FIELD_ORDER + 1n]]])(
    'refuses %s',
    (inputs) => {
      expect(() => poseidon(inputs)).toThrow(RangeError)
    },
  )
})
