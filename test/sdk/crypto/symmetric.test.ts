import { createHash, createHmac, hkdfSync } from 'node:crypto'
import { fc, test as prop } from '@fast-check/vitest'
import { describe, expect, test } from 'vitest'
import {
  AeadRefusedError,
  hkdfSha256,
  hmacSha256,
  keccak256,
  openAead,
  portableAead,
  sealAead,
  sha256,
  toHex,
  utf8,
} from '../../../sdk/crypto/index.ts'

const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length })
const key = new Uint8Array(32).fill(1)
const nonce = new Uint8Array(12).fill(2)

describe('hashes', () => {
  prop.prop([fc.uint8Array(), fc.uint8Array(), fc.uint8Array()])('agree with Node', (a, b, info) => {
    expect(toHex(sha256(a, b))).toBe(createHash('sha256').update(a).update(b).digest('hex'))
    expect(toHex(hmacSha256(a, b))).toBe(createHmac('sha256', a).update(b).digest('hex'))
    expect(toHex(hkdfSha256(a, { salt: b, info, length: 42 }))).toBe(
      Buffer.from(hkdfSync('sha256', a, b, info, 42)).toString('hex'),
    )
  })

  test('keccak256 is the one of Ethereum', () => {
    expect(toHex(keccak256())).toBe('c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470')
  })
})

describe('AES-256-GCM', () => {
  prop.prop([fc.uint8Array(), bytes(32), bytes(12), fc.uint8Array()])(
    'opens what was sealed, as Web Crypto does',
    async (text, secret, iv, associatedData) => {
      const sealed = sealAead(text, { key: secret, nonce: iv, associatedData })
      expect(openAead(sealed, { key: secret, nonce: iv, associatedData })).toEqual(text)

      const imported = await crypto.subtle.importKey('raw', secret, 'AES-GCM', false, ['encrypt'])
      const theirs = await crypto.subtle.encrypt(
        { name: 'AES-GCM', iv, additionalData: associatedData },
        imported,
        text,
      )
      expect(new Uint8Array(theirs)).toEqual(sealed)
    },
  )

  prop.prop([fc.uint8Array(), bytes(32), bytes(12), fc.option(fc.uint8Array(), { nil: undefined })])(
    'is the same in Node and where there is none',
    (text, secret, iv, associatedData) => {
      const options = { key: secret, nonce: iv, associatedData }
      const sealed = sealAead(text, options)
      expect(portableAead.seal(text, options)).toEqual(sealed)
      expect(portableAead.open(sealed, options)).toEqual(text)
      expect(openAead(sealed, options)).toEqual(text)
    },
  )

  prop.prop([fc.uint8Array({ minLength: 1 }), fc.nat()])('refuses any changed byte', (text, at) => {
    const sealed = sealAead(text, { key, nonce })
    sealed[at % sealed.length]! ^= 1
    expect(() => openAead(sealed, { key, nonce })).toThrow(AeadRefusedError)
  })

  test.each([
    ['another key', { key: new Uint8Array(32), nonce }],
    ['another nonce', { key, nonce: new Uint8Array(12) }],
    ['other associated data', { key, nonce, associatedData: utf8('x') }],
    ['a short key', { key: key.subarray(1), nonce }],
    ['a short nonce', { key, nonce: nonce.subarray(1) }],
  ])('refuses %s', (_, options) => {
    expect(() => openAead(sealAead(utf8('text'), { key, nonce }), options)).toThrow(AeadRefusedError)
  })

  test('refuses what is shorter than a tag', () => {
    expect(() => openAead(new Uint8Array(15), { key, nonce })).toThrow(AeadRefusedError)
  })
})
