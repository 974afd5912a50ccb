import { fc, test as prop } from '@fast-check/vitest'
import { expect, test } from 'vitest'
import { decodeLeak, encodeLeak } from '../../../sdk/codec/index.ts'
import { FIELD_ORDER, toBytes32 } from '../../../sdk/crypto/index.ts'
import { BaseError } from '../../../sdk/errors.ts'

const secrets = fc.bigInt({ min: 0n, max: FIELD_ORDER - 1n }).map(toBytes32)

prop.prop([secrets, fc.nat()])('a leak comes back as it was', (secret, classNumber) => {
  expect(decodeLeak(encodeLeak({ secret, classNumber }))).toEqual({ secret, classNumber })
})

prop.prop([fc.uint8Array({ maxLength: 80 })])('bytes are a leak or a typed error', (bytes) => {
  try {
    expect(decodeLeak(bytes).secret).toHaveLength(32)
  } catch (error) {
    expect(error).toBeInstanceOf(BaseError)
  }
})

test.each<[string, Uint8Array, string]>([
  ['a secret outside the field', toBytes32(FIELD_ORDER), 'leak.malformed'],
  ['the largest number of 32 bytes', new Uint8Array(32).fill(255), 'leak.malformed'],
])('%s is none', (_, secret, code) => {
  expect(() => decodeLeak(encodeLeak({ secret, classNumber: 1 }))).toThrow(expect.objectContaining({ code }))
})

test('a secret of 31 bytes is none', () => {
  const secret = new Uint8Array(31)
  expect(() => encodeLeak({ secret, classNumber: 1 })).toThrow(expect.objectContaining({ code: 'field.length' }))
  const encoded = Uint8Array.from([0x0a, 31, ...secret])
  expect(() => decodeLeak(encoded)).toThrow(expect.objectContaining({ code: 'field.length' }))
})
