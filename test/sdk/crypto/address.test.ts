import { fc, test as prop } from '@fast-check/vitest'
import { getAddress, isAddress as viemIsAddress } from 'viem'
import { describe, expect, test } from 'vitest'
import {
  AddressMalformedError,
  addressToBytes,
  checksumAddress,
  faultOfAddress,
  isAddress,
  toAddress,
  toHex,
} from '../../../sdk/crypto/index.ts'
import { mistype } from '../../helpers/accounts.ts'

const isOneCase = (text: string) => /^0x([0-9a-f]*|[0-9A-F]*)$/.test(text)
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

  test('are taken all in lower case and all in upper case, and else with the right checksum alone', () => {
    const exact = '0x19E7E376E7C213B7E7e7e46cc70A5dD086DAff2A'
    const digits = exact.slice(2)
    for (const text of [exact, `0x${digits.toLowerCase()}`, `0x${digits.toUpperCase()}`]) {
      expect(checksumAddress(text)).toBe(exact)
    }
    const mistyped = mistype(exact)
    expect(() => checksumAddress(mistyped)).toThrow(AddressMalformedError)
    expect(() => addressToBytes(mistyped)).toThrow(mistyped)
    expect(isAddress(mistyped)).toBe(false)
  })

  prop.prop([twenty, fc.nat(39), fc.constantFrom(...'0123456789abcdefABCDEF')])(
    'with any one digit mistyped are refused wherever the checksum shows it',
    (bytes, at, digit) => {
      const text = toAddress(bytes)
      const typed = `${text.slice(0, 2 + at)}${digit}${text.slice(3 + at)}`
      if (typed === text) return
      expect(faultOfAddress(typed) === undefined).toBe(viemIsAddress(typed) || isOneCase(typed))
    },
  )

  test('have 20 bytes', () => {
    expect(() => toAddress(new Uint8Array(32))).toThrow(AddressMalformedError)
  })
})
