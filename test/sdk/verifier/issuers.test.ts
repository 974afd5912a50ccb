import { expect, test } from 'vitest'
import { toBytes32 } from '../../../sdk/crypto/abi.ts'
import { BabyJubjub } from '../../../sdk/crypto/baby-jubjub.ts'
import { issuersOf } from '../../../sdk/verifier/index.ts'
import { checkpoint } from '../../helpers/world.ts'

const issuerOf = (url: string, { x, y }: { x: bigint; y: bigint }) => ({ url, x: toBytes32(x), y: toBytes32(y) })
const { BASE } = BabyJubjub

test('the issuers of a checkpoint are those whose keys are sound; others are left out, whatever their URL', () => {
  const [first, second] = [1n, 2n].map((scalar) => issuerOf('https://a.example', BASE.multiply(scalar).toAffine()))
  const { x, y } = BASE.toAffine()
  const false_ = [
    issuerOf('https://a.example', { x: 0n, y: 1n }),
    issuerOf('https://a.example', { x, y: y + 1n }),
    { ...first!, x: second!.x },
  ]
  const issuers = [false_[0]!, first!, false_[1]!, second!, false_[2]!]
  for (let i = 0; i < 2; i++) expect(issuersOf({ ...checkpoint, issuers })).toEqual([first, second])
  expect(issuersOf({ ...checkpoint, issuers: false_ })).toEqual([])
  expect(issuersOf(checkpoint)).toEqual([])
})
