import { afterAll, describe, expect, test } from 'vitest'
import { recoverSecret } from '../../../sdk/crypto/signals.ts'
import { fullHour, loadTicketArtifacts } from '../../../sdk/evidence/index.ts'
import { createProver } from '../../../sdk/evidence/prover.ts'
import { ticketKey } from '../../../sdk/generated/keys.ts'
import { createMclGroth16 } from '../../../sdk/verifier/groth16-mcl.ts'
import { createPortableGroth16, type LaneContext, periodOf } from '../../../sdk/verifier/index.ts'
import { forBoth } from '../../helpers/groth16.ts'
import { type Deciding, decide, fakeTicket, ticketEvidence, topicPolicy } from '../../helpers/lanes.ts'
import { aliceStake, malloryStake, stakeTerms, stakeTicket, stakeView } from '../../helpers/stakes.ts'
import { laneUse, now } from '../../helpers/world.ts'

const hour = 3600
const use = laneUse()
const another = laneUse({ units: 2 })

type Shown = ReturnType<typeof stakeTicket>['ticket']
const shown = (ticket: Shown, context: Partial<LaneContext> = {}, rule = 'stake 2'): Deciding => ({
  policy: topicPolicy(rule),
  request: { evidence: [ticketEvidence(0, ticket)] },
  context: { checkpoint: stakeView, ...context },
})

const codeOf = async (deciding: Deciding) => {
  const { result } = await decide(deciding)
  return result.ok ? 'opened' : result.code
}

/** What a host knows after a ticket was used for something. */
const usedFor = (use: Uint8Array, changes: { y?: undefined } = {}) => {
  const { nullifier, x, y } = stakeTicket({ use })
  return { usedShare: (asked: bigint) => (asked === nullifier ? { x, y, ...changes } : undefined) }
}

describe('a stake opens a lane', () => {
  const prover = createProver(ticketKey, { artifacts: loadTicketArtifacts })
  const groth16 = forBoth(createPortableGroth16(ticketKey))
  afterAll(() => prover.close())

  test('with a real proof, which is good for its class only', async () => {
    const { ticket, statement, nullifier, x, y } = stakeTicket({ messageId: 7 })
    const proved = { ...ticket, proof: await prover.prove(statement) }
    const { result } = await decide(shown(proved, { groth16 }))
    expect(result).toMatchObject({ ok: true, nullifiers: [{ nullifier, x, y, noteClass: { kind: 2, number: 2 } }] })

    const classes = stakeView.latest.classes.map((entry) => ({ ...entry, epochLength: entry.epochLength && 14_400 }))
    const checkpoint = { ...stakeView, latest: { ...stakeView.latest, classes } }
    expect(await codeOf(shown(proved, { groth16, checkpoint }))).toBe('ticket.proof-invalid')
  })

  test('and with none that was tampered with', async () => {
    const { ticket, statement } = stakeTicket({ messageId: 6 })
    const good = { ...ticket, proof: await prover.prove(statement) }
    const mcl = await createMclGroth16(ticketKey)
    const groth16 = forBoth(mcl)
    const flip = (bytes: Uint8Array, bit: number) => bytes.with(bit >> 3, (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7)))
    const bits = (field: 'root' | 'nullifier' | 'y' | 'tag' | 'proof', step: number) =>
      Array.from({ length: Math.floor((good[field].length * 8) / step) }, (_, i) => flip(good[field], i * step)).map(
        (value) => ({ [field]: value }),
      )
    const changes = [
      ...bits('root', 1),
      ...bits('nullifier', 5),
      ...bits('y', 5),
      ...bits('tag', 5),
      ...bits('proof', 23),
      ...[-2, -1, 1].map((hours) => ({ asOf: good.asOf + BigInt(hours * hour) })),
      ...[0, 1, 3].map((classNumber) => ({ classNumber })),
      { tagScope: new Uint8Array(32) },
    ]
    expect(await codeOf(shown(good, { groth16 }))).toBe('opened')
    for (const change of changes) expect(await codeOf(shown({ ...good, ...change }, { groth16 }))).not.toBe('opened')
    mcl.close()
  })

  test('worth what its class says', async () => {
    const of = (units: number) => stakeTicket({ use: laneUse({ units }) }).ticket
    const asked = (units: number) => {
      const deciding = shown(of(units))
      return { ...deciding, request: { ...deciding.request, units } }
    }
    expect(await codeOf(asked(16))).toBe('opened')
    expect(await codeOf(asked(17))).toBe('lane.too-many-units')
  })

  test('beside a stamp of the same person', async () => {
    const evidence = [ticketEvidence(0, stakeTicket().ticket), ticketEvidence(1, fakeTicket())]
    const superseded = new Map([[BigInt(`0x${Buffer.from(fakeTicket().root).toString('hex')}`), now]])
    const context = { checkpoint: { ...stakeView, superseded } }
    expect(await codeOf({ policy: topicPolicy('stake 2 and stamp 1'), request: { evidence }, context })).toBe('opened')
  })
})

describe('the epoch of a ticket', () => {
  const epochOf = (time: number) => Math.floor(time / stakeTerms.epochLength) * stakeTerms.epochLength
  const start = epochOf(now) + stakeTerms.epochLength

  test.each<[string, bigint, bigint]>([
    ['its first hour', BigInt(start), BigInt(start / 7200)],
    ['the second before', BigInt(start - 1), BigInt(start / 7200 - 1)],
  ])('is the one that %s lies in', (_, asOf, period) => {
    expect(periodOf(stakeTerms, asOf)).toBe(period)
  })

  test('is 0 for a stamp, whatever its class says', () => {
    expect(periodOf({ kind: 1, epochLength: 7200 }, BigInt(now))).toBe(0n)
    expect(periodOf({ kind: 2, epochLength: 0 }, BigInt(now))).toBe(0n)
  })

  test('may be the one before, for as long as the hour before counts', async () => {
    const asOf = BigInt(start - hour)
    const lane = { expiresAt: BigInt(start + 5400) }
    const { ticket } = stakeTicket({ asOf, use: laneUse(lane) })
    const at = (time: number): Deciding => {
      const deciding = shown(ticket, { now: time })
      return { ...deciding, request: { ...deciding.request, ...lane } }
    }
    expect(await codeOf(at(start - 1))).toBe('opened')
    expect(await codeOf(at(start + hour - 1))).toBe('opened')
    expect(await codeOf(at(start + hour))).toBe('ticket.out-of-date')
  })

  test('makes another nullifier of the same message id', () => {
    const asOf = fullHour(now)
    const [one, next] = [stakeTicket({ asOf }), stakeTicket({ asOf: asOf + BigInt(stakeTerms.epochLength) })]
    expect(one.nullifier).not.toBe(next.nullifier)
  })
})

describe('a stake is refused', () => {
  test.each<[string, string, Deciding]>([
    [
      'ticket.class-unknown',
      'a class that is not there',
      shown({ ...stakeTicket().ticket, classNumber: 3 }, {}, 'stake 3'),
    ],
    ['ticket.class-unknown', 'a class of stamps', shown({ ...stakeTicket().ticket, classNumber: 1 }, {}, 'stake 1')],
    ['ticket.class-unknown', 'where a stamp is asked', shown(stakeTicket().ticket, {}, 'stamp 1')],
    ['evidence.malformed', 'another class than asked', shown({ ...stakeTicket().ticket, classNumber: 1 })],
    ['ticket.leaked', 'a secret that is out', shown(stakeTicket().ticket, { isLeaked: () => true })],
    [
      'ticket.leaked',
      'a cheat that is known',
      shown(stakeTicket().ticket, { isLeaked: () => true, ...usedFor(another) }),
    ],
    ['ticket.used', 'a first use that nobody kept', shown(stakeTicket().ticket, usedFor(another, { y: undefined }))],
    ['ticket.used', 'the very same use', shown(stakeTicket().ticket, usedFor(use))],
  ])('with %s: %s, before any proof is verified', async (code, _, deciding) => {
    const { asked, result } = await decide(deciding)
    expect([result.ok || result.code, asked]).toEqual([code, []])
  })

  test('where two are shown for one condition', async () => {
    const evidence = [0, 1].map((messageId) => ticketEvidence(0, stakeTicket({ messageId }).ticket))
    const deciding = { policy: topicPolicy('stake 2'), request: { evidence }, context: { checkpoint: stakeView } }
    expect(await codeOf(deciding)).toBe('evidence.counted-twice')
  })

  test("with another person's stamp", async () => {
    const superseded = new Map([[BigInt(`0x${Buffer.from(fakeTicket().root).toString('hex')}`), now]])
    const evidence = [ticketEvidence(0, stakeTicket({ note: malloryStake }).ticket), ticketEvidence(1, fakeTicket())]
    const context = { checkpoint: { ...stakeView, superseded } }
    const deciding = { policy: topicPolicy('stake 2 and stamp 1'), request: { evidence }, context }
    expect(await codeOf(deciding)).toBe('ticket.tags-differ')
  })
})

describe('a second use of one ticket', () => {
  test('is proved, refused, and gives the secret away', async () => {
    const { ticket, nullifier } = stakeTicket()
    const { asked, result } = await decide(shown(ticket, usedFor(another)))
    expect(asked).toHaveLength(1)
    expect(result).toMatchObject({ ok: false, code: 'ticket.used', cheat: { classNumber: 2, nullifier } })
    const { cheat } = result as Extract<typeof result, { ok: false }>
    expect(recoverSecret(cheat!.first, cheat!.second)).toBe(aliceStake.secret)
  })

  test('that nobody proved gives nothing away', async () => {
    const groth16 = forBoth({ verify: async (items) => items.map(() => false) })
    const { result } = await decide(shown(stakeTicket().ticket, { ...usedFor(another), groth16 }))
    expect(result).toMatchObject({ ok: false, code: 'ticket.proof-invalid' })
    expect(result).not.toHaveProperty('cheat')
  })

  test('costs no pairing where the policy is not met', async () => {
    const deciding = shown(stakeTicket().ticket, usedFor(another), 'stake 2 and stamp 1')
    const { asked, result } = await decide(deciding)
    expect([result.ok || result.code, asked]).toEqual(['policy.refused', []])
  })
})
