import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { decodeEnvelopeEvidence, decodeLaneEvidence, ownedTopic } from '../../../sdk/codec/index.ts'
import { fromBase64, toBase64, walletHolder } from '../../../sdk/crypto/index.ts'
import { parseRule } from '../../../sdk/policy/index.ts'
import { unattendedRule } from '../../../sdk/verifier/index.ts'
import { nodeSettings } from '../../../service/node/index.ts'
import { blocksEnvelope } from '../../helpers/blocks.ts'
import {
  checkpointOf,
  envelope,
  laneEnvelope,
  laneFields,
  makeAccount,
  makeHolder,
  makeStampNode,
  policyEnvelope,
  type TestAccount,
  tagBytes,
  ticketEvidence,
  workEvidence,
} from '../../helpers/node.ts'

type StampNode = Awaited<ReturnType<typeof makeStampNode>>
type Fields = Parameters<typeof laneFields>[2] & { tag?: number; to?: string }

let node: StampNode
let bob: TestAccount
let mallory: TestAccount
let mail: string
let count = 0

beforeAll(async () => {
  node = await makeStampNode()
  ;[bob, mallory] = await Promise.all([makeAccount(0x22), makeAccount(0x66)])
  mail = ownedTopic('unattended', bob.address)
})
afterAll(() => node.close())

/** An account that nobody has seen before. */
let accounts = 0x80
const nobodyYet = () => makeAccount(++accounts)

/** Two tickets for `stamp 2`, which follows the floor. */
const stamps = (tag?: number) => [0, 1].map(() => ticketEvidence(1, ++count, tag === undefined ? {} : { tag }))

/** A lane with two stamps. */
function stamped({ tag, to = mail, ...fields }: Fields = {}) {
  const { holder, seed } = makeHolder(++count % 251)
  const expiresAt = BigInt(Math.floor(Date.now() / 1000) + 3600 + count)
  return { ...laneFields(to, holder, { expiresAt, ...fields }), seed, evidence: fields.evidence ?? stamps(tag) }
}

const codeOf = ({ status, json }: { status: number; json: { code?: string } | undefined }): string | number =>
  json?.code ?? status
const open = async (lane: ReturnType<typeof stamped>, at = node) => codeOf(await at.openLane(lane))
const letter = (lane: ReturnType<typeof stamped>, counter = 1) => laneEnvelope(lane, counter, envelope(lane.topic))
const publish = async (lane: ReturnType<typeof stamped>, at = node) => codeOf(await at.publishLane(letter(lane)))
async function publishKeys(who: TestAccount, at = node): Promise<void> {
  expect((await at.publish(who, envelope(ownedTopic('contact', who.address)))).status).toBe(200)
}

/** Which tickets of a lane the node has taken. */
const used = ({ evidence }: ReturnType<typeof stamped>) =>
  node.deps.store.usedNullifiers(
    evidence.flatMap(({ kind }) => ('nullifier' in kind.value ? [kind.value.nullifier] : [])),
  )

describe('an unattended address', () => {
  test('asks two stamps of a stranger, and says so where none are shown', async () => {
    const answer = await node.openLane({ ...stamped(), evidence: [] })
    expect(answer.json).toMatchObject({ status: 403, code: 'policy.refused' })
    expect(answer.json.missing).toEqual([
      { index: 1, condition: 'stamp 2', explanation: 'you use 2 stamps', price: '0.02' },
    ])
    const half = stamped()
    expect(await open({ ...half, evidence: half.evidence.slice(1) })).toBe('evidence.malformed')
    expect(nodeSettings.unattendedRule.fallback).toBe(unattendedRule)
  })

  test('gets one letter for them, with the tag of its sender and what was shown, in answers to its own token alone', async () => {
    const lane = stamped({ tag: 66 })
    const heard: string[] = []
    const stop = node.deps.bus.subscribe('all', ({ contentTopic }) => heard.push(contentTopic))
    expect([await open(lane), await publish(lane)]).toEqual([201, 200])
    expect(codeOf(await node.publishLane(letter(lane, 2)))).toBe('lane.used-up')
    stop()
    expect(heard).toEqual([])
    const { envelopes } = await node.query(mail, bob)
    expect(envelopes[0].tag).toBe(toBase64(tagBytes(66)))
    const { met } = decodeLaneEvidence(decodeEnvelopeEvidence(fromBase64(envelopes[0].evidence)).lane)
    expect(met).toMatchObject([{ condition: { kind: { case: 'stamp' } }, evidence: 'ticket', classNumber: 1 }])
    expect((await node.query(mail, mallory)).message).toMatch(/^topic\.owner-only: /)
    expect((await node.query(mail)).message).toMatch(/^token\.missing: /)
  })

  test('takes no token, its own neither, parks nothing, and opens no lane for a wallet', async () => {
    const wallet = { ...stamped(), ...laneFields(mail, walletHolder(mallory.bytes)) }
    expect(await open(wallet)).toBe('lane.malformed')
    expect(await used(wallet)).toEqual([])
    for (const who of [bob, mallory]) {
      expect((await node.publish(who, envelope(mail))).json.message).toMatch(/^topic\.lane-only: /)
    }
    expect(await node.deps.store.parkedTotals()).toEqual({ count: 0, bytes: 0 })
  })

  test('has no policy, even if it has published one without keys: any version but 0 is refused', async () => {
    const who = await nobodyYet()
    await node.publish(who, policyEnvelope(who, { version: 1n, rule: 'everyone' }))
    const to = ownedTopic('unattended', who.address)
    expect(await open(stamped({ to, policyVersion: 1n }))).toBe('policy.version-unknown')
    expect(await open(stamped({ to, evidence: [] }))).toBe('policy.refused')
    expect(await open(stamped({ to }))).toBe(201)
  })

  test('takes neither connections nor requests, whatever the floor takes', async () => {
    const floor = parseRule('connection or request or stamp 1')
    const strict = await makeStampNode({ floor, requestBits: 1 })
    const connection = { case: 'connection' as const, value: { statement: new Uint8Array(9) } }
    const ask = async (condition: number, kind?: object) => {
      const lane = stamped()
      const [first] = kind ? [{ condition, kind }] : [workEvidence(lane.use, condition, 1)]
      const rest = lane.evidence.map((piece) => ({ ...piece, condition: 3 }))
      const answer = await strict.openLane({ ...lane, evidence: [first, ...rest] as never })
      return [codeOf(answer), /connected with nobody/.test(answer.json?.detail ?? '')]
    }
    const granted = ['evidence.not-asked', true]
    expect(await ask(0, connection)).toEqual(granted)
    expect(await ask(3, connection)).toEqual(granted)
    expect(await ask(1)).toEqual(granted)
    expect(await ask(2, ticketEvidence(2, ++count).kind)).toEqual([201, false]) // the floor's stamp, and two more
    await strict.close()
  })

  test('gets letters of up to 16 units, for a day at most, however much evidence is worth', async () => {
    const classes = checkpointOf().classes.map((one) => ({ ...one, unitsPerTicket: 20, laneTtl: 7 * 86_400 }))
    const rich = await makeStampNode({}, { classes })
    const ask = (units: number, seconds: number) =>
      open(stamped({ units, expiresAt: BigInt(Math.floor(Date.now() / 1000) + seconds) }), rich)
    expect([await ask(16, 86_000), await ask(17, 86_000), await ask(16, 86_500)]).toEqual([
      201,
      'lane.too-many-units',
      'lane.too-long',
    ])
    await rich.close()
  })

  test('takes work where its rule asks for some', async () => {
    const working = await makeStampNode({ unattendedRule: parseRule('work 1') })
    const lane = { ...stamped(), evidence: [] }
    expect(await open(lane, working)).toBe('policy.refused')
    expect(codeOf(await working.openLane({ ...lane, evidence: [workEvidence(lane.use, 1, 1)] }))).toBe(201)
    await working.close()
  })

  test('is written to by nobody with what was used for a letter, nor the other way round', async () => {
    const sealed = ownedTopic('sealed', bob.address)
    const first = stamped()
    expect(await open(first)).toBe(201)
    const [ticket] = first.evidence
    expect(await open(stamped({ evidence: [ticket!, ticketEvidence(1, ++count)] }))).toBe('ticket.used')
    expect(await open(stamped({ to: sealed, evidence: [{ ...ticket!, condition: 4 }] }))).toBe('ticket.used')
    const second = stamped({ to: sealed, evidence: [ticketEvidence(4, ++count)] })
    expect(await open(second)).toBe(201)
    expect(codeOf(await node.publishLane(laneEnvelope(first, 1, envelope(sealed))))).toBe('lane.not-this-lane')
    expect(codeOf(await node.publishLane(laneEnvelope(second, 1, envelope(mail))))).toBe('lane.not-this-lane')
    expect([await publish(first), await publish(second)]).toEqual([200, 200])
  })

  test('may have blocked a sender', async () => {
    const who = await nobodyYet()
    const lane = stamped({ to: ownedTopic('unattended', who.address), tag: 67 })
    expect(await open(lane)).toBe(201)
    await node.publish(who, blocksEnvelope(who, { version: 1n, tags: [tagBytes(67)] }))
    expect(await publish(lane)).toBe('policy.blocked')
    expect(await open(stamped({ to: lane.topic, tag: 67 }))).toBe('policy.blocked')
  })
})

describe('an account that has published keys', () => {
  test('gets no more unattended mail, and tickets for it stay good', async () => {
    const who = await nobodyYet()
    await publishKeys(who)
    const lane = stamped({ to: ownedTopic('unattended', who.address) })
    const answer = await node.openLane(lane)
    expect([answer.status, answer.json.code]).toEqual([409, 'unattended.attended'])
    expect(answer.json.detail).toMatch(/write to it with a letter/)
    expect(await used(lane)).toEqual([])
  })

  test('gets none under lanes that were opened before, and the publish is refused whole', async () => {
    const who = await nobodyYet()
    const to = ownedTopic('unattended', who.address)
    const [before, late, other] = [stamped({ to }), stamped({ to }), stamped()]
    expect([await open(before), await open(late), await open(other)]).toEqual([201, 201, 201])
    const sent = letter(before)
    const first = await node.publishLane(sent)
    await publishKeys(who)
    expect(codeOf(await node.publishLane(letter(other), letter(late)))).toBe('unattended.attended')
    expect(await publish(other)).toBe(200)
    const again = await node.publishLane(sent) // what was stored is acknowledged again
    expect([first.status, again.status, again.bytes.equals(first.bytes)]).toEqual([200, 200, true])
    expect((await node.query(to, who)).envelopes).toHaveLength(1)
    expect(codeOf(await node.openLane(late))).toBe(200)
  })

  test('while its keys are being stored, gets what came before them and nothing after', async () => {
    const who = await nobodyYet()
    const to = ownedTopic('unattended', who.address)
    const lanes = Array.from({ length: 12 }, () => stamped({ to }))
    for (const lane of lanes.slice(0, 8)) expect(await open(lane)).toBe(201)
    const all = lanes.map((lane, i) => (): Promise<unknown> => (i < 8 ? publish(lane) : open(lane)))
    for (const at of [4, 9]) all.splice(at, 0, () => publishKeys(who))
    const answers = await Promise.all(all.map((act) => act()))
    const keys = await node.deps.store.after({ topics: [ownedTopic('contact', who.address)], sequence: 0n, limit: 9 })
    const kept = await node.deps.store.after({ topics: [to], sequence: 0n, limit: 99 })
    expect(answers.filter((answer) => answer === 200)).toHaveLength(kept.length)
    for (const { sequence } of kept) expect(sequence).toBeLessThan(keys[0]!.sequence)
    const expected = [undefined, 200, 201, 'unattended.attended']
    expect(answers.filter((answer) => !expected.includes(answer as number))).toEqual([])
    expect(answers.at(-1)).toBe('unattended.attended')
  })

  test('while a ticket is verified, is found when its lane is to be kept', async () => {
    const slow = await makeStampNode()
    const { verify } = slow.groth16
    let release = () => {}
    const held = new Promise<void>((resolve) => {
      release = resolve
    })
    let waiting = 0
    slow.groth16.verify = (items) => held.then(() => verify(items), void waiting++)
    const asked = open(stamped(), slow)
    await expect.poll(() => waiting).toBe(1)
    await publishKeys(bob, slow)
    release()
    expect(await asked).toBe('unattended.attended')
    await slow.close()
  })
})
