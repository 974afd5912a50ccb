import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { ownedTopic } from '../../../sdk/codec/index.ts'
import { toAddress } from '../../../sdk/crypto/index.ts'
import { parseRule } from '../../../sdk/policy/index.ts'
import { forgetOld } from '../../../service/node/forget-old.ts'
import type { Retention } from '../../../service/node/store/index.ts'
import {
  envelope,
  laneEnvelope,
  laneFields,
  makeHolder,
  makeNode,
  makeStampNode,
  type TestNode,
  ticketEvidence,
} from '../../helpers/node.ts'

// How much is kept for one unattended address: 256 letters and 2,048 units, with lanes that are open.

const day = 86_400
const hour = 3600
const unattendedRule = parseRule('everyone or stamp 2')
const { holder, seed } = makeHolder(7)
const [bob, carol] = [1, 2].map((byte) => ownedTopic('unattended', toAddress(new Uint8Array(20).fill(byte)))) as [
  string,
  string,
]

let now = Math.floor(Date.now() / 1000)
let ends = 0
const clock = () => now

type Fields = { units?: number; to?: string; seconds?: number }

/** A lane that ends in some seconds, a few more with each. */
function lane({ units = 1, to = bob, seconds = hour }: Fields = {}) {
  const expiresAt = BigInt(Math.floor(now) + seconds + (ends++ % 20_000))
  return { ...laneFields(to, holder, { units, expiresAt }), seed }
}

type Lane = ReturnType<typeof lane>
const codeOf = ({ status, json }: { status: number; json: { code?: string } | undefined }) => json?.code ?? status
const open = async (node: TestNode, one: Lane) => codeOf(await node.openLane(one))
const letter = (one: Lane, size = 1) => laneEnvelope(one, 1, envelope(one.topic, new Uint8Array(size)))
const publish = async (node: TestNode, one: Lane, size?: number) => codeOf(await node.publishLane(letter(one, size)))

/** Opens so many lanes, one after the other. */
async function openMany(node: TestNode, count: number, fields?: Fields): Promise<Lane[]> {
  const lanes = Array.from({ length: count }, () => lane(fields))
  for (const one of lanes) expect(await open(node, one)).toBe(201)
  return lanes
}

async function publishAll(node: TestNode, lanes: readonly Lane[]): Promise<void> {
  for (let at = 0; at < lanes.length; at += 100) {
    expect(codeOf(await node.publishLane(...lanes.slice(at, at + 100).map((one) => letter(one))))).toBe(200)
  }
}

/** How many of many that are asked for at once are opened; the others are refused for want of room. */
async function openAtOnce(node: TestNode, count: number, fields?: Fields): Promise<number> {
  const answers = await Promise.all(Array.from({ length: count }, () => open(node, lane(fields))))
  const refused = answers.filter((answer) => answer !== 201)
  expect(refused).toEqual(Array(refused.length).fill('unattended.full'))
  return count - refused.length
}

test('a 257th letter is refused before it costs anything, whether the others came or may yet come', async () => {
  const node = await makeNode({ unattendedRule }, { clock })
  const lanes = await openMany(node, 200)
  await publishAll(node, lanes.slice(0, 150))
  expect(await openAtOnce(node, 80)).toBe(56)
  const answer = await node.openLane(lane())
  expect([answer.status, answer.json.code]).toEqual([429, 'unattended.full'])
  expect(await open(node, lane({ to: carol }))).toBe(201)
  await publishAll(node, lanes.slice(150)) // their places are theirs
  expect(await openAtOnce(node, 3)).toBe(0)
  now += 2 * day // the lanes that were never used are over
  expect(await openAtOnce(node, 80)).toBe(56)
  await node.close()
})

test('a 2,049th unit is refused; a letter that is smaller than its lane leaves the rest to others', async () => {
  const node = await makeNode({ unattendedRule }, { clock })
  const [first, second] = await openMany(node, 127, { units: 16 })
  expect(await open(node, lane({ units: 15 }))).toBe(201)
  expect(await open(node, lane({ units: 2 }))).toBe('unattended.full')
  expect(await openAtOnce(node, 4)).toBe(1)
  expect(await publish(node, first!, 3 * 4096 + 1)).toBe(200)
  expect(await open(node, lane({ units: 13 }))).toBe('unattended.full')
  expect(await open(node, lane({ units: 12 }))).toBe(201)
  expect(await publish(node, second!, 16 * 4096)).toBe(200)
  expect(await openAtOnce(node, 2)).toBe(0)
  await node.close()
})

test('a lane holds its place to its last second, in which it still publishes, and no longer', async () => {
  const node = await makeNode({ unattendedRule }, { clock })
  await openMany(node, 255, { seconds: day / 2 })
  const short = lane({ seconds: 60 })
  expect(await open(node, short)).toBe(201)
  now = Number(short.expiresAt) - 0.001
  expect(await open(node, lane())).toBe('unattended.full')
  expect(await publish(node, short)).toBe(200)
  now = Number(short.expiresAt) + 1
  expect(await open(node, lane())).toBe('unattended.full')
  await node.close()
  const other = await makeNode({ unattendedRule }, { clock })
  await openMany(other, 255, { seconds: day / 2 })
  const unused = lane({ seconds: 60 })
  expect(await open(other, unused)).toBe(201)
  now = Number(unused.expiresAt)
  expect(await publish(other, unused)).toBe('lane.expired')
  expect(await openAtOnce(other, 3)).toBe(1)
  await other.close()
})

test('tickets that find no room are not used up, and their proofs are not looked at', async () => {
  const node = await makeStampNode({ unattendedRule }, {}, { clock: () => Date.now() / 1000 })
  now = Math.floor(Date.now() / 1000)
  await openMany(node, 255)
  const { verify } = node.groth16
  let release = () => {}
  const held = new Promise<void>((resolve) => {
    release = resolve
  })
  let waiting = 0
  node.groth16.verify = (items) => held.then(() => verify(items), void waiting++)
  const shown = (number: number) => [0, 1].map((i) => ticketEvidence(2, 2 * number + i))
  const nullifiers = (number: number) => shown(number).map(({ kind }) => kind.value.nullifier)
  const asked = [1, 2].map(async (number) => codeOf(await node.openLane({ ...lane(), evidence: shown(number) })))
  await expect.poll(() => waiting).toBe(2)
  release()
  const answers = await Promise.all(asked)
  expect([...answers].sort()).toEqual([201, 'unattended.full'])
  expect(codeOf(await node.openLane({ ...lane(), evidence: shown(3) }))).toBe('unattended.full')
  expect(waiting).toBe(2)
  const used = await Promise.all([1, 2, 3].map((number) => node.deps.store.usedNullifiers(nullifiers(number))))
  const late = answers.indexOf('unattended.full')
  expect(used.map(({ length }) => length)).toEqual([late === 0 ? 0 : 2, late === 1 ? 0 : 2, 0])
  const refused = { ...lane({ to: carol }), evidence: shown(late + 1) }
  expect(codeOf(await node.openLane(refused))).toBe(201)
  await node.close()
})

test('what there is room for is the same after a restart, with letters and with lanes', async () => {
  now = Math.floor(Date.now() / 1000)
  const dataDir = await mkdtemp(join(tmpdir(), 'pennypost-unattended-'))
  const first = await makeNode({ unattendedRule, dataDir }, { clock })
  const lanes = await openMany(first, 100, { units: 16 })
  const small = await openMany(first, 150)
  await publishAll(first, small)
  expect(await publish(first, lanes[0]!, 5 * 4096)).toBe(200)
  await first.close()
  const again = await makeNode({ unattendedRule, dataDir }, { clock })
  expect(await open(again, lane({ units: 16 }))).toBe(201) // 251 letters, 1,755 units
  expect(await publish(again, lanes[1]!, 16 * 4096)).toBe(200)
  expect(await openAtOnce(again, 9)).toBe(5)
  await again.close()
  await rm(dataDir, { recursive: true })
})

test.each<[string, Retention, number]>([
  ['a year, where nobody has said anything', {}, 365],
  ['as long as its operator says', { unattended: 30 }, 30],
])('mail is kept %s, and then makes room', async (_, retention, days) => {
  now = 20_000 * day
  const node = await makeNode({ unattendedRule, retention }, { clock })
  const forget = () => forgetOld(node.deps, retention)
  const { json } = await node.app.inject('/v1/info').then((answer) => ({ json: answer.json() }))
  expect(json.unattended).toEqual({ rule: 'everyone or stamp 2', days, letters: 256, units: 2048 })
  await forget()
  await publishAll(node, await openMany(node, 256))
  const kept = async () => (await node.deps.store.unattended(bob)).letters
  now += day
  await forget()
  now += days * day - 1
  await forget()
  expect([await kept(), await open(node, lane())]).toEqual([256, 'unattended.full'])
  now += 1
  expect(await open(node, lane())).toBe('unattended.full')
  await forget()
  expect([await kept(), await openAtOnce(node, 260)]).toEqual([0, 256])
  await node.close()
})
