import { beforeAll, describe, expect, test } from 'vitest'
import {
  directTopic,
  type Envelope,
  leaksTopic,
  messageTopic,
  ownedTopic,
  parseTopic,
  preferencesTopic,
  type Topic,
  topicKinds,
} from '../../../sdk/codec/index.ts'
import { walletHolder } from '../../../sdk/crypto/index.ts'
import { parseRule } from '../../../sdk/policy/index.ts'
import { nameOfCaller } from '../../../service/node/name-caller.ts'
import { publishWithToken } from '../../../service/node/publish-with-token.ts'
import { tallyKey } from '../../../service/node/state/node-state.ts'
import type { Change } from '../../../service/node/store/index.ts'
import { blocksEnvelope } from '../../helpers/blocks.ts'
import {
  envelope,
  laneEnvelope,
  laneFields,
  makeAccount,
  makeHolder,
  makeNode,
  networkId,
  policyEnvelope,
  type TestAccount,
  type TestNode,
} from '../../helpers/node.ts'

const nobody = parseRule('nobody')
const unit = 4096
const limits = { ownUnits: 8, walletUnits: 4, addressWallets: 3 }
const closed = { floor: nobody, defaultRule: nobody, rateLimits: 'on', ...limits } as const
let now = Date.now() / 1000
let node: TestNode
let fresh: TestAccount
let other: TestAccount

beforeAll(async () => {
  ;[fresh, other] = await Promise.all([makeAccount(0x11), makeAccount(0x22)])
  node = await makeNode(closed, { clock: () => now })
  return () => node.close()
})

/** Units that a wallet without anything to show keeps on topics of a kind in a day, where the floor is `nobody`. */
const bounds: Record<Topic['kind'], number> = {
  contact: limits.ownUnits,
  privatestore: limits.ownUnits,
  policy: limits.ownUnits,
  blocks: limits.ownUnits,
  sharedlist: limits.ownUnits,
  log: limits.ownUnits,
  invite: limits.ownUnits,
  intro: limits.ownUnits,
  groupInvite: limits.ownUnits,
  userpreferences: limits.ownUnits,
  sealed: 0,
  unattended: 0,
  dm: 0,
  leaks: 0,
  message: limits.walletUnits,
  free: limits.walletUnits,
}

/** Topics of a kind that a wallet may want to fill: its own, another's, several where names are free. */
function topicsOf(kind: Topic['kind'], who: TestAccount): string[] {
  const names = ['a', 'b', 'c'].map((letter) => letter.repeat(43))
  switch (kind) {
    case 'dm':
      return [directTopic(who.address, other.address)]
    case 'leaks':
      return [leaksTopic(networkId)]
    case 'message':
      return names.flatMap((name) => [messageTopic(name), `/xmtp/0/mE-${name}/proto`])
    case 'userpreferences':
      return names.map(preferencesTopic)
    case 'free':
      return ['/xmtp/0/foo/proto', `/xmtp/0/letters-${'ab'.repeat(32)}/proto`, 'x'.repeat(300)]
    default:
      return [ownedTopic(kind, who.address), ownedTopic(kind, other.address)]
  }
}

/** How a store writes when nobody counts. */
const own = new WeakMap<object, TestNode['deps']['store']['write']>()

/** Counts bytes that the node keeps from now on: messages, and what is parked. */
function countKept({ deps }: TestNode): () => number {
  let kept = 0
  const write = own.get(deps.store) ?? deps.store.write
  own.set(deps.store, write)
  const counting: typeof write = (change: Change) => {
    for (const { message } of change.envelopes ?? []) kept += message.length
    kept += change.park?.publish.length ?? 0
    return write(change)
  }
  Object.assign(deps.store, { write: counting })
  return () => kept
}

/** Every way to write on a topic, larger first, each until it is refused. */
async function fill(node: TestNode, topic: string, who: TestAccount): Promise<void> {
  for (const size of [1_000_000, 8192, unit, 1]) {
    await untilRefused((i) => node.publish(who, envelope(topic, new Uint8Array(size).fill(i))))
  }
  const { kind } = parseTopic(topic)
  if (kind === 'policy') await untilRefused((i) => node.publish(who, policyEnvelope(who, { version: BigInt(i) })))
  if (kind === 'blocks') {
    const wallets = Array.from({ length: 2000 }, () => other.bytes)
    await untilRefused((i) => node.publish(who, blocksEnvelope(who, { version: BigInt(i), wallets })))
    await untilRefused((i) => node.publish(who, blocksEnvelope(who, { version: BigInt(i + 99) })))
  }
  await fillUnderLanes(node, topic, who)
  await node.publish(who, envelope(topic), envelope(ownedTopic('invite', other.address)))
}

async function fillUnderLanes(node: TestNode, topic: string, who: TestAccount): Promise<void> {
  const { holder, seed } = makeHolder(7)
  for (const key of [holder, walletHolder(who.bytes)]) {
    const lane = laneFields(topic, key, { units: 16 })
    expect((await node.openLane(lane)).status).toBeGreaterThanOrEqual(400)
    const sent = laneEnvelope({ ...lane, seed }, 1, envelope(topic, new Uint8Array(unit)))
    expect((await node.publishLane(sent)).status).toBeGreaterThanOrEqual(400)
  }
  const close = { topic, use: Buffer.alloc(32).toString('base64'), signature: Buffer.alloc(64).toString('base64') }
  expect((await node.post('/v1/topics/close', close)).status).toBe(404)
}

async function untilRefused(write: (i: number) => Promise<{ status: number }>): Promise<void> {
  for (let i = 1; i < 40; i++) if ((await write(i)).status !== 200) return
  throw new Error('Nothing ever refused it.')
}

describe('where the floor is met by nobody, a wallet with nothing to show keeps no more in a day than', () => {
  test.each(topicKinds.map((kind) => [bounds[kind], kind] as const))(
    '%d units, on topics of kind %s',
    async (most, kind) => {
      const who = await tomorrow(0x80 + topicKinds.indexOf(kind))
      const kept = countKept(node)
      for (const topic of topicsOf(kind, who)) {
        expect(parseTopic(topic).kind).toBe(kind)
        await fill(node, topic, who)
      }
      expect(kept()).toBeLessThanOrEqual(most * unit)
      expect(kept() > 0).toBe(most > 0)
    },
  )

  test('both allowances, on all topics together, with all that is sent at once; and its address the same for three', async () => {
    const who = await tomorrow(0xa0)
    const kept = countKept(node)
    const topics = topicKinds.filter((kind) => kind !== 'policy' && kind !== 'blocks')
    const flood = (who: TestAccount) =>
      Promise.all(
        [8192, unit, 1].flatMap((size) =>
          topics
            .flatMap((kind) => topicsOf(kind, who))
            .map((topic) => node.publish(who, envelope(topic, new Uint8Array(size)))),
        ),
      )
    await flood(who)
    expect(kept()).toBeLessThanOrEqual((limits.ownUnits + limits.walletUnits) * unit)
    for (let i = 0; i < 6; i++) await flood(await makeAccount(0xa1 + i, now))
    expect(kept()).toBeGreaterThan(limits.ownUnits * unit)
    expect(kept()).toBeLessThanOrEqual(limits.addressWallets * (limits.ownUnits + limits.walletUnits) * unit)
  })
})

/** A wallet on the next day, when nobody has used anything up. */
async function tomorrow(byte: number): Promise<TestAccount> {
  now += 86_400
  return makeAccount(byte, now)
}

describe('allowances', () => {
  const send = (node: TestNode, sent: Envelope, { who = fresh, ip = '192.0.2.1' } = {}) =>
    publishWithToken(node.deps, { wallet: who.address, ip, envelopes: [sent] })
  const codeOf = (answer: Awaited<ReturnType<typeof publishWithToken>>) => (answer.ok ? 'ok' : answer.code)

  test('are of a day', async () => {
    now += 86_400
    const log = () => send(node, envelope(ownedTopic('log', fresh.address), new Uint8Array(8 * unit)))
    expect([codeOf(await log()), codeOf(await log())]).toEqual(['ok', 'allowance.used-up'])
    now += 86_400
    expect(codeOf(await log())).toBe('ok')
  })

  test('are of one address however many wallets it makes, and of another address besides', async () => {
    now += 86_400
    const wallets = await Promise.all([1, 2, 3, 4, 5].map((byte) => makeAccount(0x50 + byte)))
    const write = (who: TestAccount, ip: string) =>
      send(node, envelope(ownedTopic('contact', who.address), new Uint8Array(8 * unit)), { who, ip })
    const one = await Promise.all(wallets.map((who, i) => write(who, `2001:db8:1:2:${i}::${i}`)))
    expect(one.map(codeOf)).toEqual(['ok', 'ok', 'ok', 'allowance.used-up', 'allowance.used-up'])
    expect(codeOf(await write(wallets[4]!, '2001:db8:1:3::1'))).toBe('ok')
  })

  test('an own topic holds only so much, however many days it is written to; others go on', async () => {
    const who = await makeAccount(0x71)
    for (const [kind, held] of [
      ['contact', 1024],
      ['log', 1_048_576],
      ['invite', 262_144],
    ] as const) {
      now += 86_400
      const topic = ownedTopic(kind, who.address)
      await node.deps.store.write({ tallies: [{ kind: 'held', who: topic, day: 0, count: held - 1 }] })
      await node.deps.store.sweep(Math.floor(now))
      const sizes = [unit + 1, unit, 1]
      const answers = []
      for (const size of sizes) answers.push(codeOf(await send(node, envelope(topic, new Uint8Array(size)), { who })))
      expect(answers).toEqual(['allowance.used-up', 'ok', 'allowance.used-up'])
    }
    expect(codeOf(await send(node, envelope(ownedTopic('intro', who.address)), { who }))).toBe('ok')
  })

  test('of an honest day are not used up: a client on five devices that is always on, and what a stock client writes', async () => {
    const node = await makeNode({ floor: nobody, defaultRule: nobody, rateLimits: 'on' })
    const key = (kind: 'own' | 'held', who: string) => tallyKey({ kind, who, day: kind === 'held' ? 0 : today() })
    const day = Array.from({ length: 5 * 144 }, () => envelope(ownedTopic('log', fresh.address), new Uint8Array(unit)))
    const stock = [
      ...['contact', 'privatestore'].map((kind) => ownedTopic(kind as 'contact', fresh.address)),
      ...Array<string>(200).fill(ownedTopic('invite', fresh.address)),
      ...Array<string>(200).fill(preferencesTopic('z'.repeat(43))),
    ].map((topic) => envelope(topic, new Uint8Array(1500)))
    for (const envelopes of [day, stock]) {
      expect(await publishWithToken(node.deps, { wallet: fresh.address, ip: '192.0.2.1', envelopes })).toEqual({
        ok: true,
      })
    }
    expect(node.deps.state.tallies.get(key('own', fresh.address))).toBe(720 + 402)
    expect(node.deps.state.tallies.get(key('held', ownedTopic('log', fresh.address)))).toBe(720)
    await node.close()
  })

  const today = () => Math.floor(Date.now() / 86_400_000)

  test('are not counted where nothing is bounded', async () => {
    const node = await makeNode()
    expect(codeOf(await send(node, envelope(ownedTopic('log', fresh.address))))).toBe('ok')
    expect(codeOf(await send(node, envelope('/xmtp/0/foo/proto')))).toBe('ok')
    expect(await node.deps.store.tally({ kind: 'own', who: fresh.address, day: today() })).toBe(0)
    await node.close()
  })

  test('bound an open V1 conversation too', async () => {
    const node = await makeNode({ walletUnits: 4, defaultRule: parseRule('everyone') })
    const topic = directTopic(fresh.address, other.address)
    expect(codeOf(await send(node, envelope(topic, new Uint8Array(3 * unit))))).toBe('ok')
    expect(codeOf(await send(node, envelope(topic, new Uint8Array(2 * unit))))).toBe('allowance.used-up')
    expect(codeOf(await send(node, envelope(ownedTopic('intro', other.address), new Uint8Array(2 * unit))))).toBe(
      'allowance.used-up',
    )
    expect(codeOf(await send(node, envelope(topic)))).toBe('ok')
    await node.close()
  })
})

describe('a caller', () => {
  test('is not written down', () => {
    const [one, same, another] = [1, 1, 2].map((byte) => nameOfCaller('192.0.2.7', new Uint8Array(32).fill(byte)))
    expect([one === same, one === another, one?.includes('192')]).toEqual([true, false, false])
  })
})
