import { readFileSync } from 'node:fs'
import { fc, test as prop } from '@fast-check/vitest'
import { beforeAll, describe, expect, test } from 'vitest'
import { type ConsentAction, type ConsentProof, preferencesTopic } from '../../../sdk/codec/index.ts'
import {
  consentOf,
  consentText,
  derivePreferences,
  emptyConsent,
  openConsentAction,
  openConsentLog,
  replayConsent,
  sealConsentAction,
  signConsentProof,
  verifyConsentProof,
} from '../../../sdk/consent/index.ts'
import { AeadRefusedError, fromHex, publicKeyOf } from '../../../sdk/crypto/index.ts'
import { walletOf } from '../../helpers/accounts.ts'
import { expectTyped } from '../../helpers/random.ts'

const { preferences: vector } = JSON.parse(readFileSync('test/vectors/xmtp-v2.json', 'utf8'))
const secret = fromHex(vector.identityPrivateKey)
const keys = derivePreferences(secret)
const other = walletOf(0x99).address
const allow = (...values: string[]): ConsentAction => ({ state: 'allowed', subject: 'address', values })
const deny = (...values: string[]): ConsentAction => ({ state: 'denied', subject: 'address', values })

describe('preferences', () => {
  test('lie on the topic of the fixed vector', () => {
    expect(keys.topic).toBe(preferencesTopic(vector.id))
    expect(keys.associatedData).toEqual(publicKeyOf(secret))
  })

  prop.prop([fc.array(fc.string({ unit: 'grapheme' }))])('are read with the same identity only', (values) => {
    const message = sealConsentAction(allow(...values), keys)
    expect(openConsentAction(message, keys)).toEqual(allow(...values))
    const stranger = derivePreferences(new Uint8Array(32).fill(9))
    expect(() => openConsentAction(message, stranger)).toThrow(AeadRefusedError)
  })

  prop.prop([fc.uint8Array()])('random bytes are none', (bytes) => {
    expectTyped(() => openConsentAction(bytes, keys))
  })

  test('that strangers wrote on the topic are left out', () => {
    const stranger = derivePreferences(new Uint8Array(32).fill(9))
    const log = [sealConsentAction(allow(other), keys), sealConsentAction(deny(other), stranger), Uint8Array.of(0xff)]
    expect(
      openConsentLog(
        log.map((message) => ({ message })),
        keys,
      ),
    ).toEqual([allow(other)])
  })
})

describe('the consent list', () => {
  test.each<[string, ConsentAction[], string]>([
    ['is unknown where nothing was said', [], 'unknown'],
    ['knows who was allowed', [allow(other)], 'allowed'],
    ['takes the last word', [allow(other), deny(other)], 'denied'],
    ['takes the last word again', [deny(other), allow(other)], 'allowed'],
    ['reads addresses in any case', [deny(other.toLowerCase())], 'denied'],
    ['keeps groups and addresses apart', [{ state: 'allowed', subject: 'group', values: [other] }], 'unknown'],
  ])('%s', (_, actions, expected) => {
    expect(consentOf(replayConsent(emptyConsent, actions), other)).toBe(expected)
  })

  test('knows groups and inboxes', () => {
    const list = replayConsent(emptyConsent, [
      { state: 'allowed', subject: 'group', values: ['g'] },
      { state: 'denied', subject: 'inbox', values: ['g'] },
    ])
    expect(consentOf(list, 'g', 'group')).toBe('allowed')
    expect(consentOf(list, 'g', 'inbox')).toBe('denied')
  })

  const actions = fc.array(
    fc.tuple(fc.boolean(), fc.nat(5)).map(([ok, i]) => (ok ? allow : deny)(walletOf(i + 1).address)),
  )
  prop.prop([actions, fc.nat()])('is the same whether replayed at once or in two parts', (log, at) => {
    const cut = at % (log.length + 1)
    const parts = replayConsent(replayConsent(emptyConsent, log.slice(0, cut)), log.slice(cut))
    expect(parts).toEqual(replayConsent(emptyConsent, log))
  })
})

describe('a proof of consent', () => {
  const now = 1_700_000_000
  const wallet = walletOf(0x11)
  const context = { sender: other, recipient: wallet.address, now }
  const day = 86_400
  let proof: ConsentProof
  beforeAll(async () => {
    proof = await signConsentProof(wallet, other, now * 1000)
  })

  test('says in words who and when', () => {
    expect(consentText(other, now * 1000)).toBe(
      `XMTP : Grant inbox consent to sender\n\nCurrent Time: Tue, 14 Nov 2023 22:13:20 GMT\nFrom Address: ${other}\n\nFor more info: https://xmtp.org/signatures/`,
    )
  })

  test.each([0, 1, 30 * day])('counts after %i seconds', (age) => {
    expect(verifyConsentProof(proof, { ...context, now: now + age })).toBe(true)
  })

  test.each<[string, () => Parameters<typeof verifyConsentProof>]>([
    ['from the future', () => [proof, { ...context, now: now - 1 }]],
    ['older than 30 days', () => [proof, { ...context, now: now + 30 * day + 1 }]],
    ['for another sender', () => [proof, { ...context, sender: wallet.address }]],
    ['of another wallet', () => [proof, { ...context, recipient: other }]],
    ['of another time', () => [{ ...proof, timestamp: proof.timestamp - 1000n }, context]],
    ['without a time', () => [{ ...proof, timestamp: 0n }, context]],
    [
      'of a time that is no date',
      () => [
        { ...proof, timestamp: 2n ** 64n - 1n },
        { ...context, now: 2 ** 64 },
      ],
    ],
    ['without a signature', () => [{ ...proof, signature: '' }, context]],
    ['with a signature that is no hex', () => [{ ...proof, signature: 'zz' }, context]],
  ])('%s does not count', (_, given) => {
    expect(verifyConsentProof(...given())).toBe(false)
  })
})
