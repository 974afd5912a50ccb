import { createHash } from 'node:crypto'
import { createRequire } from 'node:module'
import { fc, test as prop } from '@fast-check/vitest'
import { ed25519 as noble } from '@noble/curves/ed25519.js'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createNodeEd25519 } from '../../../sdk/crypto/ed25519.node.ts'
import {
  concatBytes,
  type Ed25519,
  ed25519PublicKey,
  fromHex,
  isEd25519PublicKey,
  KeyMalformedError,
  portableEd25519,
  sha256,
  signEd25519,
  toHex,
  useEd25519,
  utf8,
  verifyEd25519,
  x25519PublicKey,
  x25519SharedSecret,
} from '../../../sdk/crypto/index.ts'
import { createSodiumEd25519 } from '../../../service/node/ed25519.ts'

const seed = fromHex('9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60')
const message = utf8('a letter')
const torsion = noble.Point.fromBytes(fromHex('c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a'))
const smallOrder = Array.from({ length: 8 }, (_, i) =>
  (i === 0 ? noble.Point.ZERO : torsion.multiplyUnsafe(BigInt(i))).toBytes(),
)
const seeds = fc.uint8Array({ minLength: 32, maxLength: 32 })

describe.each<[string, Ed25519]>([
  ['portable', portableEd25519],
  ['OpenSSL', createNodeEd25519(2)],
  ['libsodium', createSodiumEd25519(createRequire(import.meta.url)('sodium-native'))],
])('the %s implementation of Ed25519', (_, implementation) => {
  let previous: Ed25519
  beforeEach(() => {
    previous = useEd25519(implementation)
  })
  afterEach(() => {
    useEd25519(previous)
  })

  test('leaves what it is given as it was, Buffers too', () => {
    for (let i = 0; i < 16; i++) {
      const text = Uint8Array.of(i)
      const given = Buffer.from(signEd25519(text, seed))
      const before = toHex(given)
      expect(verifyEd25519(given, text, Buffer.from(ed25519PublicKey(seed)))).toBe(true)
      expect(toHex(given)).toBe(before)
    }
  })

  test('passes the first vector of RFC 8032', () => {
    expect(toHex(ed25519PublicKey(seed))).toBe('d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a')
    expect(toHex(signEd25519(new Uint8Array(), seed))).toBe(
      'e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b',
    )
  })

  prop.prop([seeds, fc.uint8Array()], { numRuns: 20 })('verifies what it signed and nothing else', (secret, text) => {
    const signature = signEd25519(text, secret)
    const publicKey = ed25519PublicKey(secret)
    expect(verifyEd25519(signature, text, publicKey)).toBe(true)
    expect(verifyEd25519(signature, concatBytes(text, seed), publicKey)).toBe(false)
  })

  test('refuses S beyond the order', () => {
    const signature = signEd25519(message, seed)
    const s = BigInt(`0x${toHex(signature.slice(32).reverse())}`) + noble.Point.Fn.ORDER
    const alias = concatBytes(signature.slice(0, 32), fromHex(s.toString(16).padStart(64, '0')).reverse())
    expect(verifyEd25519(alias, message, ed25519PublicKey(seed))).toBe(false)
  })

  test.each(smallOrder.map(toHex))('refuses the small-order key %s, under which anything would verify', (hex) => {
    const everything = concatBytes(fromHex(hex), new Uint8Array(32))
    expect(isEd25519PublicKey(fromHex(hex))).toBe(false)
    expect(verifyEd25519(everything, message, fromHex(hex))).toBe(false)
    expect(verifyEd25519(everything, message, ed25519PublicKey(seed))).toBe(false)
  })

  test.each([
    ['y = p', 'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f'],
    ['y = p + 3, which is a point', 'f0ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f'],
    ['31 bytes', '11'.repeat(31)],
  ])('refuses the key %s', (_name, hex) => {
    expect(isEd25519PublicKey(fromHex(hex))).toBe(false)
    expect(verifyEd25519(signEd25519(message, seed), message, fromHex(hex))).toBe(false)
  })

  test('judges a key with a torsion part by the equation without cofactor', () => {
    const verdicts = Array.from({ length: 16 }, (_unused, i) => verifyMixed(utf8(`letter ${i}`)))
    expect(verdicts).toEqual(Array.from({ length: 16 }, (_unused, i) => isCofactorless(utf8(`letter ${i}`))))
    expect(new Set(verdicts)).toEqual(new Set([true, false]))
  })

  test('refuses a seed of the wrong length', () => {
    expect(() => ed25519PublicKey(seed.subarray(1))).toThrow(KeyMalformedError)
    expect(() => signEd25519(message, seed.subarray(1))).toThrow(KeyMalformedError)
  })
})

/** A signature under A + T, T of order 8: valid with cofactor always, without it only if 8 divides the challenge. */
function mixed(text: Uint8Array) {
  const { scalar } = noble.utils.getExtendedPublicKey(seed)
  const publicKey = noble.Point.BASE.multiply(scalar).add(torsion).toBytes()
  const r = BigInt(`0x${toHex(sha256(text))}`) % noble.Point.Fn.ORDER
  const R = noble.Point.BASE.multiply(r).toBytes()
  const k = challenge(R, publicKey, text)
  const s = noble.Point.Fn.create(r + k * scalar)
  const S = fromHex(s.toString(16).padStart(64, '0')).reverse()
  return { publicKey, signature: concatBytes(R, S), k }
}

const verifyMixed = (text: Uint8Array) => verifyEd25519(mixed(text).signature, text, mixed(text).publicKey)
const isCofactorless = (text: Uint8Array) => mixed(text).k % 8n === 0n

function challenge(R: Uint8Array, publicKey: Uint8Array, text: Uint8Array): bigint {
  const hash = createHash('sha512').update(R).update(publicKey).update(text).digest()
  return BigInt(`0x${toHex(hash.reverse())}`) % noble.Point.Fn.ORDER
}

describe('X25519', () => {
  prop.prop([seeds, seeds], { numRuns: 20 })('both sides agree', (a, b) => {
    expect(x25519SharedSecret(a, x25519PublicKey(b))).toEqual(x25519SharedSecret(b, x25519PublicKey(a)))
  })

  test.each([
    ['a key of small order', new Uint8Array(32)],
    ['31 bytes', new Uint8Array(31).fill(9)],
  ])('refuses %s', (_, bad) => {
    expect(() => x25519SharedSecret(seed, bad)).toThrow(KeyMalformedError)
  })

  test('refuses a secret of the wrong length', () => {
    expect(() => x25519PublicKey(seed.subarray(1))).toThrow(KeyMalformedError)
  })
})
