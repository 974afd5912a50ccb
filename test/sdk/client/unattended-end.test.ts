import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts'
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { encodeBundle } from '../../../sdk/codec/index.ts'
import { randomBytes, toHex } from '../../../sdk/crypto/index.ts'
import { openOnChannel, sealOnChannel, signChange, signEndRefused } from '../../../sdk/escrow/index.ts'
import { createIdentity } from '../../../sdk/identity/index.ts'
import type { Client, EscrowChoice } from '../../../sdk/index.ts'
import { parseRule } from '../../../sdk/policy/index.ts'
import { createAnonymousNode } from '../../../sdk/transport/index.ts'
import { type RunningTrustee, startTrustee } from '../../../service/trustee/index.ts'
import { networkId } from '../../helpers/deposits.ts'
import { atOnce, type LightNetwork, startLightNetwork, textsOf } from '../../helpers/light-network.ts'
import { deviceOf } from '../../helpers/network.ts'
import { problem } from '../../helpers/recording.ts'
import { countOf } from '../../helpers/trustee-network.ts'
import { makeUnattended } from '../../helpers/unattended.ts'

// A sender takes a letter back, or has its key kept until another time: by real trustees and by its own clients, over a node.

const hidden = { dataDir: undefined, metricsPort: 0, logLevel: 'silent', requestBits: 1, rule: 'everyone' } as const
const day = 86_400
let network: LightNetwork
let trustees: RunningTrustee[]
/** Of everybody; it only ever goes on. */
let passed = 0
let frozen: number | undefined
const now = () => frozen ?? Date.now() / 1000 + passed

beforeAll(async () => {
  network = await startLightNetwork({ unattendedRule: parseRule('work 1') }, { clock: now })
  const options = { node: network.url, ...hidden }
  trustees = await Promise.all(
    [1, 2, 3].map(() => startTrustee(options, { beatMs: 100, clock: now, accountClock: now })),
  )
})
beforeEach(() => {
  frozen = undefined
})
afterAll(async () => {
  await Promise.all(trustees.map((one) => one.close()))
  await network.close()
})

const randomWallet = () => privateKeyToAccount(`0x${toHex(randomBytes(32))}`)
const terms = () => ({ network: { requestBits: 1, unattendedRule: 'work 1' }, now, ...deviceOf() })
const soon = <T>(check: () => Promise<T>) => vi.waitFor(check, { timeout: 30_000, interval: 100 })

const ways: [string, (days: number) => EscrowChoice][] = [
  ['its own clients', (days) => ({ days })],
  ['one trustee', (days) => ({ trustees: trustees.slice(0, 1).map(({ address }) => address), days })],
  ['two of three trustees', (days) => ({ trustees: trustees.map(({ address }) => address), threshold: 2, days })],
]

/** A letter that waits, its reader, who has no keys yet, and another client of its writer, with nothing but the log. */
async function leave(escrow: EscrowChoice, more: Parameters<LightNetwork['client']>[1] = {}) {
  const [writer, key] = [randomWallet(), generatePrivateKey()]
  const ann = await network.client(writer, { ...terms(), ...more })
  const bob = await makeUnattended(network.url, key, now)
  const conversation = await ann.conversations.new(bob.account.address)
  const sent = await conversation.send('Your loan ends.', { escrow })
  if (!sent.ok) throw new Error(`${sent.code}: ${sent.message}`)
  const another = (options: typeof more = {}) => network.client(writer, { ...terms(), ...options })
  const arrive = () => network.client(privateKeyToAccount(key), terms())
  return { ann, bob, conversation, another, arrive }
}

const escrowAt = async (client: Client) => {
  const [conversation] = await client.conversations.list()
  return conversation?.escrow ?? expect.fail('The log does not have it.')
}
const reads = (client: Client) => soon(async () => expect(await textsOf(client)).toEqual(['Your loan ends.']))
const isRefused = (client: Client, code: string) =>
  soon(async () => {
    const [letter] = await client.unattended.list()
    const codes = letter?.trustees.map((trustee) => trustee.code) ?? []
    expect(codes).toEqual(codes.map(() => code))
    expect(codes.length).toBeGreaterThan(0)
    expect(await textsOf(client)).toEqual([])
  })

type Bob = Awaited<ReturnType<typeof makeUnattended>>

/** The changes that lie on the first channel of a letter, as bytes. */
async function changesFor(bob: Bob): Promise<Uint8Array[]> {
  const { channel } = await bob.onlyLetter()
  const { envelopes } = await createAnonymousNode({ url: network.url }).queryPage({ contentTopics: [channel.topic] })
  const isChange = ({ message }: { message: Uint8Array }) => {
    try {
      return openOnChannel(message, channel).kind.case === 'change'
    } catch {
      return false
    }
  }
  return envelopes.filter(isChange).map(({ message }) => message)
}

/** A change that only looks so. */
async function forge(bob: Bob, expiresAt: bigint, version: number): Promise<void> {
  const { channel, escrow } = await bob.onlyLetter()
  const signature = signChange(networkId, { letter: escrow.letter, expiresAt, version }, randomBytes(32))
  await bob.put(sealOnChannel({ case: 'change', value: { expiresAt, version, signature } }, channel, randomBytes))
}

/** To the last full hour, of which one may have ended since. */
function expectDays(keptUntil: number | undefined, days: number): void {
  const last = Math.floor(now() / 3_600 + days * 24) * 3_600
  expect([last, last - 3_600]).toContain(keptUntil)
}

describe.each(ways)('a letter whose key is kept by %s', (_, by) => {
  test('and that was taken back on another device, cannot be read', async () => {
    const { ann, conversation, another, arrive } = await leave(by(30))
    const other = await another()
    const escrow = await escrowAt(other)
    expectDays(escrow.keptUntil, 30)
    expect(await escrow.withdraw()).toEqual({ ok: true })
    expect(escrow.keptUntil).toBe(0)
    await ann.conversations.list() // reads the log
    expect(conversation.escrow?.keptUntil).toBe(0)
    expect(await conversation.escrow?.withdraw()).toEqual({ ok: true })
    expect(await conversation.escrow?.extend(60)).toMatchObject({ ok: false, code: 'escrow.withdrawn' })
    await isRefused(await arrive(), 'escrow.withdrawn')
    await another() // what it would answer, too
    await isRefused(await arrive(), 'escrow.withdrawn')
  })

  test('stays readable for who had it before it was taken back', async () => {
    const { conversation, arrive } = await leave(by(30))
    await reads(await arrive())
    expect(await conversation.escrow?.withdraw()).toEqual({ ok: true })
    await reads(await arrive())
  })

  test('is gone for good, whatever old word of its sender is repeated', async () => {
    const { conversation, bob, arrive } = await leave(by(30))
    await conversation.escrow?.extend(60)
    const [old = expect.fail('no change')] = await changesFor(bob)
    await conversation.escrow?.withdraw()
    await bob.put(old)
    await isRefused(await arrive(), 'escrow.withdrawn')
  })

  test('is neither taken back nor extended by who has no more than its header', async () => {
    const [gone, extended] = [await leave(by(30)), await leave(by(1))]
    await forge(gone.bob, 0n, 0xffff_ffff)
    await forge(extended.bob, BigInt(Math.floor(now() + 60 * day)), 0xffff_fffe)
    passed += 2 * day
    await extended.bob.publishKeys()
    await extended.bob.claim()
    await reads(await gone.arrive())
    expect(await codesTo(extended.bob)).not.toContain('share')
  })

  test('and was extended, is read after its first end, whatever older word is repeated', async () => {
    const { conversation, bob, arrive } = await leave(by(1))
    await conversation.escrow?.extend(2)
    const [old = expect.fail('no change')] = await changesFor(bob)
    const extended = await conversation.escrow?.extend(40)
    expect(extended).toMatchObject({ ok: true, keptUntil: conversation.escrow?.keptUntil })
    await bob.put(old)
    passed += 30 * day
    await reads(await arrive())
  })

  test('is handed out until the second before its new end, and not from then on', async () => {
    const end = Math.floor(now()) + 5 * day
    const letters = [await leave(by(1)), await leave(by(1))] as const
    for (const { conversation } of letters)
      expect(await conversation.escrow?.extend(new Date(end * 1000))).toEqual({ ok: true, keptUntil: end })
    const [first, second] = letters
    passed += 5 * day
    frozen = end - 0.5
    for (const { bob } of letters) await bob.publishKeys()
    await first.bob.claim()
    await soon(async () => expect(await codesTo(first.bob)).toEqual(['share']))
    frozen = end
    await second.bob.claim()
    frozen = undefined
    await isHeard(by)
    expect(await codesTo(second.bob)).not.toContain('share')
    expect(await second.conversation.escrow?.extend(5)).toMatchObject({ ok: false, code: 'escrow.expired' })
  })

  test.each([true, false])('cannot be read where two clients take it back and extend it at once', async (isFirst) => {
    const { conversation, another, arrive, ann } = await leave(by(30))
    const elsewhere = await another()
    const other = await escrowAt(elsewhere)
    const calls = [() => conversation.escrow?.withdraw(), () => other.extend(90)]
    const [withdrawn] = isFirst
      ? await Promise.all(calls.map((call) => call()))
      : (await Promise.all(calls.toReversed().map((call) => call()))).toReversed()
    expect(withdrawn).toEqual({ ok: true })
    for (const client of [ann, elsewhere]) await client.conversations.list() // reads the log
    await isRefused(await arrive(), 'escrow.withdrawn')
  })
})

/** What the trustees have answered to a claim. */
async function codesTo(bob: Bob): Promise<string[]> {
  return (await bob.answers()).flatMap((kind) => {
    if (kind.case === 'share') return ['share']
    return kind.case === 'refused' ? [kind.value.code] : []
  })
}

/** Waits until a later claim is answered, so that an earlier one was looked at. What has ended may be deleted, and has no answer. */
async function isHeard(by: (typeof ways)[number][1]): Promise<void> {
  const { bob } = await leave(by(30))
  await bob.publishKeys()
  await bob.claim()
  await soon(async () => expect(await codesTo(bob)).toContain('share'))
}

/** How many changes the trustees have done. */
async function changed(): Promise<number> {
  const counts = await Promise.all(trustees.map((one) => countOf(one, 'pennypost_deposits_changed_total')))
  return counts.reduce((sum, count) => sum + count, 0)
}

describe('another end', () => {
  test('is refused where it is none, or too far', async () => {
    const { conversation } = await leave({ days: 30 })
    const { escrow } = conversation
    const late = new Date((now() + 366 * day) * 1000)
    for (const until of [0, -1, 366, Number.NaN, new Date(0), new Date(now() * 1000 - 1000), new Date('never'), late])
      expect(await escrow?.extend(until), String(until)).toMatchObject({ ok: false, code: 'escrow.end' })
    expectDays(escrow?.keptUntil, 30)
    expect(await escrow?.extend(365)).toMatchObject({ ok: true })
  })

  test.each(ways)('may be earlier, of a letter whose key is kept by %s', async (_, by) => {
    const [escrow, before] = [by(30), await changed()]
    const { conversation, bob } = await leave(escrow)
    expect(await conversation.escrow?.extend(2)).toMatchObject({ ok: true })
    const count = typeof escrow === 'object' ? (escrow.trustees ?? []).length : 0
    await soon(async () => expect(await changed()).toBe(before + count)) // what is over when it is heard changes nothing
    passed += 3 * day
    await bob.publishKeys()
    await bob.claim()
    await isHeard(by)
    expect(await codesTo(bob)).not.toContain('share')
  })

  test('beyond what a trustee keeps is answered with its word until when it would, and by nobody else in its name', async () => {
    const options = { node: network.url, ...hidden, longestDays: 30 }
    const short = await startTrustee(options, { beatMs: 100, clock: now, accountClock: now })
    const { conversation, bob, ann } = await leave({ trustees: [short.address], days: 10 })
    const refused = await conversation.escrow?.extend(90)
    const latest = new Date((now() + 30 * day) * 1000).toISOString().slice(0, 13)
    const message = expect.stringContaining(`${short.address} keeps it until ${latest}`)
    expect(refused).toMatchObject({ ok: false, code: 'trustee.refused', message })
    const { channel, escrow } = await bob.onlyLetter()
    const { envelopes } = await createAnonymousNode({ url: network.url }).queryPage({ contentTopics: [channel.topic] })
    const kinds = envelopes.map(({ message: sealed }) => openOnChannel(sealed, channel).kind)
    const word = kinds.find((kind) => kind.case === 'endRefused')
    if (word?.case !== 'endRefused') return expect.fail('The trustee has said nothing.')
    const stranger = await createIdentity(randomWallet(), { createdMs: BigInt(Date.now()) })
    for (let version = word.value.version; version < word.value.version + 30; version++) {
      const said = { letter: escrow.letter, latest: word.value.latest, version }
      const signature = signEndRefused(networkId, said, stranger.keys.identityKey.secret)
      const another = { ...word.value, version, bundle: encodeBundle(stranger.bundle), signature }
      for (const value of [{ ...word.value, version }, another])
        await bob.put(sealOnChannel({ case: 'endRefused', value }, channel, randomBytes))
    }
    expect(await conversation.escrow?.extend(20)).toMatchObject({ ok: true })
    expect((await ann.conversations.list())[0]?.escrow?.keptUntil).toBe(conversation.escrow?.keptUntil)
    await short.close()
  })

  test('holds by a client whose clock is behind another one, whose log nobody has seen yet', async () => {
    const privacy = { ...atOnce, copySeconds: 3_600 }
    const { another, arrive } = await leave({ trustees: [trustees[0]?.address ?? ''], days: 30 })
    const ahead = await another({ now: () => now() + 3_000, privacy })
    expect(await (await escrowAt(ahead)).extend(2)).toMatchObject({ ok: true })
    expect(await (await escrowAt(await another())).extend(60)).toMatchObject({ ok: true })
    passed += 10 * day
    await reads(await arrive())
  })

  test('by a client whose clock is ahead does not outrank taking back, by one that has not seen it', async () => {
    const privacy = { ...atOnce, copySeconds: 3_600 }
    const { another, arrive } = await leave({ trustees: [trustees[0]?.address ?? ''], days: 30 })
    const [ahead, before] = [await another({ now: () => now() + 3_000, privacy }), await changed()]
    expect(await (await escrowAt(ahead)).extend(60)).toMatchObject({ ok: true })
    await soon(async () => expect(await changed()).toBe(before + 1))
    expect(await (await escrowAt(await another())).withdraw()).toEqual({ ok: true })
    await isRefused(await arrive(), 'escrow.withdrawn')
  })

  test('is nothing that others, new conversations or those with keys have', async () => {
    const { conversation, ann, arrive } = await leave({ days: 30 })
    expect(conversation.escrow).toBeDefined()
    const ben = await arrive()
    await reads(ben)
    const [received] = await ben.conversations.list()
    expect(received?.escrow).toBeUndefined()
    const fresh = await ann.conversations.new(randomWallet().address)
    expect(fresh.escrow).toBeUndefined()
    const cat = await network.client(randomWallet(), terms())
    await cat.policy.set('everyone')
    const ordinary = await ann.conversations.new(cat.address)
    await ordinary.send('gm')
    expect(ordinary.escrow).toBeUndefined()
  })
})

test('taking back tells those trustees that have not heard it, when it is called again', async () => {
  const escrow = { trustees: trustees.map(({ address }) => address), threshold: 2 }
  const { another, bob, arrive } = await leave(escrow)
  const { channel } = await bob.onlyLetter()
  const { client, recording } = await network.watched(0x71, terms())
  await client.close()
  const other = await escrowAt(await another({ fetch: recording.fetch, anonymousFetch: recording.fetch }))
  const stop = recording.meddle((url, body) =>
    url.endsWith('/v1/publish') && new TextDecoder().decode(body).includes(channel.topic)
      ? problem(403, 'envelope.invalid')
      : undefined,
  )
  expect(await other.withdraw()).toMatchObject({ ok: false })
  expect(await changesFor(bob)).toHaveLength(0)
  stop()
  expect(await other.withdraw()).toEqual({ ok: true })
  await isRefused(await arrive(), 'escrow.withdrawn')
})
