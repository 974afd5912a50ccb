import { beforeAll, describe, expect, test } from 'vitest'
import { signPolicy } from '../../../sdk/client/session/policy-document.ts'
import { decodeSignedPolicy, encodeSignedPolicy, ruleToMessage } from '../../../sdk/codec/index.ts'
import { BaseError } from '../../../sdk/errors.ts'
import { createIdentity, type Identity } from '../../../sdk/identity/index.ts'
import { parseRule } from '../../../sdk/policy/index.ts'
import { faultOfVersion, lastVersion, maxVersionStep, verifySignedPolicy } from '../../../sdk/verifier/index.ts'
import { walletOf } from '../../helpers/accounts.ts'
import { bob, networkId, recipient as owner } from '../../helpers/world.ts'

const target = { networkId, owner }
const sealedKey = { keyId: new Uint8Array(8).fill(1), key: new Uint8Array(32).fill(2) }
const rule = ruleToMessage(parseRule('stamp 2'))
let mallory: Identity

beforeAll(async () => {
  mallory = await createIdentity(walletOf(0x66), { createdMs: 1n })
})

type Fields = Partial<Parameters<typeof signPolicy>[1]>

/** A policy of bob's, unless fields are other than he makes them, or somebody else signs it in his name. */
const signed = (fields: Fields = {}, by: Partial<Identity> = {}, network = networkId) =>
  signPolicy({ identity: { ...bob, ...by }, networkId: network }, { version: 1n, sealedKeys: [sealedKey], ...fields })

describe('verifySignedPolicy', () => {
  test('reads what its owner has signed, with a rule or without', () => {
    expect(verifySignedPolicy(signed(), target)).toMatchObject({ rule: undefined, document: { version: 1n } })
    expect(verifySignedPolicy(signed({ rule }), target).rule).toEqual(parseRule('stamp 2'))
    expect(verifySignedPolicy(signed({ version: lastVersion }), target).document.version).toBe(lastVersion)
  })

  /** As many bytes as asked, by a field that no reader knows. */
  const padded = (length: number) => {
    const bytes = signed()
    const rest = length - bytes.length - 4
    return Uint8Array.from([
      ...bytes,
      0x7a,
      0x80 | (rest & 0x7f),
      0x80 | ((rest >> 7) & 0x7f),
      0,
      ...Array(rest).fill(7),
    ])
  }

  test('reads 16 KiB, and not a byte more', () => {
    expect(verifySignedPolicy(padded(16_384), target).document.version).toBe(1n)
    expect(() => verifySignedPolicy(padded(16_385), target)).toThrow('larger than 16384 bytes')
  })

  const { document } = decodeSignedPolicy(signed())
  test.each<[string, () => Uint8Array]>([
    ['of another network', () => signed({}, {}, new Uint8Array(32))],
    ['of another account', () => signed({}, mallory)],
    ['that another account has signed in its name', () => signed({}, { keys: mallory.keys })],
    ['whose signature is of another', () => encodeSignedPolicy({ ...decodeSignedPolicy(signed({ rule })), document })],
    ['without a signature', () => encodeSignedPolicy({ document })],
    ['of version 0', () => signed({ version: 0n })],
    ['of a version with no room for a next one', () => signed({ version: lastVersion + 1n })],
    ['with a short sealed key', () => signed({ sealedKeys: [sealedKey, { ...sealedKey, key: new Uint8Array(31) }] })],
    ['with a long key id', () => signed({ sealedKeys: [{ ...sealedKey, keyId: new Uint8Array(9) }, sealedKey] })],
  ])('refuses one %s', (_, bytes) => {
    expect(() => verifySignedPolicy(bytes(), target)).toThrow(expect.objectContaining({ code: 'policy.invalid' }))
  })

  test('refuses a rule that can never be read, and noise, by typed errors', () => {
    const empty = ruleToMessage({ kind: 'any', of: [] })
    for (const bytes of [signed({ rule: empty }), new Uint8Array(500).fill(0xee)]) {
      expect(() => verifySignedPolicy(bytes, target)).toThrow(BaseError)
    }
  })
})

describe('the version of a document that follows another', () => {
  test.each([
    ['the next one', 8n, 7n, undefined],
    ['the farthest', 7n + 2n ** 20n, 7n, undefined],
    ['one farther', 8n + 2n ** 20n, 7n, 'too-high'],
    ['the same', 7n, 7n, 'too-low'],
    ['an older one', 6n, 7n, 'too-low'],
    ['the first', 1n, 0n, undefined],
  ])('%s', (_, version, before, fault) => {
    expect(faultOfVersion(version, before)).toBe(fault)
  })

  test('ends where a signed integer of 64 bits does, steps of a million on', () => {
    expect([lastVersion, maxVersionStep]).toEqual([9_223_372_036_854_775_807n, 1_048_576n])
  })
})
