import { fc, test as prop } from '@fast-check/vitest'
import { describe, expect, test } from 'vitest'
import { digestEnvelope } from '../../../sdk/codec/envelope.ts'
import { encodeEnvelopeEvidence, encodeLaneEvidence } from '../../../sdk/codec/envelope-evidence.ts'
import { envelopeStatement } from '../../../sdk/codec/lane.ts'
import { type PaymentPlace, placeToMessage } from '../../../sdk/codec/payment.ts'
import { conditionToMessage } from '../../../sdk/codec/policy.ts'
import { ed25519PublicKey, signEd25519 } from '../../../sdk/crypto/ed25519.ts'
import { useOf, walletHolder } from '../../../sdk/crypto/use.ts'
import { type Condition, parseRule } from '../../../sdk/policy/index.ts'
import { type EvidenceTarget, type OpenedPayment, readEnvelopeEvidence } from '../../../sdk/verifier/index.ts'
import { pay } from '../../helpers/payments.ts'
import { networkId, recipient, seeded } from '../../helpers/world.ts'

// A node hands bob what was paid for an envelope. It may hand over anything; it has no key but its own.

const topic = '/xmtp/0/sealed-bob/proto'
const envelope = { contentTopic: topic, timestampNs: 1_750_000_000_000_000_000n, message: new Uint8Array(1024).fill(7) }
const author = seeded(21)(20)

type Lane = { seed?: Uint8Array; holder?: Uint8Array; units?: number; expiresAt?: bigint }

const laneOf = ({ seed = seeded(22)(32), units = 16, expiresAt = 1_750_003_600n, ...rest }: Lane = {}) => {
  const fields = { holder: rest.holder ?? ed25519PublicKey(seed), units, expiresAt }
  return { ...fields, seed, use: useOf({ ...fields, networkId, topic, units: BigInt(units) }) }
}

type Handed = {
  lane?: ReturnType<typeof laneOf>
  /** What the lane says of itself, where it lies. */
  says?: Partial<ReturnType<typeof laneOf>>
  places?: PaymentPlace[]
  counter?: number
  signed?: { counter?: number; envelope?: typeof envelope; seed?: Uint8Array }
  signature?: Uint8Array
}

/** What a node hands over: true unless told otherwise. */
function hand({ lane = laneOf(), says, places, counter = 1, signed = {}, signature }: Handed = {}): Uint8Array {
  const of = signed.envelope ?? envelope
  const statement = envelopeStatement(lane.use, {
    counter: signed.counter ?? counter,
    timestampNs: of.timestampNs,
    digest: digestEnvelope(of),
  })
  const payments = (places ?? [pay({ use: lane.use }).place]).map(placeToMessage)
  return encodeEnvelopeEvidence({
    lane: encodeLaneEvidence({ holder: lane.holder, units: lane.units, expiresAt: lane.expiresAt, payments, ...says }),
    counter,
    signature: signature ?? signEd25519(statement, signed.seed ?? lane.seed),
  })
}

const shown = (evidence: Uint8Array, more: Partial<EvidenceTarget> = {}) =>
  readEnvelopeEvidence(evidence, { networkId, envelope, recipient, author, ...more })

const read = (evidence: Uint8Array, more?: Partial<EvidenceTarget>) => shown(evidence, more)?.payments

describe('what a node hands over beside an envelope', () => {
  test('is believed where the lane that was paid for has signed the envelope, whatever its counter', () => {
    const { use } = laneOf()
    const expected = [{ place: pay({ use }).place, use }]
    expect(read(hand())).toEqual(expected)
    expect(read(hand({ counter: 9 }))).toEqual(expected)
    const places = [pay({ use, index: 0 }).place, pay({ use, index: 4, tip: 9n }).place]
    expect(read(hand({ places }))).toEqual(places.map((place) => ({ place, use })))
  })

  test('is believed of a wallet’s lane where that wallet has written what is in the envelope', () => {
    const lane = laneOf({ holder: walletHolder(author) })
    const paid = hand({ lane, signature: new Uint8Array() })
    expect(read(paid)).toEqual([{ place: pay({ use: lane.use }).place, use: lane.use }])
    expect(read(paid, { author: seeded(23)(20) })).toBeUndefined()
  })

  const other = { ...envelope, message: new Uint8Array(1024).fill(8) }
  const mine = laneOf({ seed: seeded(24)(32) })
  const { use } = laneOf()
  test.each<[string, Uint8Array]>([
    ['is the payment of another letter, with that letter’s signature', hand({ signed: { envelope: other } })],
    [
      'is the payment of another letter, under a lane of the node’s',
      hand({ lane: mine, places: [pay({ use }).place] }),
    ],
    ['is signed by the node', hand({ signed: { seed: mine.seed } })],
    ['is signed for another counter', hand({ signed: { counter: 2 } })],
    [
      'is signed an hour later',
      hand({ signed: { envelope: { ...envelope, timestampNs: envelope.timestampNs + 1n } } }),
    ],
    ['is not signed', hand({ signature: new Uint8Array() })],
    ['is of a lane that lasts longer', hand({ says: { expiresAt: 1_750_003_601n } })],
    ['is of a larger lane', hand({ says: { units: 17 } })],
    ['is of a shorter holder', hand({ says: { holder: mine.holder.slice(1) } })],
    ['is a payment to somebody else', hand({ places: [pay({ use, recipient: seeded(25)(20) }).place] })],
    ['is at another index', hand({ places: [{ ...pay({ use }).place, index: 3 }] })],
    [
      'has other terms',
      hand({ places: [{ ...pay({ use }).place, terms: { ...pay({ use }).place.terms, root: use } }] }),
    ],
    ['is a true one and a false one', hand({ places: [pay({ use }).place, pay({ use: mine.use }).place] })],
    ['is nothing', hand({ places: [] })],
    ['is more than a lane takes', hand({ places: Array.from({ length: 65 }, () => pay({ use }).place) })],
    ['is no message', new Uint8Array([0xff])],
    ['is a message of something else', encodeEnvelopeEvidence({ lane: new Uint8Array([0xff]) })],
  ])('that %s is not believed', (_, paid) => {
    expect(read(paid)).toBeUndefined()
  })

  test.each([
    ['on another topic', { envelope: { ...envelope, contentTopic: '/xmtp/0/sealed-carol/proto' } }],
    ['on another network', { networkId: seeded(26)(32) }],
    ['for another reader', { recipient: seeded(27)(20) }],
  ])('is not believed %s', (_, more) => {
    expect(read(hand(), more)).toBeUndefined()
  })

  prop.prop([fc.uint8Array({ maxLength: 300 })])('never throws, whatever it is', (bytes) => {
    expect(read(bytes)).toBeUndefined()
  })

  prop.prop([fc.nat(), fc.integer({ min: 1, max: 255 })])(
    'is for the same use and at the same place, whatever byte has changed',
    (at, by) => {
      const paid = hand()
      const index = at % paid.length
      paid[index] = (paid[index] ?? 0) ^ by
      const bound = ({ place: { salt, siblings, terms, index }, use }: OpenedPayment) => ({
        use,
        place: [salt, siblings, index, terms.root],
      })
      // Amounts and payer are bound by what the chain knows the payment by: another one was never paid.
      for (const one of read(paid) ?? [])
        expect(bound(one)).toEqual(bound(read(hand())?.[0] ?? expect.fail('It is true.')))
    },
  )
})

describe('which conditions a node says were met', () => {
  const [one, other] = [seeded(31)(64), seeded(32)(64)]
  const holds = 'holds eip155:1/slip44:60 >= 0.5'
  type Said = { rule: string; evidence: string; classNumber?: number; issuers?: Uint8Array[] }
  type Beside = { tag?: Uint8Array; places?: PaymentPlace[] }
  const tag = seeded(33)(32)

  const read = (said: readonly Said[], { tag, places = [] }: Beside = {}) => {
    const met = said.map(({ rule, ...more }) => ({
      ...more,
      condition: conditionToMessage(parseRule(rule) as Condition),
    }))
    return shown(hand({ places, says: { met } as never }), { tag })?.met
  }

  test.each<[string, Said[], Beside]>([
    ['a stamp', [{ rule: 'stamp 2', evidence: 'ticket', classNumber: 1 }], { tag }],
    ['a stake', [{ rule: 'stake 3', evidence: 'ticket', classNumber: 3 }], { tag }],
    ['a request', [{ rule: 'request', evidence: 'work' }], {}],
    ['work', [{ rule: 'work 9', evidence: 'work' }], {}],
    ['a connection', [{ rule: 'connection', evidence: 'connection' }], {}],
    ['a fact without a name', [{ rule: holds, evidence: 'credential', issuers: [one] }], { tag }],
    [
      'a fact of two issuers',
      [{ rule: `${holds} by 2 issuers`, evidence: 'credential', issuers: [one, other] }],
      { tag },
    ],
    ['a fact by name', [{ rule: holds, evidence: 'claim', issuers: [one] }], {}],
    ['a fact by proof', [{ rule: `${holds} by proof`, evidence: 'holding' }], {}],
    ['a payment', [{ rule: 'tip 0.5', evidence: 'payment' }], { places: [pay({ use: laneOf().use }).place] }],
    [
      'a stamp and a request',
      [
        { rule: 'stamp 1', evidence: 'ticket', classNumber: 1 },
        { rule: 'request', evidence: 'work' },
      ],
      { tag },
    ],
  ])('is %s', (_, said, beside) => {
    expect(read(said, beside)).toEqual(
      said.map(({ rule, evidence, classNumber, issuers = [] }) => {
        return { condition: parseRule(rule), evidence, classNumber, issuers }
      }),
    )
  })

  test.each<[string, Said, Beside]>([
    ['a stamp where the letter shows no pseudonym', { rule: 'stamp 1', evidence: 'ticket' }, {}],
    ['a fact without a name where it shows none', { rule: holds, evidence: 'credential', issuers: [one] }, {}],
    ['only a request where it shows one', { rule: 'request', evidence: 'work' }, { tag }],
    ['a stamp by work', { rule: 'stamp 1', evidence: 'work' }, {}],
    ['a request by a stamp', { rule: 'request', evidence: 'ticket' }, { tag }],
    ['a connection by a stamp', { rule: 'connection', evidence: 'ticket' }, { tag }],
    ['work by a connection', { rule: 'work 9', evidence: 'connection' }, {}],
    ['a stake by a ticket of another class', { rule: 'stake 3', evidence: 'ticket', classNumber: 2 }, { tag }],
    ['a payment that is not there', { rule: 'tip 0.5', evidence: 'payment' }, {}],
    ['more than was paid', { rule: 'tip 900', evidence: 'payment' }, { places: [pay({ use: laneOf().use }).place] }],
    ['postage by work', { rule: 'postage 0.1', evidence: 'work' }, { places: [pay({ use: laneOf().use }).place] }],
    ['a fact of no issuer', { rule: holds, evidence: 'claim' }, {}],
    ['a fact of one issuer twice', { rule: `${holds} by 2 issuers`, evidence: 'claim', issuers: [one, one] }, {}],
    ['a fact of too many', { rule: holds, evidence: 'claim', issuers: [one, other] }, {}],
    ['a fact of a key and of none', { rule: holds, evidence: 'claim', issuers: [one, one.slice(1)] }, {}],
    ['a fact of a key that is none', { rule: holds, evidence: 'claim', issuers: [one.slice(1)] }, {}],
    ['a fact by a stamp', { rule: holds, evidence: 'ticket' }, { tag }],
    ['a fact by proof that an issuer attests', { rule: `${holds} by proof`, evidence: 'holding', issuers: [one] }, {}],
    ['a fact by proof by word', { rule: `${holds} by proof`, evidence: 'claim', issuers: [one] }, {}],
    ['a stamp that an issuer attests', { rule: 'stamp 1', evidence: 'ticket', issuers: [one] }, { tag }],
    ['everyone', { rule: 'everyone', evidence: 'work' }, {}],
    ['nothing that is known', { rule: 'request', evidence: 'charm' }, {}],
  ])('is not believed to be %s', (_, said, beside) => {
    expect(read([said], beside)).toBeUndefined()
  })

  test('is not believed without a condition, and takes its payments with it', () => {
    const lie = { met: [{ evidence: 'work' }] } as never
    expect(shown(hand({ places: [], says: lie }))).toBeUndefined()
    expect(shown(hand({ says: lie }))).toBeUndefined()
    expect(shown(hand())).toMatchObject({ met: [], payments: [{}] })
  })
})
