import { fc, test as prop } from '@fast-check/vitest'
import { buildPoseidon } from 'circomlibjs'
import { encodeAbiParameters, type Hex, keccak256, stringToHex } from 'viem'
import { describe, expect, test } from 'vitest'
import { FIELD_ORDER } from '../../../sdk/crypto/poseidon.ts'
import * as signals from '../../../sdk/crypto/signals.ts'
import { toAddress, toBytes, toHex, toIntegers, vectors } from '../../helpers/vectors.ts'

const kinds = ['stamp', 'stake', 'fact', 'payment'] as const
const field = fc.bigInt({ min: 0n, max: FIELD_ORDER - 1n })

describe('hashes of the verifier and the contracts: vectors, viem and the SDK agree', () => {
  test('networkIdOf', () => {
    const { name, networkId } = vectors.network
    expect(toHex(signals.networkIdOf(name))).toBe(networkId)
    expect(keccak256(stringToHex(name))).toBe(networkId)
  })

  test.each(vectors.uses)('useOf and xOf for topic "$topic"', (row) => {
    const { topic, networkId, holder, units, expiresAt, use, x } = row
    const inputs = { networkId: toBytes(networkId), topic, holder: toBytes(holder) }
    const actual = signals.useOf({ ...inputs, units: BigInt(units), expiresAt: BigInt(expiresAt) })

    expect(toHex(actual)).toBe(use)
    expect(
      hashLabelled('pennypost/lane/v1', [networkId, keccak256(stringToHex(topic)), holder, units, expiresAt]),
    ).toBe(use)
    expect(toHex(signals.xOf(actual))).toBe(x)
    expect(BigInt(x)).toBe(BigInt(use) >> 8n)
  })

  test.each(vectors.classes)('classIdOf for kind $kind', ({ kind, chainId, contract, number, classId }) => {
    const name = kinds[Number(kind) - 1]!
    const inputs = { chainId: BigInt(chainId), contract: toAddress(contract), number: BigInt(number) }
    expect(toHex(signals.classIdOf({ kind: name, ...inputs }))).toBe(classId)
    expect(cut(hashLabelled('pennypost/class/v1', [kind, chainId, contract, number]))).toBe(classId)
  })

  test.each(vectors.scopes)('scopeOf for period $period, issuer $issuer', (row) => {
    const { networkId, classId, period, issuer, scope } = row
    const inputs = { networkId: toBytes(networkId), classId: BigInt(classId), period: BigInt(period) }
    expect(toHex(signals.scopeOf({ ...inputs, ...(issuer && { issuer: toBytes(issuer) }) }))).toBe(scope)

    const words = [networkId, classId, period, ...(issuer ? [issuer] : [])]
    expect(cut(hashLabelled('pennypost/scope/v1', words))).toBe(scope)
  })

  test.each(vectors.tagScopes)('tagScopeOf for $recipient', ({ networkId, recipient, tagScope }) => {
    expect(toHex(signals.tagScopeOf(toBytes(networkId), toAddress(recipient)))).toBe(tagScope)
    expect(cut(hashLabelled('pennypost/tag/v1', [networkId, recipient]))).toBe(tagScope)
  })

  test('predicateNumber', () => {
    const predicate = 'holds erc721:eip155:1:0x2358 and more'
    expect(toHex(signals.predicateNumber(new TextEncoder().encode(predicate)))).toBe(keccak256(stringToHex(predicate)))
  })
})

describe('hashes of the circuits: vectors, circomlibjs and the SDK agree', async () => {
  const reference = await buildPoseidon()
  const P = (...inputs: bigint[]) => reference.F.toObject(reference(inputs))

  test.each(vectors.tickets.map(toIntegers))('a ticket with message id $messageId of $limit', (row) => {
    const { secret, person, messageId, limit, expiry, classId, scope, tagScope, x } = row
    const note = { commitment: row.commitment, classId, limit, expiry }

    expect([signals.secretHashOf(secret), P(7n, secret)]).toEqual([row.secretHash, row.secretHash])
    expect([signals.personHashOf(person), P(6n, person)]).toEqual([row.personHash, row.personHash])
    expect(signals.commitmentOf(row.secretHash, row.personHash)).toBe(row.commitment)
    expect(P(1n, row.secretHash, row.personHash)).toBe(row.commitment)
    expect([signals.leafOf(note), P(row.commitment, classId, limit, expiry)]).toEqual([row.leaf, row.leaf])
    expect(signals.credentialOf(note)).toBe(row.credential)
    expect(P(5n, row.commitment, classId, limit, expiry)).toBe(row.credential)

    const { a1, y, nullifier, tag } = row
    const shown = signals.ticketSignals({ secret, person, messageId, scope, tagScope, x })
    expect(shown).toEqual({ a1, y, nullifier, tag })
    expect(P(2n, secret, scope, messageId)).toBe(a1)
    expect((secret + a1 * x) % FIELD_ORDER).toBe(y)
    expect([P(3n, a1), P(4n, person, tagScope)]).toEqual([nullifier, tag])
  })
})

describe('recoverSecret', () => {
  prop.prop([field, field, field, field])('finds the secret in two points of one line', (secret, a1, x, other) => {
    fc.pre(x !== other)
    const share = (at: bigint) => ({ x: at, y: signals.yOf(secret, a1, at) })
    expect(signals.recoverSecret(share(x), share(other))).toBe(secret)
  })

  test('refuses two shares with one x', () => {
    expect(() => signals.recoverSecret({ x: 5n, y: 1n }, { x: 5n, y: 2n })).toThrow(RangeError)
  })
})

test('walletHolder puts the address after 12 zero bytes', () => {
  const holder = signals.walletHolder(new Uint8Array(20).fill(9))
  expect(holder).toEqual(Uint8Array.from([...new Uint8Array(12), ...new Uint8Array(20).fill(9)]))
  expect(() => signals.walletHolder(new Uint8Array(19))).toThrow(RangeError)
})

test('bytes32 of another length are refused', () => {
  const use = { networkId: new Uint8Array(31), topic: '', holder: new Uint8Array(32), units: 1n, expiresAt: 1n }
  expect(() => signals.useOf(use)).toThrow(RangeError)
  expect(() => signals.xOf(new Uint8Array(33))).toThrow(RangeError)
})

/** keccak256(abi.encode(label, ...words)), by viem. */
function hashLabelled(label: string, words: readonly Hex[]): Hex {
  const types = [{ type: 'string' }, ...words.map(() => ({ type: 'bytes32' }))]
  return keccak256(encodeAbiParameters(types, [label, ...words]))
}

const cut = (hash: Hex) => toHex(BigInt(hash) >> 8n)
