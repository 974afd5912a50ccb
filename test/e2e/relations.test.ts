import { generatePrivateKey } from 'viem/accounts'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { decodeLaneRequest, ownedTopic } from '../../sdk/codec/index.ts'
import { toHex } from '../../sdk/crypto/index.ts'
import type { Client } from '../../sdk/index.ts'
import { knowSetup } from '../helpers/known-setup.ts'
import { atOnce, startTestNetwork, type TestNetwork } from '../helpers/network.ts'
import { createWaits, publishOpenly } from '../helpers/open-publish.ts'
import { createRecording, problem, type Recorded } from '../helpers/recording.ts'

knowSetup()

let network: TestNetwork
let alice: Client
let purse: Awaited<ReturnType<TestNetwork['purse']>>
const bobKey = generatePrivateKey()
let bob: Client

beforeAll(async () => {
  network = await startTestNetwork()
  purse = await network.purse()
  alice = await network.client(purse)
  bob = await network.client({ key: bobKey })
  await bob.policy.set('stamp 1')
  await alice.stamps.buy({ count: 48 })
})
afterAll(() => network?.close())

async function texts(client: Client, peer: Client): Promise<unknown[]> {
  await client.conversations.list()
  const conversation = await client.conversations.new(peer.address)
  return (await conversation.messages()).map(({ content }) => content)
}

function nullifiers(sent: readonly Recorded[]): string[] {
  const requests = sent.filter(({ url }) => url.endsWith('/v1/lanes')).map(({ body }) => decodeLaneRequest(body))
  const kinds = requests.flatMap(({ evidence }) => evidence.map(({ kind }) => kind))
  return kinds.flatMap((kind) => (kind.case === 'ticket' ? [toHex(kind.value.nullifier)] : []))
}

describe('an account on another client, with nothing but its wallet', () => {
  test('has its conversations, its messages and its stamps', async () => {
    const sent = await (await alice.conversations.new(bob.address)).send('gm')
    expect(sent).toMatchObject({ ok: true })
    const again = await network.client({ key: purse.key })
    expect((await again.stamps.balance()).stamps).toBe(47)
    expect(await texts(again, bob)).toEqual(['gm'])
  })

  test('goes on with a conversation that another client began, on both sides', async () => {
    const [aliceAgain, bobAgain] = await Promise.all([
      network.client({ key: purse.key }),
      network.client({ key: bobKey }),
    ])
    /** Times show full minutes only: what is written comes after what was read. */
    const readAndWrite = async (from: Client, to: Client, text: string) => {
      const conversation = await from.conversations.new(to.address)
      await conversation.messages()
      expect(await conversation.send(text)).toMatchObject({ ok: true })
    }
    await readAndWrite(bobAgain, alice, 'from the other Bob')
    await readAndWrite(aliceAgain, bob, 'from the other Alice')
    await readAndWrite(alice, bob, 'from the first Alice')
    const all = ['gm', 'from the other Bob', 'from the other Alice', 'from the first Alice']
    expect(await texts(bob, alice)).toEqual(all)
    expect(await texts(aliceAgain, bob)).toEqual(all)
  })

  test('uses no message id that any client of it has used', async () => {
    const recordings = [createRecording(), createRecording(), createRecording()]
    const clients = await Promise.all(recordings.map(({ fetch }) => network.client({ key: purse.key, fetch })))
    const recipients = await Promise.all(clients.map(() => network.client()))
    await Promise.all(recipients.map((recipient) => recipient.policy.set('stamp 1')))
    const write = async (client: Client, i: number) =>
      (await client.conversations.new(recipients[i]!.address)).send('at the same moment')
    const sent = await Promise.all(clients.map(write))
    expect(sent.map(({ ok }) => ok)).toEqual([true, true, true])
    const shown = recordings.flatMap(({ sent }) => nullifiers(sent))
    expect(new Set(shown).size).toBe(3)
  })
})

describe('a purchase that is cut off after the chain has it', () => {
  test('is found again by the next client of the account', async () => {
    const recording = createRecording()
    const { key, chain } = await network.purse()
    const cutOff = await network.client({ key, chain, fetch: recording.fetch })
    let entries = 0
    recording.meddle((url, body) => {
      const isPage = url.endsWith('/publish') && new TextDecoder().decode(body).includes('/log-')
      return isPage && ++entries > 1 ? problem(503, 'node.unavailable') : undefined
    })
    expect(await cutOff.stamps.buy({ count: 5 })).toMatchObject({ limit: 5n })
    await cutOff.close()

    const next = await network.client({ key })
    await expect
      .poll(async () => (await (await network.client({ key })).stamps.balance()).stamps, { timeout: 90_000 })
      .toBe(5)
    await expect.poll(async () => (await next.stamps.balance()).stamps, { timeout: 90_000 }).toBe(5)
  })

  test('leaves nothing behind where the chain never had it', async () => {
    const { key, chain } = await network.purse(2)
    const poor = await network.client({ key, chain })
    await expect(poor.stamps.buy({ count: 5 })).rejects.toMatchObject({ code: 'token.balance-too-low' })
    await expect(poor.stamps.buy({ count: 2, maxPrice: 1n })).rejects.toMatchObject({ code: 'postage.price-too-high' })
    expect(await poor.stamps.balance()).toEqual({ stamps: 0, coming: 0, books: [] })
  })
})

describe('a connection', () => {
  test('opens a first contact free of charge, until it is revoked', async () => {
    await bob.conversations.list()
    expect(await bob.connections.grant(alice.address)).toEqual({ ok: true })
    expect(await texts(alice, bob)).not.toContain(undefined)
    expect(alice.connections.isHeld(bob.address)).toBe(true)

    await alice.conversations.list()
    const before = (await alice.stamps.balance()).stamps
    const free = await alice.conversations.new(bob.address, { context: { conversationId: 'example.org/free' } })
    expect(await free.quote()).toMatchObject({ price: 0n, held: { connection: true }, conditions: ['connection'] })
    expect(await free.send('free of charge')).toMatchObject({ ok: true, price: 0n })
    expect((await alice.stamps.balance()).stamps).toBe(before)

    expect(await bob.connections.revoke(alice.address)).toMatchObject({ ok: true })
    const revoked = await alice.conversations.new(bob.address, { context: { conversationId: 'example.org/revoked' } })
    expect(await revoked.send('still there?')).toMatchObject({ ok: false, code: 'connection.revoked' })
    expect(await revoked.quote()).toMatchObject({ price: 10n ** 18n, held: { connection: false } })
    expect(await revoked.send('then with a stamp')).toMatchObject({ ok: true, price: 10n ** 18n })
  })

  test('is known to the account wherever it logs in', async () => {
    const again = await network.client({ key: purse.key })
    expect(again.connections.isHeld(bob.address)).toBe(true)
  })
})

describe('a block', () => {
  /** What a client hears on streams that it opens now. */
  async function listen(client: Client): Promise<unknown[]> {
    const heard: unknown[] = []
    const keep = async <T>(stream: AsyncIterable<T>, read: (item: T) => unknown) => {
      for await (const item of stream) heard.push(read(item))
    }
    const [conversation] = await client.conversations.list()
    void keep(await client.streamAllMessages(), ({ content }) => content)
    void keep(await conversation!.stream(), ({ content }) => content)
    void keep(await client.conversations.stream(), ({ peerAddress }) => peerAddress)
    return heard
  }

  const about = (id: string) => ({ context: { conversationId: `example.org/${id}` } })

  test('is known to the node by the pseudonym at once and by the wallet later, and nothing of it is heard', {
    timeout: 120_000,
  }, async () => {
    const key = generatePrivateKey()
    const { sleep, wake } = createWaits()
    const carol = await network.client({ key, sleep, privacy: { ...atOnce, copySeconds: 600 } })
    await carol.policy.set('stamp 1')
    expect(await (await alice.conversations.new(carol.address)).send('buy my things')).toMatchObject({ ok: true })
    const other = await network.client({ key })
    const heard = [await listen(carol), await listen(other)]

    const recording = createRecording()
    const slow = await network.client({ key: purse.key, fetch: recording.fetch })
    const blocked = Promise.withResolvers<undefined>()
    const opened = Promise.withResolvers<void>()
    recording.meddle((url) => {
      if (!url.endsWith('/v1/publish')) return undefined
      opened.resolve()
      return blocked.promise
    })
    const begun = (await slow.conversations.new(carol.address, about('begun'))).send('over a lane that is open')
    await opened.promise
    expect(await carol.block(alice.address)).toEqual({ ok: true, isKnownToNode: true })
    blocked.resolve(undefined)
    expect(await begun).toMatchObject({ ok: false, code: 'policy.blocked' })

    const again = await alice.conversations.new(carol.address, about('again'))
    expect(await again.send('buy my things')).toMatchObject({ ok: false, code: 'policy.blocked' })
    await (await alice.conversations.new(carol.address)).send('in the conversation there was').catch(() => undefined)

    await other.policy.set('everyone')
    const kinds = ['invite', 'intro'] as const
    const byWallet = () =>
      Promise.all(kinds.map((kind) => publishOpenly(network, purse.key, ownedTopic(kind, carol.address))))
    expect(await byWallet()).toEqual(['accepted', 'accepted'])
    await expect
      .poll(async () => {
        wake()
        return byWallet()
      })
      .toEqual(['policy.blocked', 'policy.blocked'])

    const dave = await network.client()
    expect(await (await dave.conversations.new(carol.address)).send('by Dave')).toMatchObject({ ok: true })
    for (const words of heard) await expect.poll(() => words).toContain('by Dave')
    for (const words of heard) expect(new Set(words)).toEqual(new Set(['by Dave', dave.address]))
    for (const client of [carol, other, await network.client({ key })]) {
      const list = await client.conversations.list()
      expect(list.map(({ peerAddress }) => peerAddress)).toEqual([dave.address])
      expect(await client.consent(alice.address)).toBe('denied')
    }
  })

  test('can be taken back', async () => {
    const carol = await network.client()
    await carol.policy.set('stamp 1')
    expect(await (await alice.conversations.new(carol.address)).send('buy my things')).toMatchObject({ ok: true })
    await carol.conversations.list()
    expect(await carol.block(alice.address)).toMatchObject({ ok: true })
    const blocked = await alice.conversations.new(carol.address, about('again'))
    expect(await blocked.send('buy my things')).toMatchObject({ ok: false, code: 'policy.blocked' })
    expect(await carol.allow(alice.address)).toMatchObject({ ok: true })
    const unblocked = await alice.conversations.new(carol.address, about('and again'))
    expect(await unblocked.send('sorry')).toMatchObject({ ok: true })
  })
})

describe('a stranger who is accepted without an answer', () => {
  test('is no request any more at any client, nor for a list that says otherwise, and is told nothing', async () => {
    const key = generatePrivateKey()
    const carol = await network.client({ key })
    await carol.policy.set('stamp 1')
    const letter = await alice.conversations.new(carol.address)
    expect(await letter.send('gm')).toMatchObject({ ok: true })
    const requests = async (client: Client) =>
      (await client.conversations.list({ consent: 'unknown' })).map(({ peerAddress }) => peerAddress)
    expect(await requests(carol)).toEqual([alice.address])
    expect(await carol.allow(alice.address)).toEqual({ ok: true })
    for (const client of [carol, await network.client({ key })]) {
      expect(await requests(client)).toEqual([])
      expect(await client.consent(alice.address)).toBe('allowed')
    }
    expect(await letter.messages()).toHaveLength(1)
  })
})

describe('a policy', () => {
  test('is refused as text that says nothing', async () => {
    await expect(bob.policy.set('stamp')).rejects.toMatchObject({ code: 'policy.malformed' })
  })

  test('says to a sender who has nothing what is missing, with prices', async () => {
    const poor = await network.client()
    const refused = await (await poor.conversations.new(bob.address)).send('gm')
    expect(refused).toMatchObject({ ok: false, code: 'stamps.missing' })
    const none = await (await poor.conversations.new(bob.address)).send('gm', { postage: 'none' })
    expect(none).toMatchObject({ ok: false })
    expect(!none.ok && none.missing.map(({ condition, price }) => ({ condition, price }))).toEqual([
      { condition: 'connection', price: undefined },
      { condition: 'stamp 1', price: 10n ** 18n },
    ])
  })

  test('is not paid for beyond what the sender allows', async () => {
    const dave = await network.client()
    await dave.policy.set('stamp 3')
    const conversation = await alice.conversations.new(dave.address)
    expect(await conversation.send('gm', { maxPrice: 2n * 10n ** 18n })).toMatchObject({
      ok: false,
      code: 'price.too-high',
    })
    const before = (await alice.stamps.balance()).stamps
    expect(await conversation.send('gm', { maxPrice: 3n * 10n ** 18n })).toMatchObject({
      ok: true,
      price: 3n * 10n ** 18n,
    })
    expect((await alice.stamps.balance()).stamps).toBe(before - 3)
  })

  test('rotates the key of letters, and those to the old one still open', async () => {
    const erin = await network.client()
    await erin.policy.set('stamp 1')
    await (await alice.conversations.new(erin.address)).send('to the old key')
    expect(await erin.policy.rotateKey()).toMatchObject({ ok: true })
    const about = { context: { conversationId: 'example.org/new' } }
    await (await alice.conversations.new(erin.address, about)).send('to the new key')
    const conversations = await erin.conversations.list()
    const read = await Promise.all(
      conversations.map(async (one) => (await one.messages()).map(({ content }) => content)),
    )
    expect(read).toEqual([['to the old key'], ['to the new key']])
  })
})

describe('a long first message', () => {
  test('of any size arrives, whole', async () => {
    const frank = await network.client()
    await frank.policy.set('stamp 1')
    const sizes = [3_000, 40_000, 300_000]
    for (const size of sizes) {
      const about = { context: { conversationId: `example.org/${size}` } }
      const text = 'x'.repeat(size)
      expect(await (await alice.conversations.new(frank.address, about)).send(text)).toMatchObject({ ok: true })
    }
    const conversations = await frank.conversations.list()
    const read = await Promise.all(
      conversations.map(async (one) => (await one.messages()).map(({ content }) => String(content).length)),
    )
    expect(read).toEqual(sizes.map((size) => [size]))
  })
})
