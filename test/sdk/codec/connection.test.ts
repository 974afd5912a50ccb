import { fc, test as prop } from '@fast-check/vitest'
import { describe, expect, test } from 'vitest'
import { decodeConnectionStatement, encodeConnectionStatement } from '../../../sdk/codec/lane.ts'
import { BaseError } from '../../../sdk/errors.ts'

const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length })

const statements = fc.record({
  networkId: bytes(32),
  owner: bytes(20),
  holder: bytes(32),
  serial: bytes(16),
  expiresAt: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
})

describe('a connection statement', () => {
  prop.prop([statements])('comes back as it was', (statement) => {
    const encoded = encodeConnectionStatement(statement)
    expect(encoded).toHaveLength(160)
    expect(decodeConnectionStatement(encoded)).toEqual(statement)
  })

  prop.prop([fc.uint8Array({ maxLength: 200 })])('is refused with a typed error on random bytes', (random) => {
    expect(() => decodeConnectionStatement(random)).toThrow(BaseError)
  })

  test.each([
    ['the owner', 32],
    ['the serial', 96],
    ['the time', 128],
  ])('has one encoding: padding before %s is zero', (_, offset) => {
    const encoded = encodeConnectionStatement({
      networkId: new Uint8Array(32).fill(1),
      owner: new Uint8Array(20).fill(2),
      holder: new Uint8Array(32).fill(3),
      serial: new Uint8Array(16).fill(4),
      expiresAt: 5n,
    })
    encoded[offset] = 1
    expect(() => decodeConnectionStatement(encoded)).toThrow(expect.objectContaining({ code: 'connection.malformed' }))
  })
})
