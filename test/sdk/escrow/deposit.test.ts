import { describe, expect, test } from 'vitest'
import { type Deposit, decodeDeposit, encodeDeposit } from '../../../sdk/codec/index.ts'
import { ed25519PublicKey, networkIdOf, publicKeyOf } from '../../../sdk/crypto/index.ts'
import {
  dealSecret,
  depositorKey,
  isChange,
  isDeposit,
  isHeld,
  letterSecret,
  signChange,
  signHeld,
} from '../../../sdk/escrow/index.ts'
import { countingBytes } from '../../helpers/random.ts'

const networkId = networkIdOf('pennypost-local')
const of = { identitySecret: new Uint8Array(32).fill(1), networkId, letter: new Uint8Array(32).fill(2) }
const random = countingBytes()
const dealt = dealSecret(letterSecret(of), { threshold: 2, trustees: 3, random })
const depositor = depositorKey(of)
const deposit: Deposit = decodeDeposit(
  encodeDeposit({
    letter: of.letter,
    recipient: new Uint8Array(20).fill(3),
    index: 2,
    trustees: 3,
    commitments: [...dealt.commitments],
    share: dealt.shares[1] as Uint8Array,
    lane: { topic: '/xmtp/0/m-channel/proto', key: random(32), units: 16, expiresAt: 900n },
    key: random(32),
    depositor: ed25519PublicKey(depositor),
    expiresAt: 1_000n,
  }),
)

describe('a deposit', () => {
  test('is one where all is there and the share is good', () => expect(isDeposit(deposit)).toBe(true))

  test.each<[string, Partial<Deposit>]>([
    ['the share of another', { share: dealt.shares[0] as Uint8Array }],
    ['another index', { index: 3 }],
    ['an index beyond', { index: 4 }],
    ['no index', { index: 0 }],
    ['fewer trustees than are enough', { trustees: 1 }],
    ['too many trustees', { trustees: 17 }],
    ['other commitments', { commitments: [...dealt.commitments].reverse() }],
    ['no commitments', { commitments: [] }],
    ['a name that is short', { letter: new Uint8Array(31) }],
    ['half a recipient', { recipient: new Uint8Array(10) }],
    ['no key', { key: new Uint8Array() }],
    ['no depositor', { depositor: new Uint8Array() }],
  ])('with %s is none', (_, change) => expect(isDeposit({ ...deposit, ...change })).toBe(false))

  test('without a lane, or one without a key, is none', () => {
    const { lane, ...rest } = deposit
    expect(isDeposit(rest as Deposit)).toBe(false)
    expect(isDeposit({ ...deposit, lane: { ...lane, key: new Uint8Array(3) } } as Deposit)).toBe(false)
  })

  test('is acknowledged by the trustee alone, on its network, for these bytes', () => {
    const secret = new Uint8Array(32).fill(5)
    const identityKey = publicKeyOf(secret)
    const signature = signHeld(networkId, deposit, secret)
    const bytes = encodeDeposit(deposit)
    expect(isHeld(networkId, bytes, { signature, identityKey })).toBe(true)
    expect(isHeld(networkIdOf('other'), bytes, { signature, identityKey })).toBe(false)
    expect(isHeld(networkId, bytes, { signature, identityKey: publicKeyOf(of.letter) })).toBe(false)
    expect(isHeld(networkId, encodeDeposit({ ...deposit, expiresAt: 1_001n }), { signature, identityKey })).toBe(false)
  })

  test('is changed by the word of its depositor alone: of this end, this version, this letter', () => {
    const change = { letter: of.letter, expiresAt: 0n, version: 1 }
    const signature = signChange(networkId, change, depositor)
    expect(isChange(networkId, { ...change, signature }, deposit.depositor)).toBe(true)
    const strangers = [{ version: 2 }, { expiresAt: 1n }, { letter: new Uint8Array(32) }]
    for (const other of strangers)
      expect(isChange(networkId, { ...change, signature, ...other }, deposit.depositor)).toBe(false)
    expect(isChange(networkIdOf('other'), { ...change, signature }, deposit.depositor)).toBe(false)
    expect(isChange(networkId, { ...change, signature }, ed25519PublicKey(of.letter))).toBe(false)
  })
})

test('what an account derives is its own for each letter and network, and secret and key say nothing of each other', () => {
  const others = [
    of,
    { ...of, letter: new Uint8Array(32) },
    { ...of, networkId: networkIdOf('other') },
    { ...of, identitySecret: of.letter },
  ]
  const derived = others.flatMap((one) => [letterSecret(one), depositorKey(one)].map(String))
  expect(new Set(derived).size).toBe(8)
  expect(letterSecret({ ...of })).toEqual(letterSecret(of))
})
