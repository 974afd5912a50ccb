import { beforeAll, describe, expect, test } from 'vitest'
import { decodeGrant, decodeSignedGrant, encodeSignedPolicy, ownedTopic } from '../../../sdk/codec/index.ts'
import { toAddress, walletHolder } from '../../../sdk/crypto/index.ts'
import { parseRule } from '../../../sdk/policy/index.ts'
import { formatTime } from '../../../sdk/policy/time.ts'
import { nameOfCaller } from '../../../service/node/name-caller.ts'
import { parkedKey } from '../../../service/node/state/node-state.ts'
import { blocksEnvelope } from '../../helpers/blocks.ts'
import {
  envelope,
  laneFields,
  makeAccount,
  makeNode,
  makeStampNode,
  policyEnvelope,
  type TestAccount,
  type TestNode,
  ticketEvidence,
  workEvidence,
} from '../../helpers/node.ts'

const everyone = parseRule('everyone')
let alice: TestAccount
let bob: TestAccount
let carol: TestAccount

beforeAll(async () => {
  ;[alice, bob, carol] = await Promise.all([makeAccount(0x11), makeAccount(0x22), makeAccount(0x33)])
})

const invite = (owner: TestAccount, text = 'invitation') => envelope(ownedTopic('invite', owner.address), text)
const textsOn = async (node: TestNode, topic: string) =>
  (await node.query(topic)).envelopes.map(({ message }: { message: string }) =>
    Buffer.from(message, 'base64').toString(),
  )

describe('policies', () => {
  let node: TestNode
  beforeAll(async () => {
    node = await makeNode()
    return () => node.close()
  })

  test('one is applied as soon as it is published', async () => {
    expect((await node.publish(alice, invite(bob))).status).toBe(403)
    expect((await node.publish(bob, policyEnvelope(bob, { version: 1n, rule: 'everyone' }))).status).toBe(200)
    expect((await node.publish(alice, invite(bob))).status).toBe(200)
    await node.publish(bob, policyEnvelope(bob, { version: 2n, rule: 'nobody' }))
    expect((await node.publish(alice, invite(bob))).json.message).toMatch(/^policy\.refused: /)
    await node.publish(bob, policyEnvelope(bob, { version: 3n }))
    expect((await node.publish(alice, invite(bob))).json.message).toMatch(/one stamp/)
  })

  test('a version that is not higher is refused, an identical publish acknowledged', async () => {
    const second = policyEnvelope(carol, { version: 2n, rule: 'everyone' })
    expect((await node.publish(carol, second)).status).toBe(200)
    expect((await node.publish(carol, second)).json).toEqual({})
    for (const version of [1n, 2n]) {
      const { status, json } = await node.publish(carol, policyEnvelope(carol, { version, rule: 'nobody' }))
      expect([status, json.code]).toEqual([409, 9])
      expect(json.message).toMatch(/^policy\.version-too-low: /)
    }
    expect((await node.query(ownedTopic('policy', carol.address))).envelopes).toHaveLength(1)
  })

  test('survives a restart, with its version', async () => {
    const version = 2n ** 20n
    await node.publish(alice, policyEnvelope(alice, { version, rule: 'everyone' }))
    const [current] = await node.deps.store.policies(alice.address)
    expect(current).toMatchObject({ version })
  })

  test('cannot be ended by whoever has the key for a moment: versions do not jump, and a next one is always taken', async () => {
    const dora = await makeAccount(0x44)
    const publish = (version: bigint) => node.publish(dora, policyEnvelope(dora, { version, rule: 'nobody' }))
    for (const version of [2n ** 20n + 1n, 2n ** 63n - 1n]) {
      const { status, json } = await publish(version)
      expect([status, json.message]).toEqual([409, expect.stringMatching(/^policy\.version-too-high: /)])
    }
    expect((await publish(2n ** 64n - 1n)).json.message).toMatch(/^policy\.invalid: /)
    for (let i = 1n; i <= 3n; i++) expect((await publish(i * 2n ** 20n)).status).toBe(200)
    expect((await publish(3n * 2n ** 20n + 1n)).status).toBe(200)
  })

  test.each<[string, () => Uint8Array]>([
    [
      'of another account',
      () => policyEnvelope({ ...bob, bytes: alice.bytes }, { version: 9n, rule: 'everyone' }).message,
    ],
    ['signed by another account', () => policyEnvelope({ ...bob, identity: alice.identity }, { version: 9n }).message],
    ['of another network', () => policyEnvelope(bob, { version: 9n, networkId: new Uint8Array(32) }).message],
    ['with version 0', () => policyEnvelope(bob, { version: 0n }).message],
    ['with a short key', () => policyEnvelope(bob, { version: 9n, sealedKeys: [{ key: new Uint8Array(31) }] }).message],
    ['without a signature', () => encodeSignedPolicy({ document: new Uint8Array() })],
    ['of noise', () => new Uint8Array(50).fill(0xee)],
    [
      'of many keys',
      () =>
        policyEnvelope(bob, {
          version: 9n,
          sealedKeys: Array(400).fill({ keyId: new Uint8Array(8), key: new Uint8Array(32) }),
        }).message,
    ],
    ['of nothing', () => new Uint8Array()],
  ])('one %s is refused and changes nothing', async (_, message) => {
    const before = await node.deps.store.policies(bob.address)
    const { status, json } = await node.publish(bob, envelope(ownedTopic('policy', bob.address), message()))
    expect([status, json.code]).toEqual([400, 3])
    expect(await node.deps.store.policies(bob.address)).toEqual(before)
  })
})

test('a window lets wallets write until an hour after it has closed, and waits before it opens', async () => {
  let now = Math.floor(Date.now() / 1000)
  const floor = parseRule(`before ${formatTime(now + 1)}`)
  const timed = await makeNode({ floor }, { clock: () => now })
  const said = async () => (await timed.publish(alice, invite(bob, `at ${now}`))).json.message
  const rule = `before ${formatTime(now - 3597)} and after ${formatTime(now + 1)}`
  await timed.publish(bob, policyEnvelope(bob, { version: 1n, rule }))
  expect(await said()).toMatch(/^policy\.refused: .* it is \d.*Z or later.* is kept/)
  now += 1
  expect(await said()).toBeUndefined()
  now += 1
  expect(await said()).toBeUndefined()
  now += 1
  const last = await said() // and a floor that is over is met by nobody: nothing is kept for it
  expect(last).toMatch(/^policy\.refused: /)
  expect(last).not.toContain('is kept')
  await timed.close()
})

describe('first contact with a token', () => {
  let node: Awaited<ReturnType<typeof makeStampNode>>
  beforeAll(async () => {
    node = await makeStampNode({ defaultRule: parseRule('stamp 1'), provideUrl: 'https://stamps.test/buy' })
    return () => node.close()
  })

  test('is refused with the code, the price and where to provide it, in the message', async () => {
    const { status, json } = await node.publish(alice, invite(bob), invite(alice))
    expect(status).toBe(403)
    expect(json.code).toBe(7)
    expect(json.message).toBe(
      `policy.refused: ${bob.address} accepts a first message if the recipient has connected with you, or you use one ` +
        `stamp (one stamp costs 0.01 tokens). Provide it at https://stamps.test/buy#to=${bob.address}&from=${alice.address} ` +
        `for ${ownedTopic('invite', bob.address)} ` +
        `in the name of ${alice.address}. Your message is kept for up to 7 days and delivered when a lane is opened.`,
    )
  })

  test('holds back the self copy of what is refused', async () => {
    expect(await textsOn(node, ownedTopic('invite', alice.address))).toEqual([])
  })

  test('files what was parked, self copy and all, when a lane is opened for the wallet', async () => {
    const heard: string[] = []
    const topic = ownedTopic('invite', bob.address)
    const stop = node.deps.bus.subscribe([topic], ({ message }) => heard.push(Buffer.from(message).toString()))
    const holder = walletHolder(alice.bytes)
    const lane = laneFields(topic, holder)
    const request = { ...lane, evidence: [ticketEvidence(2, 1)] }
    const filedIn = ({ bytes }: { bytes: Uint8Array }) => decodeGrant(decodeSignedGrant(bytes).grant).filed
    const opened = await node.openLane(request)
    expect([opened.status, filedIn(opened)]).toEqual([201, 2])
    expect(await textsOn(node, topic)).toEqual(['invitation'])
    expect(await textsOn(node, ownedTopic('invite', alice.address))).toEqual(['invitation'])
    expect(heard).toEqual(['invitation'])
    const tags = await Promise.all(
      [bob, alice, undefined].map(async (who) => (await node.query(topic, who)).envelopes[0].tag),
    )
    expect(tags).toEqual([expect.any(String), undefined, undefined]) // the pseudonym is for its recipient alone
    const repeated = await node.openLane(request)
    expect([repeated.status, filedIn(repeated)]).toEqual([200, 2])
    expect(await textsOn(node, topic)).toEqual(['invitation'])
    expect(await node.deps.store.parked(alice.address, bob.address)).toBeUndefined()
    stop()
  })

  test('the lane is used up by it: another invitation is refused', async () => {
    expect((await node.publish(alice, invite(bob, 'second'))).status).toBe(403)
  })

  test('a lane that is open before the publish lets one envelope through, and its retries', async () => {
    const lane = laneFields(ownedTopic('invite', bob.address), walletHolder(carol.bytes))
    expect((await node.openLane({ ...lane, evidence: [ticketEvidence(2, 2)] })).status).toBe(201)
    const sent = [invite(bob, 'from carol'), invite(carol, 'from carol')]
    for (let i = 0; i < 3; i++) expect((await node.publish(carol, ...sent)).status).toBe(200)
    expect((await node.publish(alice, sent[0]!)).status).toBe(200) // stored already: nothing happens
    expect((await node.publish(carol, invite(bob, 'more'))).status).toBe(403)
    expect((await textsOn(node, ownedTopic('invite', bob.address))).sort()).toEqual(['from carol', 'invitation'])
  })

  test('one publish is parked for a wallet and a recipient; six identical attempts write once', async () => {
    const dave = await makeAccount(0x44)
    const erin = await makeAccount(0x55)
    const writes: unknown[] = []
    const { write } = node.deps.store
    const spy: typeof write = (change) => {
      writes.push(change)
      return write(change)
    }
    Object.assign(node.deps.store, { write: spy })
    const sent = [invite(erin, 'one'), invite(dave, 'one')]
    for (let i = 0; i < 6; i++)
      expect((await node.publish(dave, ...sent)).json.message).toContain('is kept for up to 7 days')
    expect(writes).toHaveLength(1)
    await node.publish(dave, invite(erin, 'two'))
    expect(writes).toHaveLength(2)
    Object.assign(node.deps.store, { write })
    const places = (await node.deps.store.parkedPlaces()).filter(({ wallet }) => wallet === dave.address)
    const caller = nameOfCaller('127.0.0.1', node.deps.key.seed)
    expect(places).toEqual([expect.objectContaining({ recipient: erin.address, bytes: 82, caller })])
  })

  test('of many first messages at once, the newest hundred of a wallet stay, in the store as in what is decided on', async () => {
    const dave = await makeAccount(0x46)
    const recipients = await Promise.all(Array.from({ length: 130 }, (_, i) => makeAccount(0x70 + i)))
    const answers = await Promise.all(recipients.map((recipient) => node.publish(dave, invite(recipient))))
    expect(answers.every(({ json }) => json.message.includes('is kept'))).toBe(true)
    const of = (places: readonly { wallet: string; recipient: string }[]) =>
      places.flatMap(({ wallet, recipient }) => (wallet === dave.address ? [recipient] : [])).sort()
    const kept = of(await node.deps.store.parkedPlaces())
    expect(kept).toHaveLength(100)
    expect(of(node.deps.state.parked.get(parkedKey) ?? [])).toEqual(kept)
  })

  test('of one address 120 are parked a minute, and the others are not said to be', async () => {
    const now = Math.floor(Date.now() / 1000)
    const limited = await makeNode({ rateLimits: 'on' }, { clock: () => now })
    const senders = [await makeAccount(0x47), await makeAccount(0x48)]
    const stranger = (i: number) => toAddress(Uint8Array.from({ length: 20 }, (_, at) => (at < 2 ? i >> (8 * at) : 7)))
    const answers = await Promise.all(
      Array.from({ length: 180 }, (_, i) =>
        limited.publish(senders[i % 2] as TestAccount, envelope(ownedTopic('invite', stranger(i)))),
      ),
    )
    expect(answers.every(({ status }) => status === 403)).toBe(true)
    expect(answers.filter(({ json }) => json.message.includes('is kept'))).toHaveLength(120)
    expect(await limited.deps.store.parkedPlaces()).toHaveLength(120)
    await limited.close()
  })

  test('a large first message is refused and not parked', async () => {
    const dave = await makeAccount(0x44)
    const { json } = await node.publish(dave, envelope(ownedTopic('invite', carol.address), new Uint8Array(8193)))
    expect(json.message).toMatch(/^policy\.refused: /)
    expect(json.message).not.toContain('is kept')
    expect(await node.deps.store.parked(dave.address, carol.address)).toBeUndefined()
  })

  test('a publish with anything but first contact in it is not parked', async () => {
    const dave = await makeAccount(0x44)
    const { json } = await node.publish(dave, invite(carol), envelope('/xmtp/0/m-x/proto'))
    expect(json.message).not.toContain('is kept')
  })

  test('a blocked wallet is refused whatever the rule says, at once, and not parked', async () => {
    const erin = await makeAccount(0x55)
    await node.publish(erin, policyEnvelope(erin, { version: 1n, rule: 'everyone' }))
    expect((await node.publish(alice, invite(erin))).status).toBe(200)
    await node.publish(erin, blocksEnvelope(erin, { version: 1n, wallets: [alice.bytes] }))
    expect((await node.publish(alice, invite(erin))).json.message).toMatch(/^policy\.blocked: /)
    expect(await node.deps.store.parked(alice.address, erin.address)).toBeUndefined()
    expect((await node.publish(bob, invite(erin))).status).toBe(200)
    const lane = laneFields(ownedTopic('invite', erin.address), walletHolder(alice.bytes), { policyVersion: 1n })
    expect((await node.openLane(lane)).json.code).toBe('policy.blocked')
  })

  test('an own topic and letters to oneself are free', async () => {
    for (const kind of ['invite', 'intro', 'groupInvite'] as const) {
      expect((await node.publish(carol, envelope(ownedTopic(kind, carol.address)))).status).toBe(200)
    }
  })

  test('an invitation to a group is a first contact too', async () => {
    const topic = ownedTopic('groupInvite', bob.address)
    expect((await node.publish(carol, envelope(topic))).json.message).toMatch(/^policy\.refused: /)
    const lane = laneFields(topic, walletHolder(carol.bytes))
    expect((await node.openLane({ ...lane, evidence: [ticketEvidence(2, 3)] })).status).toBe(201)
    expect((await node.publish(carol, envelope(topic))).status).toBe(200)
    expect((await node.publish(carol, envelope(topic))).status).toBe(403)
  })

  test('sealed topics take no tokens', async () => {
    const topic = ownedTopic('sealed', alice.address)
    expect((await node.publish(alice, envelope(topic))).json.message).toMatch(/^topic\.lane-only: /)
  })
})

describe('V1 conversations', () => {
  let node: TestNode
  beforeAll(async () => {
    node = await makeNode({ defaultRule: parseRule('request') })
    return () => node.close()
  })
  const dm = () => `/xmtp/0/dm-${[alice.address, bob.address].sort().join('-')}/proto`
  const first = () => [
    envelope(dm(), 'hi'),
    envelope(ownedTopic('intro', bob.address), 'hi'),
    envelope(ownedTopic('intro', alice.address), 'hi'),
  ]

  test('are refused, parked and filed as a whole, and then open to both', async () => {
    expect((await node.publish(alice, ...first())).json.message).toMatch(/^policy\.refused: .*is kept/)
    expect((await node.publish(bob, envelope(dm(), 'too early'))).status).toBe(403)
    const lane = laneFields(ownedTopic('intro', bob.address), walletHolder(alice.bytes))
    expect((await node.openLane({ ...lane, evidence: [workEvidence(lane.use, 2, 4)] })).status).toBe(201)
    expect(await textsOn(node, dm())).toEqual(['hi'])
    expect(await textsOn(node, ownedTopic('intro', alice.address))).toEqual(['hi'])
    for (const party of [bob, alice]) expect((await node.publish(party, envelope(dm(), 'free'))).status).toBe(200)
    expect((await node.publish(alice, envelope(dm().replace('dm-', 'dmE-'), 'typing'))).status).toBe(200)
  })

  test('take nothing from others', async () => {
    for (const topic of [dm(), dm().replace('dm-', 'dmE-')]) {
      expect((await node.publish(carol, envelope(topic))).json.message).toMatch(/^topic\.not-a-party: /)
    }
  })

  test('a block closes an open conversation to the one who is blocked', async () => {
    await node.publish(bob, blocksEnvelope(bob, { version: 1n, wallets: [alice.bytes] }))
    expect((await node.publish(alice, envelope(dm(), 'still there?'))).json.message).toMatch(/^policy\.blocked: /)
    expect((await node.publish(bob, envelope(dm(), 'bye'))).status).toBe(200)
  })
})

describe('conversations and preferences of stock clients', () => {
  test('are unlimited where the floor is open', async () => {
    const node = await makeNode({ floor: everyone })
    for (let i = 0; i < 5; i++) {
      const sent = envelope('/xmtp/0/m-open/proto', new Uint8Array(1_000_000))
      expect((await node.publish(alice, sent)).status).toBe(200)
    }
    await node.close()
  })

  test('have an allowance of units a wallet and day elsewhere', async () => {
    let now = 1_800_000_000
    const node = await makeNode({ floor: parseRule('stamp 1'), walletUnits: 5 }, { clock: () => now })
    const [dave, erin] = await Promise.all([0x44, 0x55].map((byte) => makeAccount(byte, now)))
    const send = (account: TestAccount | undefined, size: number) =>
      node.publish(account!, envelope('/xmtp/0/m-floor/proto', new Uint8Array(size)))
    expect((await send(dave, 4096 * 3 + 1)).status).toBe(200)
    expect((await send(dave, 4097)).json).toMatchObject({ code: 8 })
    expect((await send(dave, 1)).status).toBe(200)
    expect((await send(dave, 1)).json.message).toMatch(/^allowance\.used-up: /)
    expect((await send(erin, 1)).status).toBe(200)
    now += 86_400
    const again = await makeAccount(0x44, now)
    expect((await send(again, 1)).status).toBe(200)
    await node.close()
  })

  test('the first writer owns a preferences topic', async () => {
    const node = await makeNode()
    const topic = `/xmtp/0/userpreferences-${'b'.repeat(43)}/proto`
    const both = await Promise.all([alice, bob].map((account) => node.publish(account, envelope(topic))))
    expect(both.map(({ status }) => status).sort()).toEqual([200, 403])
    const [owner, other] = both[0]?.status === 200 ? [alice, bob] : [bob, alice]
    expect((await node.publish(owner!, envelope(topic))).status).toBe(200)
    expect((await node.publish(other!, envelope(topic))).json.message).toMatch(/^topic\.owned: /)
    await node.close()
  })
})
