import { fc, test as prop } from '@fast-check/vitest'
import { describe, expect, test } from 'vitest'
import { digestEnvelope } from '../../../sdk/codec/envelope.ts'
import { renewalStatement } from '../../../sdk/codec/lane.ts'
import { signEd25519 } from '../../../sdk/crypto/ed25519.ts'
import { walletHolder } from '../../../sdk/crypto/use.ts'
import { checkEnvelope, checkRenewal, type LaneState, unitsOf } from '../../../sdk/verifier/index.ts'
import { envelopeOf, laneState, seed } from '../../helpers/envelopes.ts'
import { lane, now, seeded } from '../../helpers/world.ts'

/** The lane after an envelope. */
function publish(state: LaneState, published = envelopeOf()): LaneState {
  const checked = checkEnvelope(state, published, now)
  if (!checked.ok) throw new Error(checked.message)
  return checked.lane
}

describe('checkEnvelope', () => {
  test('accepts what the holder signed, and says what is left', () => {
    const published = envelopeOf({ message: new Uint8Array(4097) }, 7)
    const checked = checkEnvelope(laneState(), published, now)
    expect(checked).toEqual({
      ok: true,
      digest: digestEnvelope(published.envelope!),
      lane: laneState({ usedUnits: 2, usedEnvelopes: 1, counter: 7 }),
    })
  })

  test('accepts until the last second, the last unit and the last envelope', () => {
    expect(checkEnvelope(laneState({ usedEnvelopes: 99 }), envelopeOf(), now).ok).toBe(true)
    expect(checkEnvelope(laneState(), envelopeOf(), Number(lane.expiresAt) - 1).ok).toBe(true)
    expect(checkEnvelope(laneState({ usedUnits: 15 }), envelopeOf({ message: new Uint8Array(4096) }), now).ok).toBe(
      true,
    )
  })

  test.each<[string, Parameters<typeof envelopeOf>[0]]>([
    ['message', { message: new Uint8Array([1, 2, 4]) }],
    ['time', { timestampNs: 6n }],
  ])('refuses another %s under the same signature', (_, fields) => {
    const { signature } = envelopeOf()
    const checked = checkEnvelope(laneState(), { ...envelopeOf(fields), signature }, now)
    expect(checked).toMatchObject({ code: 'envelope.signature-invalid' })
  })

  test('refuses the same signature under another counter', () => {
    const checked = checkEnvelope(laneState(), { ...envelopeOf(), counter: 2 }, now)
    expect(checked).toMatchObject({ code: 'envelope.signature-invalid' })
  })

  test("refuses a wallet's lane: nobody has the Ed25519 key that its holder spells", () => {
    const state = laneState({ holder: walletHolder(seeded(6)(20)) })
    expect(checkEnvelope(state, envelopeOf(), now)).toMatchObject({ code: 'envelope.signature-invalid' })
  })

  prop.prop([fc.array(fc.nat({ max: 3 * 4096 }), { minLength: 1, maxLength: 8 })])(
    'never lets a lane publish more than its units',
    (lengths) => {
      let state = laneState({ units: 6 })
      let counter = 0
      for (const length of lengths) {
        const checked = checkEnvelope(state, envelopeOf({ message: new Uint8Array(length) }, ++counter), now)
        if (checked.ok) state = checked.lane
      }
      expect(state.usedUnits).toBeLessThanOrEqual(6)
    },
  )

  test('lets counters skip, and never return', () => {
    const state = publish(laneState(), envelopeOf({}, 9))
    expect(checkEnvelope(state, envelopeOf({}, 9), now)).toMatchObject({ code: 'envelope.counter-too-low' })
    expect(publish(state, envelopeOf({}, 10)).counter).toBe(10)
  })
})

test.each([
  [0, 1],
  [1, 1],
  [4096, 1],
  [4097, 2],
  [65_536, 16],
])('%s bytes cost %s units', (bytes, units) => {
  expect(unitsOf(new Uint8Array(bytes))).toBe(units)
})

describe('checkRenewal', () => {
  const use = seeded(12)(32)
  const renewal = (statement: Uint8Array) => ({
    $typeName: 'pennypost.v1.Renewal' as const,
    use: laneState().use,
    signature: signEd25519(statement, seed),
  })

  test('accepts what the holder signed for that lane, and nothing else', () => {
    const good = renewal(renewalStatement(use))
    expect(checkRenewal(laneState(), good, use)).toBe(true)
    expect(checkRenewal(laneState(), good, seeded(13)(32))).toBe(false)
    expect(checkRenewal(laneState({ use: seeded(13)(32) }), good, use)).toBe(false)
    expect(checkRenewal(laneState({ holder: seeded(13)(32) }), good, use)).toBe(false)
    expect(checkRenewal(laneState(), renewal(use), use)).toBe(false)
  })
})
