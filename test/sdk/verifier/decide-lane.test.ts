import { beforeAll, describe, expect, test } from 'vitest'
import { fromBytes } from '../../../sdk/crypto/abi.ts'
import { walletHolder } from '../../../sdk/crypto/use.ts'
import { createTagScope, type TicketFields } from '../../../sdk/evidence/index.ts'
import { ticketKey } from '../../../sdk/generated/keys.ts'
import { effectiveRule, parseRule } from '../../../sdk/policy/index.ts'
import { formatTime } from '../../../sdk/policy/time.ts'
import {
  createPortableGroth16,
  LANE_LIMITS,
  nullifiersOf,
  type OpenedLane,
  type TopicPolicy,
} from '../../../sdk/verifier/index.ts'
import { forBoth } from '../../helpers/groth16.ts'
import {
  commonPolicy,
  connect,
  connectionEvidence,
  type Deciding,
  decide,
  fakeTicket,
  findNonce,
  laneRequest,
  type RequestInit,
  ticketEvidence,
  topicPolicy,
  workEvidence,
} from '../../helpers/lanes.ts'
import { proveTickets } from '../../helpers/proofs.ts'
import { lane, laneUse, now, seeded, ticketRequest } from '../../helpers/world.ts'

const groth16 = forBoth(createPortableGroth16(ticketKey))

async function opened(deciding: Deciding): Promise<OpenedLane> {
  const { result } = await decide(deciding)
  if (!result.ok) throw new Error(`${result.code}: ${result.message}`)
  return result
}

const codeOf = async (deciding: Deciding) => {
  const { result } = await decide(deciding)
  return result.ok ? 'opened' : result.code
}

/** Alice's ticket of one message id, for a lane of so many units. */
const ticket = (messageId: number, units = 1) => fakeTicket({ messageId, use: laneUse({ units }) })
const enough = (bits: number) => (found: number) => found >= bits

describe('a lane with real proofs', () => {
  const tagScope = createTagScope(seeded(4))
  let single: TicketFields
  let pair: TicketFields[]
  let common: TicketFields

  beforeAll(async () => {
    const use = laneUse({ units: 8 })
    const [first, ...rest] = await proveTickets([
      ticketRequest(),
      ticketRequest({ messageId: 1, use }),
      ticketRequest({ messageId: 2, use }),
      ticketRequest({ messageId: 3, toward: { tagScope } }),
    ])
    single = first!
    pair = rest.slice(0, 2)
    common = rest[2]!
  })

  test('is opened by a stamp, for one envelope', async () => {
    const evidence = [ticketEvidence(0, single)]
    const result = await opened({ request: { evidence }, policy: topicPolicy('stamp 1'), context: { groth16 } })
    expect(result).toEqual({
      ok: true,
      lane: { ...lane, use: laneUse(), expiresAt: Number(lane.expiresAt), envelopes: 1 },
      nullifiers: [
        {
          nullifier: fromBytes(single.nullifier),
          x: fromBytes(laneUse()) >> 8n,
          y: fromBytes(single.y),
          noteClass: { kind: 1, number: 1 },
        },
      ],
      tag: fromBytes(single.tag),
      payers: [],
      connections: [],
      payments: [],
      met: [{ condition: { kind: 'stamp', count: 1 }, evidence: 'ticket', classNumber: 1, issuers: [] }],
      isRequest: false,
      checkpointSequence: 1n,
    })
    expect(nullifiersOf(laneRequest({ evidence }))).toEqual([single.nullifier])
  })

  test('is worth two stamps where two are shown, with one tag', async () => {
    const request = { units: 8, evidence: pair.map((value) => ticketEvidence(0, value)) }
    const result = await opened({ request, policy: topicPolicy('stamp 2'), context: { groth16 } })
    expect(result.nullifiers.map(({ nullifier }) => nullifier)).toEqual(
      pair.map(({ nullifier }) => fromBytes(nullifier)),
    )
    expect(pair.map(({ tag }) => fromBytes(tag))).toEqual([result.tag, result.tag])
  })

  test('elsewhere than on first contact carries many envelopes, under a tag of its own', async () => {
    const evidence = [ticketEvidence(0, common)]
    const result = await opened({ request: { evidence }, policy: commonPolicy('stamp 1'), context: { groth16 } })
    expect(result.lane.envelopes).toBe(0xffffffff)
    expect(result.tag).not.toBe(fromBytes(single.tag))
  })

  test.each<[string, Partial<typeof lane>]>([
    ['another topic', { topic: `${lane.topic}x` }],
    ['another holder', { holder: new Uint8Array(32).fill(8) }],
    ['more units', { units: 2 }],
    ['another hour', { expiresAt: lane.expiresAt + 1n }],
  ])('is not opened with %s than the proof is for', async (_, fields) => {
    const request = { ...fields, evidence: [ticketEvidence(0, single)] }
    expect(await codeOf({ request, policy: topicPolicy('stamp 1'), context: { groth16 } })).toBe('ticket.proof-invalid')
  })

  test('is not opened toward another recipient', async () => {
    const policy = topicPolicy('stamp 1', { recipient: new Uint8Array(20).fill(1) })
    const request = { evidence: [ticketEvidence(0, single)] }
    expect(await codeOf({ request, policy, context: { groth16 } })).toBe('ticket.proof-invalid')
  })
})

describe('a first contact where floor and rule each ask for a stamp', () => {
  const policy = topicPolicy(effectiveRule(parseRule('stamp 1'), parseRule('stamp 1')))
  test.each<[string, NonNullable<RequestInit['evidence']>, string]>([
    ['two stamps', [ticketEvidence(0, ticket(0)), ticketEvidence(2, ticket(1))], 'opened'],
    ['one for the floor', [ticketEvidence(0, ticket(0))], 'policy.refused'],
    ['one for the rule', [ticketEvidence(2, ticket(0))], 'policy.refused'],
    ['one shown twice', [ticketEvidence(0, ticket(0)), ticketEvidence(2, ticket(0))], 'evidence.counted-twice'],
    ['one that says it is for both', [{ ...ticketEvidence(0, ticket(0)), also: [2] }], 'evidence.malformed'],
  ])('takes two: with %s', async (_, evidence, code) => {
    expect(await codeOf({ request: { evidence }, policy })).toBe(code)
  })
})

describe('each kind of evidence opens a lane', () => {
  test.each<[string, Deciding]>([
    ['none, where everyone may write', { policy: topicPolicy('everyone') }],
    ['a connection', { policy: topicPolicy('connection'), request: { evidence: [connectionEvidence(0, connect())] } }],
    [
      'a connection with a wallet',
      {
        policy: topicPolicy('connection'),
        request: {
          holder: walletHolder(seeded(6)(20)),
          evidence: [connectionEvidence(0, connect({ holder: walletHolder(seeded(6)(20)) }))],
        },
      },
    ],
    ['work', { policy: topicPolicy('work 8'), request: { evidence: [workEvidence(0, findNonce(0, enough(8)))] } }],
    [
      'the second of two ways',
      { policy: topicPolicy('connection or stamp 1'), request: { evidence: [ticketEvidence(1, ticket(0))] } },
    ],
    [
      'all that is asked',
      {
        policy: topicPolicy('work 4 and (connection or stamp 1)'),
        request: { evidence: [workEvidence(0, findNonce(0, enough(4))), ticketEvidence(2, ticket(0))] },
      },
    ],
    [
      'a stamp at a clock with fractions',
      {
        policy: topicPolicy('stamp 1'),
        request: { evidence: [ticketEvidence(0, ticket(0))] },
        context: { now: now + 0.5 },
      },
    ],
    [
      'as many pieces as there may be',
      {
        policy: topicPolicy(Array(64).fill('work 1').join(' and ')),
        request: { evidence: Array.from({ length: 64 }, (_, i) => workEvidence(i, findNonce(i, enough(1)))) },
      },
    ],
    ['none, in a window that opens now', { policy: topicPolicy(`after ${formatTime(now)}`) }],
    [
      'none, in a window that closed within the hour of a quote',
      { policy: topicPolicy(`before ${formatTime(now - 3599)}`) },
    ],
    ['none, on the longest topic', { policy: topicPolicy('everyone'), request: { topic: 'x'.repeat(300) } }],
  ])('%s', async (_, deciding) => {
    expect(await codeOf(deciding)).toBe('opened')
  })

  test.each([
    ['a window that closed an hour ago', `before ${formatTime(now - 3600)}`],
    ['a window that opens in a second', `after ${formatTime(now + 1)}`],
  ])('none in %s', async (_, rule) => {
    expect(await codeOf({ policy: topicPolicy(rule) })).toBe('policy.refused')
    const policy = topicPolicy(`${rule} or stamp 1`)
    expect(await codeOf({ policy, request: { evidence: [workEvidence(0, 0n)] } })).toBe('evidence.not-asked')
  })

  test('a request in a window that is open is none: nothing is asked', async () => {
    const policy = topicPolicy(`request or before ${formatTime(now - 60)}`)
    const evidence = [workEvidence(0, findNonce(0, enough(8)))]
    expect((await opened({ policy, request: { evidence } })).isRequest).toBe(false)
  })

  test('none, before the host knows any checkpoint', async () => {
    const result = await opened({ policy: topicPolicy('everyone'), context: { checkpoint: undefined } })
    expect(result.checkpointSequence).toBe(0n)
  })

  test('a connection says which, so that it can be taken back, and nothing of who', async () => {
    const result = await opened({
      policy: topicPolicy('connection'),
      request: { evidence: [connectionEvidence(0, connect({ serial: seeded(7)(16) }))] },
    })
    expect(result.connections).toEqual([seeded(7)(16)])
    expect(result).toMatchObject({ tag: undefined, payers: [], payments: [], nullifiers: [] })
  })

  test('what it has met is told: on first contact only, each condition with its evidence', async () => {
    const evidence = [
      workEvidence(0, findNonce(0, enough(8))),
      ticketEvidence(2, ticket(0)),
      ticketEvidence(2, ticket(1)),
    ]
    const policy = topicPolicy('request or (connection or stamp 2)')
    const { classNumber } = ticket(0)
    const met = [
      { condition: { kind: 'request' }, evidence: 'work', classNumber: undefined, issuers: [] },
      { condition: { kind: 'stamp', count: 2 }, evidence: 'ticket', classNumber, issuers: [] },
    ]
    expect((await opened({ policy, request: { evidence } })).met).toEqual(met)
    const { recipient: _, ...elsewhere } = topicPolicy('work 8')
    const work = [workEvidence(0, findNonce(0, enough(8)))]
    expect((await opened({ policy: elsewhere, request: { evidence: work } })).met).toEqual([])
  })

  test('a request is told apart, unless something else was enough', async () => {
    const request = [workEvidence(0, findNonce(0, enough(8)))]
    const policy = topicPolicy('request or stamp 1')
    expect((await opened({ policy, request: { evidence: request } })).isRequest).toBe(true)
    const both = [...request, ticketEvidence(1, ticket(0))]
    expect((await opened({ policy, request: { evidence: both } })).isRequest).toBe(false)
  })
})

describe('what a lane is worth', () => {
  const day = 86_400
  const week = 7 * day
  const stamps = (count: number, units: number) =>
    Array.from({ length: count }, (_, i) => ticketEvidence(0, ticket(i, units)))
  const allowance = { units: LANE_LIMITS.units, ttl: week }
  const work = (condition: number, units: number) =>
    workEvidence(condition, findNonce(condition, enough(8), laneUse({ units })))

  test.each<[string, TopicPolicy, number, (units: number) => RequestInit]>([
    ['16 units without evidence', topicPolicy('everyone'), 16, () => ({})],
    ['what the host says, without evidence', commonPolicyWith('everyone', { allowance }), 4096, () => ({})],
    ['four units a stamp', topicPolicy('stamp 3'), 12, (units) => ({ evidence: stamps(3, units) })],
    [
      '16 units for a connection',
      topicPolicy('connection'),
      16,
      () => ({ evidence: [connectionEvidence(0, connect())] }),
    ],
    ['16 units for work', topicPolicy('work 8'), 16, (units) => ({ evidence: [work(0, units)] })],
    ['one unit for a request', topicPolicy('request'), 1, (units) => ({ evidence: [work(0, units)] })],
    [
      'one unit for a request, whatever else is shown',
      topicPolicy('stamp 1 and request'),
      1,
      (units) => ({ evidence: [...stamps(1, units), work(1, units)] }),
    ],
    [
      "no more for a stamp with the floor's work",
      topicPolicy('stamp 1 and work 8'),
      4,
      (units) => ({ evidence: [...stamps(1, units), work(1, units)] }),
    ],
  ])('%s', async (_, policy, units, requestOf) => {
    expect(await codeOf({ policy, request: { units, ...requestOf(units) } })).toBe('opened')
    expect(await codeOf({ policy, request: { units: units + 1, ...requestOf(units + 1) } })).toBe('lane.too-many-units')
  })

  test.each<[string, TopicPolicy, number]>([
    ['a day on first contact', topicPolicy('everyone', { allowance }), day],
    ['a day without evidence', commonPolicy('everyone'), day],
    ['a week where the host says so', commonPolicyWith('everyone', { allowance }), week],
  ])('%s', async (_, policy, ttl) => {
    expect(await codeOf({ policy, request: { expiresAt: BigInt(now + ttl) } })).toBe('opened')
    expect(await codeOf({ policy, request: { expiresAt: BigInt(now + ttl + 1) } })).toBe('lane.too-long')
  })

  test('the lifetime of a class, where that is less', async () => {
    const expiresAt = BigInt(now + day)
    const evidence = (time: bigint) => [ticketEvidence(0, fakeTicket({ use: laneUse({ expiresAt: time }) }))]
    const policy = topicPolicy('stamp 1')
    expect(await codeOf({ policy, request: { expiresAt, evidence: evidence(expiresAt) } })).toBe('opened')
    const later = expiresAt + 1n
    expect(await codeOf({ policy, request: { expiresAt: later, evidence: evidence(later) } })).toBe('lane.too-long')
  })
})

function commonPolicyWith(rule: string, fields: Partial<TopicPolicy>): TopicPolicy {
  return { ...commonPolicy(rule), ...fields }
}
