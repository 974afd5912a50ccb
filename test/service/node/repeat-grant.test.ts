import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ownedTopic } from '../../../sdk/codec/index.ts'
import { toBase64 } from '../../../sdk/crypto/index.ts'
import type { ProofItem } from '../../../sdk/verifier/index.ts'
import { issuer, issuerBytes, namingIssuers, rule } from '../../helpers/credentials.ts'
import {
  credentialEvidence,
  laneFields,
  makeAccount,
  makeHolder,
  makeStampNode,
  policyEnvelope,
  ticketEvidence,
} from '../../helpers/node.ts'

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

describe('a lane that a credential has opened', () => {
  let letters: string
  beforeAll(async () => {
    const carol = await makeAccount(0x33)
    letters = ownedTopic('sealed', carol.address)
    const { checkpoint } = node.deps
    Object.assign(node.deps, { checkpoint: () => naming(checkpoint()!) })
    expect((await node.publish(carol, policyEnvelope(carol, { version: 1n, rule }))).status).toBe(200)
    now = Math.floor(Date.now() / 1000) + 120 // with a budget of proofs that nobody has used up
  })

  type View = NonNullable<ReturnType<typeof node.deps.checkpoint>>
  const naming = (view: View): View => ({ ...view, latest: namingIssuers(view.latest, issuer.key) })
  const shown = (nullifier: number, fields: { y?: number; proof?: Uint8Array } = {}) =>
    credentialEvidence(2, nullifier, { issuer: issuerBytes(issuer.key), ...fields })
  const asking = () => {
    const nullifier = ++last
    const fields = laneFields(letters, makeHolder(nullifier).holder, { policyVersion: 1n })
    return { ...fields, evidence: [shown(nullifier)], nullifier }
  }
  type Asked = ReturnType<typeof asking>

  test('repeats its grant to whoever made the credential, with another proof too, and no other pairing', async () => {
    const own = asking()
    const first = await node.openLane(own)
    expect([first.status, first.json]).toEqual([201, undefined])
    asked = []
    const again = await node.openLane({
      ...own,
      evidence: [shown(own.nullifier, { proof: new Uint8Array(256).fill(2) })],
    })
    expect([again.status, again.bytes, asked]).toEqual([200, first.bytes, []])
  })

  test.each<[string, (own: Asked) => object, string]>([
    ['no evidence', () => ({ evidence: [] }), 'lane.opened'],
    [
      'its nullifier with another share',
      ({ nullifier }) => ({ evidence: [shown(nullifier, { y: 2 })] }),
      'lane.opened',
    ],
    ['its nullifier on a ticket', ({ nullifier }) => ({ evidence: [ticketEvidence(2, nullifier)] }), 'lane.opened'],
    ['another credential', () => ({ evidence: [shown(++last)] }), 'lane.opened'],
    ['another lane', () => ({ holder: makeHolder(201).holder }), 'credential.used'],
    ['a longer lane', ({ expiresAt }) => ({ expiresAt: expiresAt + 1n }), 'credential.used'],
  ])('repeats it not for %s', async (_, change, code) => {
    const own = asking()
    const { bytes: grant } = await node.openLane(own)
    const answer = await node.openLane({ ...own, ...change(own) } as never)
    expect(answer.json?.code).toBe(code)
    expect(answer.bytes.includes(grant.subarray(20, 52))).toBe(false)
  })

  test('is opened in JSON too, and refused with 409 where it was used and 400 where it is malformed', async () => {
    const { holder, expiresAt, evidence } = asking()
    const { asOf, ...credential } = evidence[0]!.kind.value
    const bytes = Object.entries(credential).map(([name, value]) => [name, toBase64(value)] as const)
    const post = (fields: object, units = 1) => {
      const json = { condition: 2, credential: { ...Object.fromEntries(bytes), asOf: `${asOf}`, ...fields } }
      const request = { topic: letters, holder: toBase64(holder), expiresAt: `${expiresAt}`, policyVersion: '1' }
      return node.post('/v1/lanes', { ...request, units, evidence: [json] })
    }
    expect((await post({ y: '' })).json).toMatchObject({ status: 400, code: 'credential.malformed' })
    expect((await post({ proof: toBase64(new Uint8Array(256).fill(0xff)) })).json.code).toBe('credential.proof-invalid')
    expect((await post({})).status).toBe(201)
    expect((await post({}, 2)).json).toMatchObject({ status: 409, code: 'credential.used' })
  })
})
