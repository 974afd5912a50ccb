import { afterAll, beforeAll, expect, test } from 'vitest'
import { ownedTopic } from '../../../sdk/codec/index.ts'
import type { ProofItem } from '../../../sdk/verifier/index.ts'
import { laneFields, makeAccount, makeHolder, makeStampNode, ticketEvidence } from '../../helpers/node.ts'

// Who may have read a lane's request in part (its use, its nullifier, its holder) is told nothing of its grant.

let node: Awaited<ReturnType<typeof makeStampNode>>
let sealed: string
let now = Math.floor(Date.now() / 1000)
let asked: ProofItem[] = []
beforeAll(async () => {
  node = await makeStampNode({ rateLimits: 'on' }, {}, { clock: () => now })
  const { verify } = node.groth16
  node.groth16.verify = (items) => {
    asked.push(...items)
    return verify.call(node.groth16, items)
  }
  sealed = ownedTopic('sealed', (await makeAccount(0x22)).address)
})
afterAll(() => node.close())

let last = 0
const lane = (topic = sealed) => {
  const nullifier = ++last
  return { ...laneFields(topic, makeHolder(nullifier).holder), evidence: [ticketEvidence(4, nullifier)], nullifier }
}
type Lane = ReturnType<typeof lane>

test.each<[string, (lane: Lane) => object, string]>([
  ['no evidence', () => ({ evidence: [] }), 'lane.opened'],
  ['a ticket of its own', () => ({ evidence: [ticketEvidence(4, 900)] }), 'lane.opened'],
  [
    'another ticket beside it',
    ({ nullifier }) => ({ evidence: [ticketEvidence(4, nullifier), ticketEvidence(4, 901)] }),
    'lane.opened',
  ],
  [
    'the nullifier twice',
    ({ nullifier }) => ({ evidence: [ticketEvidence(4, nullifier), ticketEvidence(4, nullifier)] }),
    'lane.opened',
  ],
  [
    'the nullifier with a false proof',
    ({ nullifier }) => ({ evidence: [ticketEvidence(4, nullifier, { proof: new Uint8Array(256).fill(0xff) })] }),
    'ticket.proof-invalid',
  ],
  [
    'the nullifier with half a proof',
    ({ nullifier }) => ({ evidence: [ticketEvidence(4, nullifier, { proof: new Uint8Array(128).fill(1) })] }),
    'ticket.proof-invalid',
  ],
  [
    'the nullifier for a class that nobody sells',
    ({ nullifier }) => {
      const [ticket] = [ticketEvidence(4, nullifier)]
      return { evidence: [{ ...ticket, kind: { case: 'ticket', value: { ...ticket.kind.value, classNumber: 9 } } }] }
    },
    'ticket.proof-invalid',
  ],
  ['another holder', () => ({ holder: makeHolder(200).holder }), 'ticket.used'],
])('the grant is not repeated for %s', async (_, change, code) => {
  const own = lane()
  const { bytes: grant } = await node.openLane(own)
  const answer = await node.openLane({ ...own, ...change(own) } as never)
  expect(answer.json?.code).toBe(code)
  expect(answer.bytes.includes(grant.subarray(20, 52))).toBe(false)
  expect((await node.openLane(own)).bytes).toEqual(grant)
})

test('a repeat is proved for the same signals, however old its hour and its tree', async () => {
  const own = lane()
  asked = []
  const first = await node.openLane({ ...own, expiresAt: own.expiresAt + 80_000n })
  const [opening] = asked
  now += 79_000
  const again = await node.openLane({ ...own, expiresAt: own.expiresAt + 80_000n })
  expect([first.status, again.status]).toEqual([201, 200])
  expect(again.bytes).toEqual(first.bytes)
  expect(asked[1]).toEqual(opening)
  now -= 79_000
})

test('a lane from before it was noted what had opened it repeats its grant to nobody', async () => {
  const own = lane()
  expect((await node.openLane(own)).status).toBe(201)
  const { grant } = node.deps.store
  node.deps.store.grant = async (use) => ({ grant: new Uint8Array(), ...(await grant(use)), shown: undefined })
  expect((await node.openLane(own)).json?.code).toBe('lane.opened')
  node.deps.store.grant = grant
})

test('what costs a proof and brings nothing new is counted like a false one', async () => {
  await node.openLane(lane()) // the clock was put back
  now += 60
  const own = lane()
  const ask = () => node.openLane(own)
  const codes = []
  for (let i = 0; i < 30; i++) codes.push((await ask()).json?.code)
  expect(codes.filter((code) => code === undefined)).toHaveLength(21)
  expect(codes.at(-1)).toBe('rate.limited')
})
