import { expect, test } from 'vitest'
import { concatBytes, fromBytes, poseidon, toBytes32 } from '../../../sdk/crypto/index.ts'
import { certificateMessage, isCertified } from '../../../sdk/verifier/index.ts'
import { createIssuerKey } from '../../../service/prover/issuing/index.ts'

const [issuer, other] = [createIssuerKey('07'.repeat(32)), createIssuerKey('08'.repeat(32))]
const bytes = (length: number) => new Uint8Array(length).fill(1)
const said = { networkId: bytes(32), epoch: 2_900, key: bytes(64), eas: bytes(20) }
const { r8x, r8y, s } = issuer.sign(certificateMessage(said, poseidon))
const signature = concatBytes(...[r8x, r8y, s].map(toBytes32))

const isGood = (changes: Partial<typeof said> = {}, by = issuer, signed = signature, hash = poseidon) => {
  const { networkId, epoch, key, eas } = { ...said, ...changes }
  const certificate = { $typeName: 'pennypost.v1.IssuerCertificate', key, eas, signature: signed } as const
  return isCertified(certificate, { networkId, epoch, issuer: by }, hash)
}

test('a certificate that is remembered is one of its issuer, network, epoch, key and contract alone', () => {
  expect([isGood(), isGood()]).toEqual([true, true])
  expect(isGood({}, other)).toBe(false)
  expect(isGood({ networkId: bytes(32).fill(2) })).toBe(false)
  expect(isGood({ epoch: 2_901 })).toBe(false)
  expect(isGood({ key: bytes(64).with(63, 2) })).toBe(false)
  expect(isGood({ eas: bytes(20).with(19, 2) })).toBe(false)
  expect(isGood({}, issuer, signature.with(95, fromBytes(signature.subarray(95)) === 1n ? 2 : 1))).toBe(false)
  expect(isGood()).toBe(true)
})

test('a good certificate is checked once, a bad one each time', () => {
  let hashes = 0
  const counted: typeof poseidon = (inputs) => {
    hashes++
    return poseidon(inputs)
  }
  const hashesOf = (changes: Partial<typeof said>) => {
    hashes = 0
    isGood(changes, issuer, signature, counted)
    return hashes
  }
  isGood()
  expect(hashesOf({})).toBe(0)
  const [first, again] = [hashesOf({ epoch: 2_902 }), hashesOf({ epoch: 2_902 })]
  expect(first).toBeGreaterThan(0)
  expect(again).toBe(first)
})
