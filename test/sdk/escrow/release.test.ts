import { hashTypedData } from 'viem'
import { beforeAll, describe, expect, test } from 'vitest'
import {
  fromHex,
  networkIdOf,
  otherForms,
  publicKeyOf,
  toHex,
  WalletSignatureError,
} from '../../../sdk/crypto/index.ts'
import {
  isReleased,
  mostReleased,
  openShare,
  type ReleaseTerms,
  releaseDigest,
  releaseTypedData,
  sealShare,
  toRelease,
} from '../../../sdk/escrow/index.ts'
import { walletOf } from '../../helpers/accounts.ts'
import { countingBytes } from '../../helpers/random.ts'

const networkId = networkIdOf('pennypost-local')
const wallet = walletOf(0x21)
const secret = new Uint8Array(32).fill(7)
const terms: ReleaseTerms = {
  networkId,
  account: wallet.address,
  letters: [new Uint8Array(32).fill(1), new Uint8Array(32).fill(2)],
  identityKey: publicKeyOf(secret),
}
const name = (byte: number) => new Uint8Array(32).fill(byte)

describe('a release', () => {
  let signature: `0x${string}`
  beforeAll(async () => {
    signature = await wallet.signTypedData(releaseTypedData(terms))
  })
  const released = (changes = {}) => ({
    $typeName: 'pennypost.v1.Release' as const,
    ...toRelease(terms, signature),
    ...changes,
  })

  test.each([0, 1, 2, 255, 256])('signs what any wallet signs for its typed data, with %i letters', (count) => {
    const some = { ...terms, letters: Array.from({ length: count }, (_, i) => name(i)) }
    expect(`0x${toHex(releaseDigest(some))}`).toBe(hashTypedData(releaseTypedData(some)))
  })

  test('counts for the account, network, letters and key that were signed, and for no other', () => {
    expect(isReleased(networkId, released())).toBe(true)
    expect(isReleased(networkIdOf('another'), released())).toBe(false)
    const account = fromHex(walletOf(0x22).address)
    const identityKey = publicKeyOf(name(8))
    const [first, second] = terms.letters
    const others = [
      { account },
      { identityKey },
      { letters: [first] },
      { letters: [second, first] },
      { letters: [first, second, first] },
    ]
    for (const change of others) expect(isReleased(networkId, released(change))).toBe(false)
  })

  test('of a wallet in whatever form it signs is the same release', () => {
    for (const form of otherForms(signature)) expect(toRelease(terms, form)).toEqual(toRelease(terms, signature))
  })

  test('on the wire has 65 bytes of signature: compact, cut or empty ones are none', () => {
    const compact = fromHex(otherForms(signature)[3] as string)
    const { signature: bytes } = released()
    const zeros = new Uint8Array(65)
    for (const signed of [compact, bytes.slice(1), new Uint8Array(), zeros, Uint8Array.of(...bytes, 0)])
      expect(isReleased(networkId, released({ signature: signed }))).toBe(false)
  })

  test('names one to 256 letters of 32 bytes, an account and a key', async () => {
    const sign = async (letters: Uint8Array[]) => {
      const other = { ...terms, letters }
      const { account, identityKey, ...rest } = toRelease(other, await wallet.signTypedData(releaseTypedData(other)))
      return isReleased(networkId, { $typeName: 'pennypost.v1.Release', account, identityKey, ...rest })
    }
    const names = Array.from({ length: mostReleased + 1 }, (_, i) => name(i))
    expect(await sign(names.slice(0, mostReleased))).toBe(true)
    expect(await sign(names)).toBe(false)
    expect(await sign([])).toBe(false)
    for (const change of [
      { letters: [name(1).slice(1)] },
      { account: new Uint8Array(19) },
      { account: new Uint8Array() },
      { identityKey: publicKeyOf(secret).slice(0, 33) },
    ])
      expect(isReleased(networkId, released(change))).toBe(false)
  })

  test('of another wallet is not made in the first place', async () => {
    const foreign = await walletOf(0x23).signTypedData(releaseTypedData(terms))
    expect(() => toRelease(terms, foreign)).toThrow(WalletSignatureError)
  })
})

describe('a share that was sealed', () => {
  const letter = name(9)
  const share = name(5)
  const sealed = sealShare(share, { letter, identityKey: publicKeyOf(secret), random: countingBytes() })

  test('opens with the identity key and letter that it was sealed for, and with no others', () => {
    expect(openShare(sealed, { letter, identitySecret: secret })).toEqual(share)
    expect(openShare(sealed, { letter, identitySecret: name(8) })).toBeUndefined()
    expect(openShare(sealed, { letter: name(1), identitySecret: secret })).toBeUndefined()
  })

  test('opens as nothing where a single byte is another, or some are missing', () => {
    for (let i = 0; i < sealed.length; i++) {
      const changed = sealed.slice()
      changed[i] = (changed[i] ?? 0) ^ 1
      expect(openShare(changed, { letter, identitySecret: secret })).toBeUndefined()
    }
    for (const length of [0, 1, 64, 65, 77, 92]) {
      expect(openShare(sealed.slice(0, length), { letter, identitySecret: secret })).toBeUndefined()
    }
  })

  test('is sealed to no key that is off the curve', () => {
    const off = publicKeyOf(secret)
    off[64] = (off[64] ?? 0) ^ 1
    for (const identityKey of [off, new Uint8Array(65), new Uint8Array(65).fill(4), new Uint8Array()])
      expect(() => sealShare(share, { letter, identityKey, random: countingBytes() })).toThrow('key')
  })
})
