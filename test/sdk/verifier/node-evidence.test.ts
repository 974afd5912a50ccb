import { describe, expect, test } from 'vitest'
import { encodeGrant, type Grant, grantStatement, receiptStatement } from '../../../sdk/codec/index.ts'
import { ed25519PublicKey, signEd25519 } from '../../../sdk/crypto/index.ts'
import { checkGrant, checkReceipt, provesDoubleGrant } from '../../../sdk/verifier/index.ts'

const seed = new Uint8Array(32).fill(1)
const key = ed25519PublicKey(seed)
const other = new Uint8Array(32).fill(2)
const word = (byte: number) => new Uint8Array(32).fill(byte)

type GrantFields = Partial<Pick<Grant, 'use' | 'nullifiers' | 'acceptedAt'>>

const signed = (fields: GrantFields = {}, by = seed) => {
  const grant = encodeGrant({ use: word(1), nullifiers: [word(7), word(8)], units: 4, acceptedAt: 5n, ...fields })
  return { grant, signature: signEd25519(grantStatement(grant), by) }
}

describe('a grant', () => {
  test('is read where the node has signed it', () => {
    expect(checkGrant(key, signed())).toMatchObject({ use: word(1), units: 4, acceptedAt: 5n })
  })

  const altered = signed()
  altered.grant[3] = (altered.grant[3] ?? 0) ^ 1
  const noise = word(0xff)

  test.each<[string, () => ReturnType<typeof signed>]>([
    ['is of another node', () => signed({}, other)],
    ['was altered', () => altered],
    ['has no signature', () => ({ ...signed(), signature: new Uint8Array() })],
    ['is signed as something else', () => ({ ...signed(), signature: signEd25519(signed().grant, seed) })],
    [
      'is noise that the node has signed',
      () => ({ grant: noise, signature: signEd25519(grantStatement(noise), seed) }),
    ],
  ])('counts for nothing where it %s', (_, grant) => {
    expect(checkGrant(key, grant())).toBeUndefined()
  })
})

describe('a receipt', () => {
  const receipt = (by = seed, sequence = 9n) => {
    const digest = word(3)
    return { digest, sequence, signature: signEd25519(receiptStatement(digest, sequence), by) }
  }

  test('counts with its digest and its place, by the node that gave it', () => {
    expect(checkReceipt(key, receipt())).toBe(true)
    expect(checkReceipt(key, receipt(seed, 2n ** 64n - 1n))).toBe(true)
  })

  test.each<[string, () => ReturnType<typeof receipt>]>([
    ['of another node', () => receipt(other)],
    ['for another place', () => ({ ...receipt(), sequence: 10n })],
    ['for another envelope', () => ({ ...receipt(), digest: word(4) })],
    ['for a digest of another length', () => ({ ...receipt(), digest: word(3).slice(1) })],
  ])('%s counts for nothing', (_, kept) => {
    expect(checkReceipt(key, kept())).toBe(false)
  })
})

describe('provesDoubleGrant', () => {
  test('two lanes for one ticket convict the node, whatever else they carry and whoever comes first', () => {
    const [one, two] = [signed(), signed({ use: word(2), nullifiers: [word(9), word(8)] })]
    expect([provesDoubleGrant(one, two, key), provesDoubleGrant(two, one, key)]).toEqual([true, true])
  })

  test.each<[string, ReturnType<typeof signed>]>([
    ['the same grant again', signed()],
    ['the same use, granted at another time', signed({ acceptedAt: 6n })],
    ['other tickets', signed({ use: word(2), nullifiers: [word(9)] })],
    ['no tickets at all', signed({ use: word(2), nullifiers: [] })],
    ['a grant of another node', signed({ use: word(2) }, other)],
  ])('%s convicts nobody', (_, grant) => {
    expect(provesDoubleGrant(signed(), grant, key)).toBe(false)
  })
})
