import { encodeAbiParameters, keccak256 } from 'viem'
import { expect, test } from 'vitest'
import { leafOf } from '../../../sdk/crypto/signals.ts'
import { emptyChain, extendChain, type Operation } from '../../../sdk/notes/log.ts'
import { toHex, toIntegers, vectors } from '../../helpers/vectors.ts'

const types = ['bytes32', 'uint256', 'uint8', 'uint256', 'uint256', 'uint256', 'uint256', 'uint256']

test('extendChain agrees with the vectors and with viem, operation by operation', () => {
  let chain = emptyChain
  for (const row of vectors.tree.operations) {
    const { index, kind, leafIndex, commitment, classId, limit, expiry, leaf } = toIntegers(row)
    const values = [toHex(chain), index, Number(kind), leafIndex, commitment, classId, limit, expiry]
    expect(
      keccak256(
        encodeAbiParameters(
          types.map((type) => ({ type })),
          values,
        ),
      ),
    ).toBe(row.chain)

    const note = { commitment, classId, limit, expiry }
    const place = { leafIndex: Number(leafIndex) }
    const operation: Operation = kind === 1n ? { kind: 'append', ...place, ...note } : { kind: 'zero', ...place }
    chain = extendChain(chain, Number(index), operation)
    expect(toHex(chain)).toBe(row.chain)
    expect(kind === 1n ? leafOf(note) : 0n).toBe(leaf)
  }
})

test('the log of the vectors holds both kinds of operation', () => {
  const kinds = vectors.tree.operations.map(({ kind }) => BigInt(kind))
  expect(new Set(kinds)).toEqual(new Set([1n, 2n]))
})
