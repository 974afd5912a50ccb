import { fc, test as prop } from '@fast-check/vitest'
import { getAddress } from 'viem'
import { describe, expect, test } from 'vitest'
import {
  AddressMalformedError,
  addressToBytes,
  checksumAddress,
  isAddress,
  toAddress,
  toHex,
} from '../../../sdk/crypto/index.ts'

const twenty = fc.uint8Array({ minLength: 20, maxLength: 20 })

describe('addresses', () => {
  prop.prop([twenty])('carry the checksum that viem gives them', (bytes) => {
    const address = toAddress(bytes)
    expect(address).toBe(getAddress(`0x${toHex(bytes)}`))
    expect(checksumAddress(address.toLowerCase())).toBe(address)
    expect(addressToBytes(address)).toEqual(bytes)
    expect(isAddress(address)).toBe(true)
  })

  test.each([
    ['lower case', '0x19e7e376e7c213b7e7e7e46cc70a5dd086daff2a'],
    ['no prefix', '19E7E376E7C213B7E7e7e46cc70A5dD086DAff2A'],
    ['one digit too few', '0x19E7E376E7C213B7E7e7e46cc70A5dD086DAff2'],
    ['an upper-case prefix', '0X19E7E376E7C213B7E7e7e46cc70A5dD086DAff2A'],
  ])('with %s are not exact', (_, text) => {
    expect(isAddress(text)).toBe(false)
  })

  test.each(['', '0x', 'alice.eth', `0x${'0'.repeat(41)}`])('%j is none', (text) => {
    expect(() => checksumAddress(text)).toThrow(AddressMalformedError)
  })

  test('have 20 bytes', () => {
    expect(() => toAddress(new Uint8Array(32))).toThrow(AddressMalformedError)
  })
})
