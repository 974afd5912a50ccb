import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { randomBytes } from '../../../sdk/crypto/index.ts'
import { claimKeyId, sealOnChannel } from '../../../sdk/escrow/index.ts'
import { createIdentity } from '../../../sdk/identity/index.ts'
import { parseRule } from '../../../sdk/policy/index.ts'
import { type LightNetwork, startLightNetwork } from '../../helpers/light-network.ts'
import { backupsOf, lyingFetch, showing } from '../../helpers/lying-node.ts'
import { mortalFetch } from '../../helpers/mortal-fetch.ts'
import { problem } from '../../helpers/recording.ts'
import { makeUnattended } from '../../helpers/unattended.ts'

let network: LightNetwork
const terms = { network: { requestBits: 1, unattendedRule: 'work 1' } }

beforeAll(async () => {
  network = await startLightNetwork({ unattendedRule: parseRule('work 1') })
})
afterAll(() => network?.close())

const sentAs = { 'content-type': 'application/x-protobuf' }

/** A device, and what a copy of its storage has at some moment. */
function deviceOf() {
  const saved = new Map<string, Uint8Array>()
  const over = (map: Map<string, Uint8Array>) => ({
    get: async (key: string) => map.get(key),
    set: async (key: string, value: Uint8Array) => void map.set(key, value),
  })
  return { device: { index: 0, count: 1 }, storage: over(saved), copy: () => over(new Map(saved)) }
}

const soon = <T>(check: () => Promise<T>) => vi.waitFor(check, { timeout: 8000, interval: 100 })

async function send(who: number, to: string, more: object = {}) {
  const client = await network.client(who, { ...terms, ...more })
  const sent = await (await client.conversations.new(to)).send('hello')
  if (!sent.ok) throw new Error(sent.code)
  return client
}

describe('a claim', () => {
  test('by the account is answered by the sender alone, with what opens the letter and says who wrote', async () => {
    const bob = await makeUnattended(network.url)
    const alice = await send(0x21, bob.account.address)
    await bob.publishKeys()
    await bob.claim()
    const secret = await soon(async () => (await bob.share()) ?? expect.fail('no share yet'))
    const { conversation, opened, read } = await bob.open(secret)
    expect(conversation.peer).toBe(alice.address)
    const [own] = await alice.conversations.list()
    expect(new Date(Number(conversation.createdNs / 1_000_000n))).toEqual(own?.createdAt)
    expect(new TextDecoder().decode(read(opened.message).payload)).toContain('hello')
    expect(opened.replyLane?.topic).toBe(conversation.topic)
  })

  test('is answered by a later client of the account that has nothing but the log', async () => {
    const bob = await makeUnattended(network.url)
    await (await send(0x22, bob.account.address)).close()
    await bob.publishKeys()
    await bob.claim()
    expect(await bob.share()).toBeUndefined()
    await network.client(0x22, terms)
    await soon(async () => (await bob.share()) ?? expect.fail('no share yet'))
  })

  test.each([
    ['with nothing but its device', 0x23, 3600],
    ['with nothing but its log and a backup from before', 0x29, 0],
  ])('is answered where the sender fell over right behind the letter, %s', async (_, who, copySeconds) => {
    const bob = await makeUnattended(network.url)
    const [{ device, storage, copy }, { fetch, die }] = [deviceOf(), mortalFetch()]
    const privacy = { copySeconds, joinSeconds: 0, prepareSeconds: 0 } // of an hour: no page is written before
    const alice = await network.client(who, { ...terms, device, storage, privacy, fetch, anonymousFetch: fetch })
    const [before] = await backupsOf(network.url, alice.address)
    if (copySeconds === 0) await alice.policy.rotateKey()
    const sent = await (await alice.conversations.new(bob.account.address)).send('hello')
    expect(sent.ok).toBe(true)
    die()
    const left = copy()
    await bob.publishKeys()
    await bob.claim()
    await new Promise((resolve) => setTimeout(resolve, 1000))
    expect(await bob.answers()).toEqual([])
    const restored = { fetch: lyingFetch(showing(before!)) }
    await network.client(who, { ...terms, ...(copySeconds === 0 ? restored : { device, storage: left }) })
    await soon(async () => (await bob.share()) ?? expect.fail('no share yet'))
  })

  test('that names a key which the account has not published gets no share, whoever signed it', async () => {
    const bob = await makeUnattended(network.url)
    await send(0x24, bob.account.address)
    await bob.publishKeys()
    const other = await createIdentity(bob.account, { createdMs: 1n })
    await bob.claim(other)
    const [refused] = await soon(async () => {
      const found = await bob.answers()
      return found.length > 0 ? found : expect.fail('no answer yet')
    })
    expect(refused).toMatchObject({ case: 'refused', value: { code: 'release.key-unknown' } })
    expect(await bob.share()).toBeUndefined()
  })

  test('is answered behind 200 messages of garbage, 50 forged claims and 4 forged answers, once by each client', async () => {
    const bob = await makeUnattended(network.url)
    await (await send(0x25, bob.account.address)).close()
    await bob.publishKeys()
    const { channel, escrow } = await bob.onlyLetter()
    const put = (kind: Parameters<typeof sealOnChannel>[0]) => bob.put(sealOnChannel(kind, channel, randomBytes))
    for (let i = 0; i < 100; i++) await bob.put(randomBytes(1024))
    for (let i = 0; i < 100; i++) await put({ case: 'claim', value: {} })
    const release = await bob.release([escrow.letter])
    for (let i = 0; i < 50; i++)
      await put({ case: 'claim', value: { release: { ...release, signature: randomBytes(65) } } })
    const keyId = claimKeyId(bob.identity.bundle.identityKey.publicKey)
    for (let i = 0; i < 4; i++) await put({ case: 'share', value: { index: 1, sealed: randomBytes(125), keyId } })
    for (let i = 0; i < 3; i++) await bob.claim()
    await network.client(0x25, terms)
    await soon(async () => (await bob.share()) ?? expect.fail('no share yet'))
    await network.client(0x25, terms)
    await new Promise((resolve) => setTimeout(resolve, 1000))
    const shares = (await bob.answers()).filter((kind) => kind.case === 'share')
    expect(shares).toHaveLength(4 + 2)
  })

  test('is answered after all where the node has refused the answer before', async () => {
    const bob = await makeUnattended(network.url)
    await (await send(0x26, bob.account.address)).close()
    await bob.publishKeys()
    await bob.claim()
    const { channel } = await bob.onlyLetter()
    const { recording, client } = await network.watched(0x27)
    await client.close()
    let refused = 0
    recording.meddle((url, body) =>
      url.endsWith('/v1/publish') && new TextDecoder().decode(body).includes(channel.topic) && refused++ < 2
        ? problem(403, 'envelope.invalid')
        : undefined,
    )
    await network.client(0x26, { ...terms, fetch: recording.fetch })
    await soon(async () => (await bob.share()) ?? expect.fail('no share yet'))
    expect(refused).toBe(3)
  })

  test('is answered with nothing but the device where the letter left and the sender never heard so', async () => {
    const bob = await makeUnattended(network.url)
    const device = deviceOf()
    const privacy = { copySeconds: 3600, joinSeconds: 0, prepareSeconds: 0 }
    const { recording, client } = await network.watched(0x28, {
      ...terms,
      device: device.device,
      storage: device.storage,
      privacy,
    })
    let atCrash: typeof device.storage | undefined
    recording.meddle(async (url, body) => {
      if (!url.endsWith('/v1/publish') || !new TextDecoder().decode(body).includes('unattended-')) return undefined
      const { status } = await fetch(url, { method: 'POST', body: Uint8Array.from(body), headers: sentAs })
      expect(status).toBe(200)
      atCrash = device.copy()
      return problem(403, 'answer.lost')
    })
    const sent = await (await client.conversations.new(bob.account.address)).send('hello')
    expect(sent.ok).toBe(false)
    expect(await bob.waiting()).toHaveLength(1)
    await bob.publishKeys()
    await bob.claim()
    await network.client(0x28, { ...terms, device: device.device, storage: atCrash })
    await soon(async () => (await bob.share()) ?? expect.fail('no share yet'))
  })
})
