import { privateKeyToAccount } from 'viem/accounts'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { countTraces, createRecorder } from '../../../scripts/start/recorder.ts'
import { pause } from '../../../sdk/async.ts'
import { decodeContact, ownedTopic } from '../../../sdk/codec/index.ts'
import { type Address, fromHex, randomBytes, toHex } from '../../../sdk/crypto/index.ts'
import { type ClientEvent, openTrustee, type TrusteeAccount } from '../../../sdk/index.ts'
import { parseRule } from '../../../sdk/policy/index.ts'
import { createAnonymousNode } from '../../../sdk/transport/index.ts'
import { type RunningTrustee, startTrustee, type TrusteeOptions } from '../../../service/trustee/index.ts'
import { atOnce, type LightNetwork, startLightNetwork, textsOf } from '../../helpers/light-network.ts'
import { deviceOf } from '../../helpers/network.ts'
import { makeUnattended } from '../../helpers/unattended.ts'

// Letters to accounts without keys whose key others keep: real trustees, a node, and clients; the sender is gone when the recipient comes.

const hidden = { dataDir: undefined, metricsPort: 0, logLevel: 'silent', requestBits: 1 } as const
let network: LightNetwork
let trustees: RunningTrustee[]

const startOne = (options: Partial<TrusteeOptions> = {}) =>
  startTrustee({ node: network.url, ...hidden, rule: 'everyone', ...options }, { beatMs: 100 })

beforeAll(async () => {
  network = await startLightNetwork({ unattendedRule: parseRule('work 1') })
  trustees = await Promise.all([1, 2, 3].map(() => startOne()))
})
afterAll(async () => {
  await Promise.all(trustees.map((one) => one.close()))
  await network.close()
})

const randomWallet = () => privateKeyToAccount(`0x${toHex(randomBytes(32))}`)
const terms = () => ({ network: { requestBits: 1, unattendedRule: 'work 1' }, ...deviceOf() })
const addresses = () => trustees.map(({ address }) => address)

describe('a letter whose key trustees keep', () => {
  test('is read with the sender gone, one trustee gone, and the sender shown', async () => {
    const [writer, reader] = [randomWallet(), randomWallet()]
    const fourth = await startOne()
    const named = [...addresses().slice(0, 2), fourth.address]
    const ann = await network.client(writer, terms())
    const letter = await ann.conversations.new(reader.address)
    const escrow = { trustees: named, threshold: 2 }
    expect(await letter.quote({ escrow })).toMatchObject({
      ok: true,
      unattended: { escrow: 'threshold', threshold: 2, trustees: named },
    })
    const told: ClientEvent[] = []
    const sent = await letter.send('Your loan ends.', { escrow, onProgress: (event) => void told.push(event) })
    expect(sent).toMatchObject({ ok: true, path: 'sealed' })
    const held = told.flatMap((event) => (event.kind === 'escrow' ? [event] : []))
    expect(held.map(({ trustee }) => trustee).sort()).toEqual([...named].sort())
    expect(held[0]?.of).toBe(3)
    expect(told.findIndex(({ kind }) => kind === 'publishing')).toBeGreaterThanOrEqual(0)
    expect(await letter.send('In a week.')).toMatchObject({ ok: true, price: 0n })
    await ann.close()
    await fourth.close()

    const ben = await network.client(reader, terms())
    await vi.waitFor(async () => expect(await textsOf(ben)).toEqual(['Your loan ends.', 'In a week.']), 60_000)
    const [read] = await ben.conversations.list()
    expect(read).toMatchObject({ peerAddress: writer.address, isRequest: true })
    expect(await read?.send('Thank you.')).toMatchObject({ ok: true, price: 0n })

    const later = await network.client(writer, terms())
    await vi.waitFor(async () => expect(await textsOf(later)).toContain('Thank you.'), 60_000)
  })

  test('is read where one provider keeps it', async () => {
    const [writer, reader] = [randomWallet(), randomWallet()]
    const ann = await network.client(writer, terms())
    const letter = await ann.conversations.new(reader.address)
    const escrow = { trustees: addresses().slice(0, 1), days: 30 }
    const keptUntil = Math.floor(Date.now() / 3_600_000 + 30 * 24) * 3_600
    expect(await letter.quote({ escrow })).toMatchObject({ unattended: { escrow: 'managed', threshold: 1, keptUntil } })
    expect(await letter.send('Hello.', { escrow })).toMatchObject({ ok: true })
    await ann.close()
    const ben = await network.client(reader, terms())
    await vi.waitFor(async () => expect(await textsOf(ben)).toEqual(['Hello.']), 60_000)
  })
})

/** An account that holds what it is sent, and says what a test has it say. */
async function openSilent(): Promise<TrusteeAccount> {
  const account = await openTrustee(randomWallet(), { node: network.url, network: { requestBits: 1 }, privacy: atOnce })
  await account.publishRule('everyone')
  return account
}

/** The deposits that have come to it, as many as are expected. */
async function depositsTo(account: TrusteeAccount, count: number) {
  const ending = new AbortController()
  const found = []
  for await (const { deposit } of account.deposits(0n, ending.signal)) {
    if (!deposit?.lane) throw new Error('A letter without a deposit has come.')
    const { lane, key } = deposit
    found.push({ deposit, channel: { topic: lane.topic, key, lane } })
    if (found.length === count) break
  }
  ending.abort()
  return found
}

/** A minute of waiting is over at once. */
const hurried = () => ({ ...terms(), sleep: (ms: number) => pause(Math.min(ms, 20)) })

test('a letter that may be read after a day is not read before, by who conspires with nobody', async () => {
  let ahead = 0
  const clock = () => Date.now() / 1000 + ahead
  const kept = await startTrustee({ node: network.url, ...hidden, rule: 'everyone' }, { beatMs: 100, clock })
  const [writer, reader] = [randomWallet(), randomWallet()]
  const ann = await network.client(writer, terms())
  const letter = await ann.conversations.new(reader.address)
  const day = new Date(Date.now() + 2 * 86_400_000).toISOString().slice(0, 10)
  const trustees = [kept.address]
  await expect(letter.send('gm', { escrow: { trustees, condition: 'stamp 1' } })).rejects.toMatchObject({
    code: 'escrow.malformed',
  })
  expect(await letter.send('gm', { escrow: { trustees, condition: `after ${day}` } })).toMatchObject({ ok: true })
  await ann.close()
  const ben = await network.client(reader, terms())
  const states = async () => (await ben.unattended.list()).flatMap((mail) => mail.trustees)
  await vi.waitFor(
    async () => expect(await states()).toMatchObject([{ state: 'refused', code: 'condition.unmet' }]),
    60_000,
  )
  expect(await textsOf(ben)).toEqual([])
  ahead = Date.parse(day) / 1000 + 3_600 - Date.now() / 1000
  await vi.waitFor(async () => expect(await textsOf(ben)).toEqual(['gm']), 60_000)
  await kept.close()
})

test('nothing that goes out for a letter, its deposits and the words for it says who writes', async () => {
  const recorder = createRecorder()
  const wallet = randomWallet()
  // The account's own requests, in its name, go elsewhere: what is recorded goes out in nobody's.
  const ann = await network.client(wallet, { ...terms(), anonymousFetch: recorder.fetch })
  const bob = await makeUnattended(network.url)
  recorder.sent.length = 0 // what the login asks of its own account is another matter
  const letter = await ann.conversations.new(bob.account.address)
  expect(await letter.send('gm', { escrow: { trustees: addresses() } })).toMatchObject({ ok: true })
  const own = await identityIn(ann)
  for (const secret of [fromHex(wallet.address), ...own]) expect(countTraces(recorder.sent, secret)).toBe(0)
  expect(recorder.sent.filter(({ headers }) => headers.has('authorization'))).toEqual([])
  expect(recorder.sent.filter(({ url }) => url.pathname.endsWith('/v1/lanes')).length).toBeGreaterThanOrEqual(14)
  expect(countTraces(recorder.sent, fromHex(bob.account.address))).toBeGreaterThan(0) // the search finds what is there
})

/** The public keys of an account's published bundle. */
async function identityIn({ address }: { readonly address: Address }): Promise<Uint8Array[]> {
  const anonymous = createAnonymousNode({ url: network.url })
  const { envelopes } = await anonymous.queryPage({ contentTopics: [ownedTopic('contact', address)], limit: 1 })
  const bundle = decodeContact(envelopes[0]?.message ?? new Uint8Array())
  return [bundle.identityKey.publicKey, bundle.preKey.publicKey].map((key) => key.slice(1, 33))
}

describe('a letter whose key trustees are to keep, and do not', () => {
  test('is not begun with trustees that are none, named twice, too few, or the sender itself', async () => {
    const ann = await network.client(randomWallet(), terms())
    const letter = await ann.conversations.new(randomWallet().address)
    const [one = '', two = ''] = addresses()
    for (const escrow of [
      { trustees: [] },
      { trustees: [one, one] },
      { trustees: [one, two], threshold: 1 },
      { trustees: [one, two], threshold: 3 },
      { trustees: [one, ann.address] },
    ])
      await expect(letter.send('gm', { escrow })).rejects.toMatchObject({ code: 'escrow.malformed' })
    const stranger = randomWallet().address
    expect(await letter.quote({ escrow: { trustees: [one, stranger] } })).toMatchObject({
      ok: false,
      code: 'trustee.unknown',
      message: expect.stringContaining(stranger),
    })
    expect(letter.isNew).toBe(true)
  })

  test('does not leave while one of them is silent or another speaks for it, and goes on where it was', async () => {
    const bob = await makeUnattended(network.url)
    const [silent, other] = [await openSilent(), await openSilent()]
    const ann = await network.client(randomWallet(), hurried())
    const letter = await ann.conversations.new(bob.account.address)
    const escrow = { trustees: [...addresses().slice(0, 1), silent.address] }
    const waiting = { ok: false, code: 'escrow.unacknowledged', message: expect.stringContaining(silent.address) }
    expect(await letter.send('gm', { escrow })).toMatchObject(waiting)
    const [found] = await depositsTo(silent, 1)
    if (!found) return expect.fail('No deposit has come.')
    const { deposit, channel } = found
    await silent.send(channel, other.acknowledge(deposit))
    await silent.send(channel, silent.acknowledge({ ...deposit, expiresAt: deposit.expiresAt - 1n }))
    expect(await letter.send('gm', { escrow })).toMatchObject(waiting)
    expect(await bob.waiting()).toHaveLength(0)
    await silent.send(channel, silent.acknowledge(deposit))
    expect(await letter.send('gm')).toMatchObject({ ok: true })
    expect(await bob.waiting()).toHaveLength(1)
    await expect(Promise.race([depositsTo(silent, 2), pauseFor(300)])).resolves.toBe('nothing')
    silent.close()
    other.close()
  })

  test('says which of them refuses and why, leaves nothing, and can be sent with others', async () => {
    const bob = await makeUnattended(network.url)
    const brief = await startOne({ longestDays: 30 })
    const ann = await network.client(randomWallet(), terms())
    const letter = await ann.conversations.new(bob.account.address)
    const [one = '', two = ''] = addresses()
    expect(await letter.send('gm', { escrow: { trustees: [one, brief.address] } })).toMatchObject({
      ok: false,
      code: 'trustee.refused',
      message: expect.stringMatching(`${brief.address}.*deposit.end`),
    })
    expect(await bob.waiting()).toHaveLength(0)
    expect(await letter.send('gm', { escrow: { trustees: [one, two] } })).toMatchObject({ ok: true })
    const [waiting] = await bob.waiting()
    expect(waiting?.escrow?.trustees).toHaveLength(2)
    await brief.close()
  })

  test('changes nothing any more once the letter itself is begun', async () => {
    const bob = await makeUnattended(network.url)
    const { client: ann, recording } = await network.watched(randomWallet(), terms())
    const letter = await ann.conversations.new(bob.account.address)
    const escrow = { trustees: addresses().slice(0, 1) }
    let isDown = true
    recording.meddle(async (url, body) =>
      isDown && url.endsWith('/v1/publish') && new TextDecoder().decode(body).includes('/unattended-')
        ? new Response('{"code":"node.unavailable"}', { status: 403 })
        : undefined,
    )
    await letter.send('gm', { escrow }).catch(() => undefined)
    isDown = false
    expect(await letter.send('gm', { escrow: 'sender' })).toMatchObject({ ok: false, code: 'escrow.begun' })
    expect(await letter.send('gm', { escrow })).toMatchObject({ ok: true })
    expect(await bob.waiting()).toHaveLength(1)
  })
})

const pauseFor = (ms: number) => new Promise((resolve) => setTimeout(() => resolve('nothing'), ms))
