import { describe, expect, test } from 'vitest'
import { fromBytes, toBytes32 } from '../../../sdk/crypto/abi.ts'
import type { BabyJubjubKey } from '../../../sdk/crypto/baby-jubjub.ts'
import { FIELD_ORDER } from '../../../sdk/crypto/field.ts'
import { type CredentialFields, fullHour } from '../../../sdk/evidence/index.ts'
import { prepareCredential } from '../../../sdk/evidence/prove-credential.ts'
import { effectiveRule, parseRule } from '../../../sdk/policy/index.ts'
import { digestEvidence, factClass, factExpiryOf, type LaneContext, nullifiersOf } from '../../../sdk/verifier/index.ts'
import { listOf } from '../../helpers/blocks.ts'
import {
  credentialEvidence,
  credentialRequest,
  factNote,
  factView,
  fakeCredential,
  issuer,
  issuerBytes,
  makeIssuer,
  malloryFact,
  rule,
  secondIssuer,
  smallPoints,
} from '../../helpers/credentials.ts'
import { forBoth } from '../../helpers/groth16.ts'
import {
  commonPolicy,
  connect,
  connectionEvidence,
  type Deciding,
  decide,
  type EvidenceInit,
  fakeTicket,
  laneRequest,
  ticketEvidence,
  topicPolicy,
} from '../../helpers/lanes.ts'
import { laneUse, mallory, now, recipient } from '../../helpers/world.ts'

const hour = 3600n
const byTwo = `${rule} by 2 issuers`

const shown = (
  evidence: EvidenceInit[],
  policy: string | Deciding['policy'] = rule,
  context: Partial<LaneContext> = {},
) => ({
  policy: typeof policy === 'string' ? topicPolicy(policy) : policy,
  request: { evidence },
  context: { checkpoint: factView(), ...context },
})
const one = (fields: Parameters<typeof fakeCredential>[0] = {}) => credentialEvidence(0, fakeCredential(fields))
const changed = (fields: Partial<CredentialFields>) => [credentialEvidence(0, { ...fakeCredential(), ...fields })]
const naming = (key: BabyJubjubKey): Deciding =>
  shown(changed({ issuer: issuerBytes(key) }), rule, { checkpoint: factView(key, issuer.key) })

const codeOf = async (deciding: Deciding) => {
  const { result } = await decide(deciding)
  return result.ok ? 'opened' : result.code
}

describe('a fact opens a lane', () => {
  test('by a credential, whose nullifier, tag and worth are kept', async () => {
    const credential = fakeCredential()
    const { asked, result } = await decide(shown([credentialEvidence(0, credential)]))
    const { statement, nullifier, x } = prepareCredential(credentialRequest())
    expect(asked).toEqual([{ proof: credential.proof, signals: statement.signals }])
    const y = fromBytes(credential.y)
    expect(result).toMatchObject({
      ok: true,
      nullifiers: [{ nullifier, x, y, noteClass: { kind: 3, number: 0 } }],
      tag: fromBytes(credential.tag),
      isRequest: false,
    })
    expect(nullifiersOf(laneRequest({ evidence: [one()] }))).toEqual([credential.nullifier])
  })

  test('worth 16 units and a day for each credential', async () => {
    const asking = (units: number, { ttl = 3600, issuers = [issuer] } = {}): Deciding => {
      const fields = { units, expiresAt: BigInt(now + ttl) }
      const request = { use: laneUse(fields), toward: { tagScope: 7n } }
      const evidence = issuers.map((by) => one({ ...request, by }))
      const deciding = shown(evidence, commonPolicy(`${rule} by ${issuers.length} issuers`))
      return { ...deciding, request: { ...fields, evidence } }
    }
    const issuers = [issuer, secondIssuer]
    expect(await codeOf(asking(16, { ttl: 86_400 }))).toBe('opened')
    expect(await codeOf(asking(17))).toBe('lane.too-many-units')
    expect(await codeOf(asking(16, { ttl: 86_401 }))).toBe('lane.too-long')
    expect(await codeOf(asking(32, { issuers }))).toBe('opened')
    expect(await codeOf(asking(33, { issuers }))).toBe('lane.too-many-units')
  })

  test('of this hour and of the hour before', async () => {
    for (const asOf of [fullHour(now), fullHour(now) - hour])
      expect(await codeOf(shown([one({ asOf })]))).toBe('opened')
  })

  test('attested by two, where two are asked: with one tag, whoever comes first', async () => {
    const pair = [one(), one({ by: secondIssuer })]
    for (const evidence of [pair, pair.toReversed()]) {
      const { asked, result } = await decide(shown(evidence, byTwo))
      expect([result.ok, asked.length]).toEqual([true, 2])
      expect(result.ok && new Set(result.nullifiers.map(({ nullifier }) => nullifier)).size).toBe(2)
    }
  })

  test("beside a stamp of the same person, and not beside another's", async () => {
    const both = `${rule} and stamp 1`
    expect(await codeOf(shown([one(), ticketEvidence(1, fakeTicket())], both))).toBe('opened')
    const others = ticketEvidence(1, fakeTicket({ note: mallory }))
    expect(await codeOf(shown([one(), others], both))).toBe('ticket.tags-differ')
  })

  test('for floor and rule at once only with two uses', async () => {
    const policy = topicPolicy(effectiveRule(parseRule(rule), parseRule(rule)))
    const [first, second] = [one(), { ...one({ messageId: 1 }), condition: 2 }]
    expect(await codeOf(shown([first, second], policy))).toBe('opened')
    expect(await codeOf(shown([first, { ...first, condition: 2 }], policy))).toBe('evidence.counted-twice')
    expect(await codeOf(shown([{ ...first, also: [2] }], policy))).toBe('evidence.malformed')
  })
})

describe('where a message id counts', () => {
  const nextEpoch = BigInt(factExpiryOf(Math.floor(now / factClass.epochLength)))
  const lasting = factNote(44, 1111n, { expiry: nextEpoch + 86_400n })
  const nullifierAt = (fields: Parameters<typeof credentialRequest>[0]) =>
    prepareCredential(credentialRequest({ note: lasting, ...fields })).nullifier

  test('is one epoch of one issuer of one network', () => {
    const here = nullifierAt({})
    expect(nullifierAt({ asOf: nextEpoch - hour })).toBe(here)
    const elsewhere = [{ asOf: nextEpoch }, { by: secondIssuer }, { networkId: new Uint8Array(32) }, { messageId: 1 }]
    expect(new Set([here, ...elsewhere.map(nullifierAt)]).size).toBe(5)
  })

  /** A credential of an hour, at a time after the next epoch has begun. */
  async function shownAt(at: bigint, asOf: bigint) {
    const latest = { ...factView().latest, issuedAt: nextEpoch }
    const lane = { expiresAt: nextEpoch + 2n * hour }
    const request = { note: lasting, asOf, use: laneUse(lane) }
    const deciding = shown([one(request)], rule, { now: Number(at), checkpoint: { ...factView(), latest } })
    const { asked, result } = await decide({ ...deciding, request: { ...deciding.request, ...lane } })
    return { result, asked, signals: prepareCredential(credentialRequest(request)).statement.signals }
  }

  test('is what the verifier asks the proof for, of the epoch of its hour', async () => {
    for (const asOf of [nextEpoch, nextEpoch + hour]) {
      const { asked, signals } = await shownAt(nextEpoch + hour, asOf)
      expect(asked.map((item) => item.signals)).toEqual([signals])
    }
  })

  test('is not the epoch before, in the first hour of the next: a new note would count there too', async () => {
    expect((await shownAt(nextEpoch, nextEpoch)).result).toMatchObject({ ok: true })
    for (const at of [nextEpoch, nextEpoch + hour - 1n]) {
      const { asked, result } = await shownAt(at, nextEpoch - hour)
      expect([asked.length, result]).toEqual([0, expect.objectContaining({ code: 'credential.out-of-date' })])
    }
  })
})

describe('a credential is refused, before any proof is verified,', () => {
  const word = new Uint8Array(32)
  test.each<[string, string, Deciding]>([
    ['credential.malformed', 'an issuer of 63 bytes', shown(changed({ issuer: new Uint8Array(63) }))],
    ['credential.malformed', 'a nullifier of 31 bytes', shown(changed({ nullifier: word.subarray(1) }))],
    ['credential.malformed', 'a nullifier outside the field', shown(changed({ nullifier: toBytes32(FIELD_ORDER) }))],
    ['credential.malformed', 'a y outside the field', shown(changed({ y: toBytes32(FIELD_ORDER) }))],
    ['credential.malformed', 'a tag outside the field', shown(changed({ tag: toBytes32(FIELD_ORDER) }))],
    ['credential.malformed', 'a tag scope on first contact', shown(changed({ tagScope: word }))],
    ['credential.malformed', 'no tag scope elsewhere', shown(changed({}), commonPolicy(rule))],
    [
      'credential.malformed',
      'a tag scope outside the field',
      shown(changed({ tagScope: toBytes32(FIELD_ORDER) }), commonPolicy(rule)),
    ],
    ['credential.malformed', 'a proof of 255 bytes', shown(changed({ proof: new Uint8Array(255) }))],
    ['credential.no-checkpoint', 'no checkpoint', shown([one()], rule, { checkpoint: undefined })],
    [
      'credential.no-checkpoint',
      'a checkpoint of yesterday',
      shown([one()], rule, {
        checkpoint: { ...factView(), latest: { ...factView().latest, issuedAt: BigInt(now - 86_401) } },
      }),
    ],
    ['credential.out-of-date', 'two hours ago', shown([one({ asOf: fullHour(now) - 2n * hour })])],
    ['credential.out-of-date', 'the next hour', shown([one({ asOf: fullHour(now) + hour })])],
    ['credential.out-of-date', 'a time between the hours', shown(changed({ asOf: fullHour(now) + 1n }))],
    ['credential.out-of-date', 'a time that no clock has', shown(changed({ asOf: 2n ** 64n - 3600n }))],
    ['credential.issuer-unknown', 'an issuer of nobody', shown([one({ by: makeIssuer(3_003n) })])],
    ['credential.issuer-unknown', 'terms without issuers', shown([one()], rule, { checkpoint: viewWithout() })],
    [
      'credential.issuer-unknown',
      'x and y exchanged',
      shown(changed({ issuer: issuerBytes({ x: issuer.key.y, y: issuer.key.x }) })),
    ],
    ['credential.issuer-unknown', 'the neutral point, which the terms name', naming(makeIssuer(0n).key)],
    ['credential.issuer-unknown', 'a point of order 2 in the terms', naming(makeIssuer(0n, smallPoints[2]).key)],
    ['credential.issuer-unknown', 'a point of order 8 in the terms', naming(makeIssuer(0n, smallPoints[8]).key)],
    [
      'credential.issuer-unknown',
      'a key outside the subgroup in the terms',
      naming(makeIssuer(1_001n, smallPoints[2]).key),
    ],
    [
      'credential.issuer-unknown',
      'a key off the curve in the terms',
      naming({ ...issuer.key, x: toBytes32(fromBytes(issuer.key.x) + 1n) }),
    ],
    [
      'credential.issuer-unknown',
      'another spelling of a key, which the terms name',
      naming({ ...issuer.key, x: toBytes32(fromBytes(issuer.key.x) + FIELD_ORDER) }),
    ],
    ['credential.issuers-too-few', 'one where two are asked', shown([one()], byTwo)],
    ['credential.issuers-too-few', 'two of one issuer', shown([one(), one({ messageId: 1 })], byTwo)],
    ['credential.issuers-too-few', 'the same twice', shown([one(), one()], byTwo)],
    ['evidence.malformed', 'two where one is asked', shown([one(), one({ by: secondIssuer })])],
    ['evidence.malformed', 'three where two are asked', shown([one(), one({ by: secondIssuer }), one()], byTwo)],
    ['evidence.malformed', 'a stamp', shown([ticketEvidence(0, fakeTicket())])],
    ['evidence.malformed', 'a connection', shown([connectionEvidence(0, connect())])],
    ['evidence.malformed', 'a stamp beside it', shown([one(), ticketEvidence(0, fakeTicket())], byTwo)],
    ['evidence.malformed', 'a credential for a stamp', shown([one()], 'stamp 1')],
    ['evidence.malformed', 'a credential for a stake', shown([one()], 'stake 2')],
    [
      'ticket.tags-differ',
      'notes of two people pooled',
      shown([one(), one({ by: secondIssuer, note: malloryFact })], byTwo),
    ],
    ['policy.refused', 'one where something else is asked too', shown([one()], `${rule} and connection`)],
  ])('with %s: %s', async (code, _, deciding) => {
    const { asked, result } = await decide(deciding)
    expect([result.ok || result.code, asked]).toEqual([code, []])
  })

  test('that was used, for this lane or for another, and gives nothing away', async () => {
    const { nullifier, x } = prepareCredential(credentialRequest())
    for (const first of [{ x: x + 1n, y: 5n }, { x: x + 1n }, { x, y: 5n }]) {
      const usedShare = (asked: bigint) => (asked === nullifier ? first : undefined)
      const { asked, result } = await decide(shown([one()], rule, { usedShare }))
      expect([result, asked]).toEqual([{ ok: false, code: 'credential.used', message: expect.any(String) }, []])
    }
  })

  test('of a blocked person, in this epoch, in the next, and by another issuer', async () => {
    const tag = fakeCredential().tag
    const policy = topicPolicy(rule, { blocks: listOf(recipient, { tags: [tag] }) })
    for (const fields of [{}, { by: secondIssuer }])
      expect(await codeOf(shown([one(fields)], policy))).toBe('policy.blocked')
    const next = factExpiryOf(Math.floor(now / factClass.epochLength))
    const lane = { expiresAt: BigInt(next) + hour }
    const latest = { ...factView().latest, issuedAt: BigInt(next) }
    const showNext = (seed: number, person: bigint) => {
      const note = factNote(seed, person, { expiry: BigInt(next + factClass.epochLength) })
      const asked = shown([one({ note, asOf: BigInt(next), use: laneUse(lane) })], policy)
      const context = { now: next, checkpoint: { ...factView(), latest } }
      return codeOf({ ...asked, request: { ...asked.request, ...lane }, context })
    }
    expect([await showNext(45, 1111n), await showNext(46, 6666n)]).toEqual(['policy.blocked', 'opened'])
    expect(await codeOf(shown([one({ note: malloryFact })], policy))).toBe('opened')
  })
})

describe('the proofs', () => {
  test('of tickets and credentials are asked of the back end of their circuit, and each must hold', async () => {
    const evidence = [one(), ticketEvidence(1, fakeTicket())]
    const asking = (ticket: boolean, credential: boolean) => {
      const lengths: number[] = []
      const answering = (answer: boolean) =>
        forBoth({ verify: async (items) => items.map(({ signals }) => lengths.push(signals.length) > 0 && answer) })
      const groth16 = { ticket: answering(ticket).ticket, credential: answering(credential).credential }
      return { lengths, deciding: shown(evidence, `${rule} and stamp 1`, { groth16 }) }
    }
    const all = asking(true, true)
    expect([await codeOf(all.deciding), all.lengths]).toEqual(['opened', [9, 10]])
    expect(await codeOf(asking(true, false).deciding)).toBe('credential.proof-invalid')
    expect(await codeOf(asking(false, true).deciding)).toBe('ticket.proof-invalid')
  })

  test('of two credentials must both hold', async () => {
    const evidence = [one(), one({ by: secondIssuer })]
    const groth16 = forBoth({ verify: async (items) => items.map((_, i) => i === 0) })
    expect(await codeOf(shown(evidence, byTwo, { groth16 }))).toBe('credential.proof-invalid')
  })
})

test('what a request shows is the same with another proof, and another with another share or nullifier', () => {
  const digest = (fields: Partial<CredentialFields>) =>
    digestEvidence(laneRequest({ evidence: changed(fields) })).toString()
  const same = digest({})
  expect(digest({ proof: new Uint8Array(256).fill(2) })).toBe(same)
  expect(new Set([same, digest({ y: toBytes32(1n) }), digest({ nullifier: toBytes32(1n) })]).size).toBe(3)
})

/** A checkpoint that was made before there were issuers. */
const viewWithout = () => ({ ...factView(), latest: { ...factView().latest, issuers: [] } })
