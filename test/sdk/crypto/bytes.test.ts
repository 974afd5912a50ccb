import { fc, test as prop } from '@fast-check/vitest'
import { describe, expect, test } from 'vitest'
import {
  BytesMalformedError,
  concatBytes,
  equalBytes,
  fromBase64,
  fromHex,
  fromUtf8,
  toBase64,
  toBase64Url,
  toBytes4,
  toBytes8,
  toHex,
  utf8,
} from '../../../sdk/crypto/index.ts'

describe('bytes', () => {
  prop.prop([fc.uint8Array()])('agree with Node in hex and base64, both ways', (bytes) => {
    expect(toHex(bytes)).toBe(Buffer.from(bytes).toString('hex'))
    expect(toBase64(bytes)).toBe(Buffer.from(bytes).toString('base64'))
    expect(toBase64Url(bytes)).toBe(Buffer.from(bytes).toString('base64url'))
    expect(fromHex(`0x${toHex(bytes).toUpperCase()}`)).toEqual(bytes)
    expect(fromBase64(toBase64(bytes))).toEqual(bytes)
  })

  prop.prop([fc.string({ unit: 'grapheme' })])('UTF-8 round-trips', (text) => {
    expect(fromUtf8(utf8(text))).toBe(text)
  })

  prop.prop([fc.uint8Array(), fc.uint8Array()])('are equal only when every byte is', (a, b) => {
    expect(equalBytes(a, b)).toBe(Buffer.compare(a, b) === 0)
    expect(equalBytes(concatBytes(a, b), concatBytes(a, b))).toBe(true)
  })

  test('may be as long as a body of ten envelopes', () => {
    const bytes = new Uint8Array(10_500_000).fill(0xa5)
    expect(equalBytes(fromBase64(toBase64(bytes)), bytes)).toBe(true)
    expect(() => fromBase64(`${'A'.repeat(14_000_000)}!AAA`)).toThrow(BytesMalformedError)
    expect(() => fromHex(`${'a'.repeat(14_000_000)}zz`)).toThrow(BytesMalformedError)
  })

  test('integers are big-endian', () => {
    expect(toHex(toBytes4(0x01020304))).toBe('01020304')
    expect(toHex(toBytes8(0x0102030405060708n))).toBe('0102030405060708')
  })

  test.each([
    ['white space', 'AA ='],
    ['the URL alphabet', '-_8='],
    ['missing padding', 'AAA'],
    ['too much padding', 'A==='],
    ['bits beyond the last byte, one over', 'AB=='],
    ['bits beyond the last byte, two over', 'AAB='],
    ['a line break at the end', 'AAAA\n'],
    ['padding within', 'AA==AAAA'],
    ['padding alone', '===='],
    ['padding after whole groups', 'AAAA===='],
  ])('base64 with %s is refused', (_, text) => {
    expect(() => fromBase64(text)).toThrow(BytesMalformedError)
  })

  test.each(['0', '0x0', 'zz', '0x0x00', ' 00'])('%j is no hex', (text) => {
    expect(() => fromHex(text)).toThrow(BytesMalformedError)
  })

  test('broken UTF-8 is refused, not replaced', () => {
    expect(() => fromUtf8(Uint8Array.of(0xc3, 0x28))).toThrow(BytesMalformedError)
  })
})
