import { readFile } from 'node:fs/promises'
import { describe, expect, test } from 'vitest'
import { toBytes32 } from '../../../sdk/crypto/abi.ts'
import { walletHolder } from '../../../sdk/crypto/use.ts'
import { fullHour } from '../../../sdk/evidence/index.ts'
import { prepareTicket } from '../../../sdk/evidence/prove-ticket.ts'
import { NoteTree } from '../../../sdk/notes/index.ts'
import { checkEnvelope } from '../../../sdk/verifier/index.ts'
import { refusalCodes } from '../../../sdk/verifier/refusal.ts'
import { listOf } from '../../helpers/blocks.ts'
import { envelopeOf, laneState } from '../../helpers/envelopes.ts'
import { forBoth } from '../../helpers/groth16.ts'
import {
  commonPolicy,
  connect,
  connectionEvidence,
  type Deciding,
  decide,
  type EvidenceInit,
  fakeTicket,
  findNonce,
  fixedGroth16,
  ticketEvidence,
  topicPolicy,
  workEvidence,
} from '../../helpers/lanes.ts'
import {
  alice,
  lane,
  laneUse,
  leafOfNote,
  mallory,
  now,
  recipient,
  seeded,
  ticketRequest,
  tree,
  view,
} from '../../helpers/world.ts'

const hour = 3600n
const stamp = topicPolicy('stamp 1')
const shown = (fields: Parameters<typeof fakeTicket>[0] = {}) => [ticketEvidence(0, fakeTicket(fields))]
const changed = (fields: Partial<ReturnType<typeof fakeTicket>>) => [ticketEvidence(0, { ...fakeTicket(), ...fields })]
const withRequest = (request: Deciding['request'], policy = topicPolicy('everyone')): Deciding => ({
  policy,
  request: request ?? {},
})
const withEvidence = (policy: Deciding['policy'], ...evidence: EvidenceInit[]): Deciding => ({
  policy,
  request: { evidence },
})
const connected = (fields: Parameters<typeof connect>[0] = {}) => connectionEvidence(0, connect(fields))
const connection = topicPolicy('connection')
const cheap = 'before any proof is verified'

/** Alice's ticket of a tree whose other leaves are others. */
function inOtherTree() {
  const other = NoteTree.from([leafOfNote(alice), 5n])
  return fakeTicket({ path: other.path(0), root: other.root() })
}

const aliceTag = prepareTicket(ticketRequest()).statement.signals[3]!
const wallet = seeded(6)(20)

/** [code, case, what is asked]: one row at least for every code of `decideLane`. */
const refusals: [string, string, Deciding][] = [
  ['lane.malformed', 'a topic that is too long', withRequest({ topic: 'x'.repeat(301) })],
  ['lane.malformed', 'a holder of 31 bytes', withRequest({ holder: new Uint8Array(31) })],
  ['lane.too-many-units', 'no units', withRequest({ units: 0 })],
  ['lane.too-many-units', 'more units than any lane has', withRequest({ units: 4097 })],
  ['lane.expired', 'a lane that would be over', withRequest({ expiresAt: BigInt(now) })],
  ['lane.too-long', 'more than a week', withRequest({ expiresAt: BigInt(now + 7 * 86_400 + 1) })],
  [
    'evidence.malformed',
    'too many pieces',
    withEvidence(
      topicPolicy('stamp 64 and connection'),
      ...Array(64).fill(shown()[0]!),
      connectionEvidence(1, connect()),
    ),
  ],
  ['evidence.malformed', 'a piece of no kind', withEvidence(stamp, { condition: 0 })],
  ['evidence.malformed', 'a connection where a stamp is asked', withEvidence(stamp, connected())],
  ['evidence.malformed', 'a ticket where a connection is asked', withEvidence(connection, ...shown())],
  ['evidence.malformed', 'a ticket where work is asked', withEvidence(topicPolicy('work 8'), ...shown())],
  ['evidence.malformed', 'one ticket where two are asked', withEvidence(topicPolicy('stamp 2'), ...shown())],
  ['evidence.malformed', 'two tickets where one is asked', withEvidence(stamp, ...shown(), ...shown({ messageId: 1 }))],
  ['evidence.not-asked', 'a condition that is not there', withEvidence(stamp, { ...shown()[0]!, condition: 1 })],
  ['evidence.not-asked', 'evidence for "everyone"', withEvidence(topicPolicy('everyone'), ...shown())],
  ['evidence.counted-twice', 'one ticket twice', withEvidence(topicPolicy('stamp 2'), ...shown(), ...shown())],
  [
    'evidence.counted-twice',
    'one ticket for two conditions',
    withEvidence(topicPolicy('stamp 1 and stamp 1'), ...shown(), { ...shown()[0]!, condition: 1 }),
  ],
  [
    'evidence.malformed',
    'one connection that says it is for two conditions',
    withEvidence(topicPolicy('connection and connection'), { ...connected(), also: [1] }),
  ],
  [
    'evidence.malformed',
    'one nonce that says it is for two conditions',
    withEvidence(topicPolicy('work 1 and work 1'), {
      ...workEvidence(
        0,
        findNonce(0, (bits) => bits > 0),
      ),
      also: [1],
    }),
  ],
  ['evidence.counted-twice', 'two connections', withEvidence(connection, connected(), connected())],
  ['ticket.malformed', 'a root of 31 bytes', withEvidence(stamp, ...changed({ root: new Uint8Array(31) }))],
  ['ticket.malformed', 'a y outside the field', withEvidence(stamp, ...changed({ y: new Uint8Array(32).fill(255) }))],
  [
    'ticket.malformed',
    'a tag scope on first contact',
    withEvidence(stamp, ...changed({ tagScope: new Uint8Array(32) })),
  ],
  ['ticket.malformed', 'a proof of 255 bytes', withEvidence(stamp, ...changed({ proof: new Uint8Array(255) }))],
  ['ticket.no-checkpoint', 'no checkpoint', { ...withEvidence(stamp, ...shown()), context: { checkpoint: undefined } }],
  ['ticket.class-unknown', 'another class', withEvidence(stamp, ...changed({ classNumber: 2 }))],
  [
    'ticket.out-of-date',
    'a ticket of two hours ago',
    withEvidence(stamp, ...shown({ asOf: fullHour(now) - 2n * hour })),
  ],
  ['ticket.out-of-date', 'a ticket of the next hour', withEvidence(stamp, ...shown({ asOf: fullHour(now) + hour }))],
  ['ticket.out-of-date', 'a ticket between the hours', withEvidence(stamp, ...changed({ asOf: fullHour(now) + 1n }))],
  ['ticket.root-unknown', 'a tree that nobody signed', withEvidence(stamp, ticketEvidence(0, inOtherTree()))],
  [
    'ticket.used',
    'a stamp that was used for something else',
    { ...withEvidence(stamp, ...shown()), context: { usedShare: () => ({ x: 1n, y: 1n }) } },
  ],
  [
    'ticket.tags-differ',
    'notes of two people pooled',
    withEvidence(topicPolicy('stamp 2'), ...shown(), ...shown({ note: mallory })),
  ],
  [
    'connection.invalid',
    'a statement that is too short',
    withEvidence(connection, connectionEvidence(0, { ...connect(), statement: new Uint8Array(159) })),
  ],
  [
    'connection.invalid',
    'no identity key',
    withEvidence(connection, connectionEvidence(0, { ...connect(), identityKey: undefined } as never)),
  ],
  [
    'connection.invalid',
    "another signature's",
    withEvidence(
      connection,
      connectionEvidence(0, { ...connect(), signature: connect({ serial: seeded(7)(16) }).signature }),
    ),
  ],
  [
    'connection.not-for-this',
    'another network',
    withEvidence(connection, connected({ networkId: new Uint8Array(32) })),
  ],
  ['connection.not-for-this', 'another recipient', withEvidence(connection, connected({ owner: wallet }))],
  ['connection.not-for-this', 'another holder', withEvidence(connection, connected({ holder: new Uint8Array(32) }))],
  ['connection.not-for-this', 'a topic that is nobody’s', withEvidence(commonPolicy('connection'), connected())],
  ['connection.expired', 'a connection that is over', withEvidence(connection, connected({ expiresAt: BigInt(now) }))],
  [
    'connection.revoked',
    'a connection that was taken back',
    withEvidence(
      topicPolicy('connection', { blocks: listOf(recipient, { connections: [seeded(5)(16)] }) }),
      connected(),
    ),
  ],
  [
    'work.too-little',
    'a bit less than asked',
    withEvidence(
      topicPolicy('work 8'),
      workEvidence(
        0,
        findNonce(0, (bits) => bits === 7),
      ),
    ),
  ],
  [
    'work.too-little',
    'a request with less than the network asks',
    withEvidence(
      topicPolicy('request'),
      workEvidence(
        0,
        findNonce(0, (bits) => bits === 7),
      ),
    ),
  ],
  [
    'work.too-little',
    "another condition's work",
    withEvidence(
      topicPolicy('work 8 or work 9'),
      workEvidence(
        1,
        findNonce(0, (bits) => bits >= 9),
      ),
    ),
  ],
  [
    'work.too-little',
    "another lane's work",
    withEvidence(
      topicPolicy('work 8'),
      workEvidence(
        0,
        findNonce(0, (bits) => bits >= 8, laneUse({ units: 2 })),
      ),
    ),
  ],
  ['policy.refused', 'nothing where something is asked', withEvidence(stamp)],
  ['policy.refused', 'anything where nobody may write', withEvidence(topicPolicy('nobody'))],
  [
    'policy.blocked',
    'a blocked tag',
    withEvidence(topicPolicy('stamp 1', { blocks: listOf(recipient, { tags: [toBytes32(aliceTag)] }) }), ...shown()),
  ],
  [
    'policy.blocked',
    'a blocked wallet',
    {
      policy: topicPolicy('everyone', { blocks: listOf(recipient, { wallets: [wallet] }) }),
      request: { holder: walletHolder(wallet) },
    },
  ],
]

const proofRefusals: [string, string, Deciding][] = [
  [
    'ticket.proof-invalid',
    'a proof that does not hold',
    { ...withEvidence(stamp, ...shown()), context: { groth16: fixedGroth16(false).groth16 } },
  ],
  [
    'ticket.proof-invalid',
    'one of two',
    {
      ...withEvidence(topicPolicy('stamp 2'), ...shown(), ...shown({ messageId: 1 })),
      context: { groth16: forBoth({ verify: async (items) => items.map((_, i) => i === 0) }) },
    },
  ],
]

type EnvelopeCase = Parameters<typeof checkEnvelope>
const envelopeRefusals: [string, string, EnvelopeCase][] = [
  ['lane.not-this-lane', 'no envelope', [laneState(), { ...envelopeOf(), envelope: undefined } as never, now]],
  ['lane.not-this-lane', 'another topic', [laneState(), envelopeOf({ contentTopic: 'x' }), now]],
  ['lane.not-this-lane', 'another lane', [laneState(), { ...envelopeOf(), use: new Uint8Array(32) }, now]],
  ['lane.expired', 'a lane that is over', [laneState(), envelopeOf(), Number(lane.expiresAt)]],
  ['envelope.counter-too-low', 'a counter that was used', [laneState({ counter: 1 }), envelopeOf(), now]],
  ['envelope.counter-too-low', 'the counter 0', [laneState(), envelopeOf({}, 0), now]],
  [
    'lane.used-up',
    'more units than the lane has',
    [laneState({ units: 1 }), envelopeOf({ message: new Uint8Array(4097) }), now],
  ],
  [
    'lane.used-up',
    'more envelopes than the lane has',
    [laneState({ usedEnvelopes: 1, envelopes: 1 }), envelopeOf(), now],
  ],
  [
    'envelope.signature-invalid',
    'another signature',
    [laneState(), { ...envelopeOf(), signature: new Uint8Array(64) }, now],
  ],
]

describe('decideLane refuses', () => {
  test.each(refusals)(`with %s: %s, ${cheap}`, async (code, _, deciding) => {
    const { asked, result } = await decide(deciding)
    expect(result).toMatchObject({ ok: false, code })
    expect(asked).toEqual([])
  })

  test.each(proofRefusals)('with %s: %s', async (code, _, deciding) => {
    expect((await decide(deciding)).result).toMatchObject({ ok: false, code })
  })

  test('naming the conditions that would help', async () => {
    const { result } = await decide({ policy: topicPolicy('nobody or connection or stamp 2') })
    expect(result).toMatchObject({
      code: 'policy.refused',
      missing: [
        { index: 1, condition: { kind: 'connection' } },
        { index: 2, condition: { kind: 'stamp', count: 2 } },
      ],
    })
  })
})

describe('checkEnvelope refuses', () => {
  test.each(envelopeRefusals)('with %s: %s', (code, _, [state, published, time]) => {
    expect(checkEnvelope(state, published, time)).toMatchObject({ ok: false, code })
  })
})

describe('the times of tickets and roots', () => {
  const superseded = new Map([[tree.root(), now]])
  const other = { ...view, latest: { ...view.latest, trees: [new Uint8Array(32)] }, superseded }

  test.each<[string, number, string]>([
    ['while its class says', now + 600, 'opened'],
    ['not a second longer', now + 601, 'ticket.root-unknown'],
  ])('a superseded root is good %s', async (_, time, expected) => {
    const { result } = await decide({ ...withEvidence(stamp, ...shown()), context: { checkpoint: other, now: time } })
    expect(result.ok ? 'opened' : result.code).toBe(expected)
  })

  test.each<[string, bigint]>([
    ['this hour', fullHour(now)],
    ['the hour before', fullHour(now) - hour],
  ])('a ticket of %s is good', async (_, asOf) => {
    expect((await decide(withEvidence(stamp, ...shown({ asOf })))).result.ok).toBe(true)
  })
})

test('every code of the verifier has a case here', async () => {
  const elsewhere = await Promise.all(['payment', 'stake', 'credential', 'claim', 'holding'].map(codesIn))
  const covered = new Set([
    ...[...refusals, ...proofRefusals, ...envelopeRefusals].map(([code]) => code),
    ...elsewhere.flat(),
  ])
  expect([...refusalCodes].sort()).toEqual([...covered].sort())
})

/** Codes that a test of one kind of evidence expects. */
async function codesIn(name: string): Promise<string[]> {
  const source = await readFile(new URL(`./${name}.test.ts`, import.meta.url), 'utf8')
  return [...source.matchAll(/'((?:payment|ticket|credential|claim|holding)\.[a-z-]+)'/g)].map(([, code = '']) => code)
}
