import { fc, test as prop } from '@fast-check/vitest'
import { expect, test } from 'vitest'
import { keccak256Kept } from '../../../sdk/crypto/hash.ts'
import { cacheKey, createCache, keccak256 } from '../../../sdk/crypto/index.ts'

test('a cache makes a value once, and forgets what was used least recently', () => {
  const made: string[] = []
  const make = (key: string) => () => {
    made.push(key)
    return key.toUpperCase()
  }
  const cache = createCache<string>(2)
  for (const key of ['a', 'b', 'a', 'c', 'a', 'b', 'c']) expect(cache.getOrMake(key, make(key))).toBe(key.toUpperCase())
  expect(made).toEqual(['a', 'b', 'c', 'b', 'c'])
})

test('a cache remembers false, and neither nothing nor what failed', () => {
  const cache = createCache<boolean>(2)
  const fail = () => {
    throw new RangeError('no')
  }
  expect(cache.getOrMake('bad', () => undefined)).toBeUndefined()
  expect(() => cache.getOrMake('bad', fail)).toThrow(RangeError)
  expect(cache.getOrMake('bad', () => false)).toBe(false)
  expect(cache.getOrMake('bad', () => true)).toBe(false)
})

test('what is not remembered takes no place', () => {
  const cache = createCache<number>(1)
  cache.getOrMake('good', () => 1)
  cache.getOrMake('bad', () => undefined)
  expect(cache.getOrMake('good', () => 2)).toBe(1)
})

prop.prop([fc.uint8Array({ maxLength: 300 })])('a key has one character a byte', (bytes) => {
  expect(cacheKey(bytes)).toBe(Buffer.from(bytes).toString('latin1'))
})

test('a key of many bytes has all of them', () => {
  const bytes = Uint8Array.from({ length: 200_001 }, (_, i) => i % 251)
  expect(cacheKey(bytes)).toBe(Buffer.from(bytes).toString('latin1'))
})

prop.prop([fc.uint8Array({ maxLength: 300 })])('a hash that is remembered is the hash', (bytes) => {
  const hash = keccak256(bytes)
  expect([keccak256Kept(bytes), keccak256Kept(bytes)]).toEqual([hash, hash])
})
