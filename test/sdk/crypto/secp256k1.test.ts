import { fc, test as prop } from '@fast-check/vitest'
import { privateKeyToAccount } from 'viem/accounts'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import {
  addressOf,
  fromHex,
  hashPersonalMessage,
  KeyMalformedError,
  loadFastSecp256k1,
  parseWalletSignature,
  portableSecp256k1,
  preferFastSecp256k1,
  publicKeyOf,
  recoverPersonalSigner,
  recoverPublicKey,
  type Secp256k1,
  SignatureInvalidError,
  sha256,
  sharedPoint,
  signDigest,
  toHex,
  useFastSecp256k1,
  useSecp256k1,
  utf8,
  verifyDigest,
} from '../../../sdk/crypto/index.ts'

const key = new Uint8Array(32).fill(0x11)
const digest = sha256(utf8('a letter'))
const order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n
const fast = await loadFastSecp256k1()
const privateKeys = fc.uint8Array({ minLength: 32, maxLength: 32 }).filter((bytes) => bytes.some((byte) => byte > 0))

/** The same signature with n − S in the place of S. */
function withHighS(bytes: Uint8Array): Uint8Array {
  const s = order - BigInt(`0x${toHex(bytes.subarray(32))}`)
  return fromHex(toHex(bytes.subarray(0, 32)) + s.toString(16).padStart(64, '0'))
}

describe.each<[string, Secp256k1]>([
  ['portable', portableSecp256k1],
  ['WebAssembly', fast],
])('the %s implementation of secp256k1', (_, implementation) => {
  let previous: Secp256k1
  beforeEach(() => {
    previous = useSecp256k1(implementation)
  })
  afterEach(() => {
    useSecp256k1(previous)
  })

  prop.prop([privateKeys, fc.uint8Array()], { numRuns: 20 })('verifies and recovers what it signed', (secret, text) => {
    const hash = sha256(text)
    const signature = signDigest(hash, secret)
    expect(verifyDigest(signature.bytes, hash, publicKeyOf(secret))).toBe(true)
    expect(recoverPublicKey(signature, hash)).toEqual(publicKeyOf(secret))
  })

  prop.prop([privateKeys, privateKeys], { numRuns: 10 })('both sides of Diffie-Hellman agree', (a, b) => {
    expect(sharedPoint(a, publicKeyOf(b))).toEqual(sharedPoint(b, publicKeyOf(a)))
    expect(sharedPoint(a, publicKeyOf(b))).toHaveLength(65)
  })

  test('refuses the high S of a good signature', () => {
    const { bytes, recovery } = signDigest(digest, key)
    const high = withHighS(bytes)
    expect(verifyDigest(high, digest, publicKeyOf(key))).toBe(false)
    expect(() => recoverPublicKey({ bytes: high, recovery: 1 - recovery }, digest)).toThrow(SignatureInvalidError)
  })

  test('refuses a signature over something else', () => {
    expect(verifyDigest(signDigest(sha256(key), key).bytes, digest, publicKeyOf(key))).toBe(false)
  })

  test.each([0, 63, 65])('refuses a signature of %i bytes', (length) => {
    const bytes = new Uint8Array(length).fill(1)
    expect(verifyDigest(bytes, digest, publicKeyOf(key))).toBe(false)
    expect(() => recoverPublicKey({ bytes, recovery: 0 }, digest)).toThrow(SignatureInvalidError)
  })

  test.each([-1, 2, 3, 27, 0.5, Number.NaN])('refuses recovery %d', (recovery) => {
    const { bytes } = signDigest(digest, key)
    expect(() => recoverPublicKey({ bytes, recovery }, digest)).toThrow(SignatureInvalidError)
  })

  test.each([
    ['zero', new Uint8Array(64)],
    ['R beyond the order', fromHex(`${'ff'.repeat(32)}${'00'.repeat(31)}01`)],
  ])('refuses %s', (_name, bytes) => {
    expect(verifyDigest(bytes, digest, publicKeyOf(key))).toBe(false)
    expect(() => recoverPublicKey({ bytes, recovery: 0 }, digest)).toThrow(SignatureInvalidError)
  })

  test.each([
    ['a compressed key', fromHex(`02${'11'.repeat(32)}`)],
    ['a point off the curve', fromHex(`04${'11'.repeat(64)}`)],
    ['nothing', new Uint8Array()],
  ])('refuses %s', (_name, bad) => {
    expect(() => sharedPoint(key, bad)).toThrow(KeyMalformedError)
    expect(verifyDigest(signDigest(digest, key).bytes, digest, bad)).toBe(false)
  })

  test.each([
    ['zero', new Uint8Array(32)],
    ['the order of the curve', fromHex(order.toString(16))],
    ['31 bytes', new Uint8Array(31).fill(1)],
  ])('refuses %s as a private key', (_name, bad) => {
    expect(() => publicKeyOf(bad)).toThrow(KeyMalformedError)
    expect(() => signDigest(digest, bad)).toThrow(KeyMalformedError)
    expect(() => sharedPoint(bad, publicKeyOf(key))).toThrow(KeyMalformedError)
  })
})

describe('the implementations', () => {
  prop.prop([privateKeys, fc.uint8Array()], { numRuns: 20 })('sign alike, byte for byte', (secret, text) => {
    const hash = sha256(text)
    expect(fast.sign(hash, secret)).toEqual(portableSecp256k1.sign(hash, secret))
    expect(fast.publicKey(secret)).toEqual(portableSecp256k1.publicKey(secret))
  })
})

test('useFastSecp256k1 puts the WebAssembly to use', async () => {
  await useFastSecp256k1()
  const used = useSecp256k1(portableSecp256k1)
  expect(used).not.toBe(portableSecp256k1)
  expect(used.publicKey(key)).toEqual(publicKeyOf(key))
})

test('the module of a bundler is put to use as it is', async () => {
  const tiny = import('tiny-secp256k1')
  expect((await loadFastSecp256k1(tiny)).publicKey(key)).toEqual(publicKeyOf(key))
  await expect(loadFastSecp256k1(Promise.reject(new Error('none')))).rejects.toMatchObject({
    code: 'secp256k1.unavailable',
  })
})

test('what was chosen before is not replaced in Node', async () => {
  useSecp256k1(portableSecp256k1)
  await preferFastSecp256k1()
  expect(useSecp256k1(portableSecp256k1)).toBe(portableSecp256k1)
})

test('in Node the WebAssembly is preferred where nobody has chosen', async () => {
  vi.resetModules()
  const fresh = await import('../../../sdk/crypto/index.ts')
  await fresh.preferFastSecp256k1()
  expect(fresh.useSecp256k1(fresh.portableSecp256k1)).not.toBe(fresh.portableSecp256k1)
})

describe('wallet signatures', () => {
  const account = privateKeyToAccount(`0x${toHex(key)}`)

  prop.prop([fc.string({ unit: 'grapheme' })], { numRuns: 20 })('of a viem account are recovered', async (message) => {
    const signature = await account.signMessage({ message })
    expect(recoverPersonalSigner(message, parseWalletSignature(signature))).toBe(account.address)
    expect(addressOf(recoverPublicKey(parseWalletSignature(signature), hashPersonalMessage(message)))).toBe(
      account.address,
    )
  })

  test.each(['1b', '00'])('may end in %s', (v) => {
    expect(parseWalletSignature(`0x${'11'.repeat(64)}${v}`).recovery).toBe(0)
  })

  test.each([
    ['a contract account', `0x${'00'.repeat(96)}`],
    ['v = 2', `0x${'11'.repeat(64)}02`],
    ['v = 29', `0x${'11'.repeat(64)}1d`],
    ['63 bytes', `0x${'11'.repeat(63)}`],
    ['no hexadecimal', 'signed, sincerely'],
  ])('of %s are refused', (_, signature) => {
    expect(() => parseWalletSignature(signature)).toThrow(SignatureInvalidError)
  })
})
