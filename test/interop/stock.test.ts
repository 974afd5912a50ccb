import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { encodeLaneRequest, ownedTopic } from '../../sdk/codec/index.ts'
import { addressToBytes, walletHolder } from '../../sdk/crypto/index.ts'
import { parseRule } from '../../sdk/policy/index.ts'
import { type RunningNode, startNode } from '../../service/node/index.ts'
import { signerOf } from '../helpers/accounts.ts'
import { laneFields, workEvidence } from '../helpers/node.ts'
import { stock } from '../helpers/stock.ts'

const everyone = parseRule('everyone')
const quiet = { dataDir: undefined, port: 0, logLevel: 'silent' } as const
const options = ({ url }: RunningNode, more = {}) => ({
  apiUrl: url,
  env: 'local',
  persistConversations: false,
  ...more,
})

// biome-ignore lint/suspicious/noExplicitAny: stock clients come untyped
type Any = any
const contents = async (messages: Promise<Any[]>): Promise<unknown[]> => (await messages).map(({ content }) => content)
const query = async ({ url }: RunningNode, topic: string): Promise<Any[]> => {
  const response = await fetch(`${url}/message/v1/query`, {
    method: 'POST',
    body: JSON.stringify({ contentTopics: [topic] }),
  })
  return ((await response.json()) as Any).envelopes
}

const openStreams = async ({ metricsUrl }: RunningNode): Promise<number> =>
  Number(/^pennypost_open_streams (\d+)/m.exec(await (await fetch(`${metricsUrl}/metrics`)).text())?.[1])

describe.each([11, 12, 13] as const)('the stock client %i on an open node', (version) => {
  const { Client } = stock[version]
  let node: RunningNode
  let alice: Any
  let bob: Any

  beforeAll(async () => {
    node = await startNode({ ...quiet, floor: everyone, defaultRule: everyone })
    alice = await Client.create(signerOf(0x11), options(node))
    bob = await Client.create(signerOf(0x22), options(node))
  })
  afterAll(async () => {
    await Promise.all([alice?.close(), bob?.close()])
    await node.close()
  })

  test('creates an identity, and logs in again with the keys from the network', async () => {
    expect(await query(node, ownedTopic('contact', alice.address))).toHaveLength(2)
    const keys = await Client.getKeys(signerOf(0x11), options(node))
    expect(await Client.getKeys(signerOf(0x11), options(node))).toEqual(keys)
    const again = await Client.create(null, options(node, { privateKeyOverride: keys }))
    expect(again.address).toBe(alice.address)
    expect(await query(node, ownedTopic('contact', alice.address))).toHaveLength(2)
    expect(await query(node, ownedTopic('privatestore', alice.address))).toHaveLength(1)
    expect(await alice.canMessage(bob.address)).toBe(true)
    expect(await alice.canMessage(`0x${'77'.repeat(20)}`)).toBe(false)
    await again.close()
  })

  test('talks in both directions', async () => {
    const ours = await alice.conversations.newConversation(bob.address)
    await ours.send('gm')
    const [theirs] = await bob.conversations.list()
    expect(theirs.peerAddress).toBe(alice.address)
    await theirs.send('gm to you')
    await ours.send('bye')
    for (const side of [ours, theirs]) expect(await contents(side.messages())).toEqual(['gm', 'gm to you', 'bye'])
    const named = await bob.conversations.newConversation(alice.address, {
      conversationId: 'example.org/1',
      metadata: {},
    })
    await named.send('another')
    const listed = await alice.conversations.list()
    expect(listed.map(({ context }: Any) => context?.conversationId)).toEqual([undefined, 'example.org/1'])
    expect(await contents(listed[1].messages())).toEqual(['another'])
  })

  test('pages through what is long, both ways and from a time on', async () => {
    const conversation = await alice.conversations.newConversation(bob.address, {
      conversationId: 'long',
      metadata: {},
    })
    const texts = Array.from({ length: 105 }, (_, i) => String(i))
    for (const text of texts) await conversation.send(text)
    expect(await contents(conversation.messages())).toEqual(texts)
    const newest = await contents(conversation.messages({ limit: 5, direction: 2 }))
    expect(newest).toEqual(texts.slice(-5).reverse())
    const pages: Any[][] = []
    for await (const page of conversation.messagesPaginated({ pageSize: 50 })) pages.push(page)
    expect(pages.map(({ length }) => length)).toEqual([50, 50, 5])
    expect(pages.flat().map(({ content }) => content)).toEqual(texts.toReversed())
    const middle = pages.flat()[44].sent
    const later = await contents(conversation.messages({ startTime: middle }))
    expect(later).toEqual(texts.slice(-later.length))
    expect(later.length).toBeGreaterThanOrEqual(45)
  })

  test('keeps consent on the network', async () => {
    await alice.contacts.deny([bob.address])
    expect(alice.contacts.isDenied(bob.address)).toBe(true)
    const again = await Client.create(signerOf(0x11), options(node))
    await again.contacts.refreshConsentList()
    expect(again.contacts.isDenied(bob.address)).toBe(true)
    await again.contacts.allow([bob.address])
    await alice.contacts.refreshConsentList()
    expect(alice.contacts.isAllowed(bob.address)).toBe(true)
    await again.close()
  })

  test('streams conversations and messages as they come', async () => {
    const carol = await Client.create(signerOf(0x33), options(node))
    const conversations = await bob.conversations.stream()
    const started = await carol.conversations.newConversation(bob.address)
    const { value: theirs } = await conversations.next()
    expect(theirs.peerAddress).toBe(carol.address)
    const messages = await theirs.streamMessages()
    for (const text of ['one', 'two', 'three']) await started.send(text)
    const seen: unknown[] = []
    for await (const { content } of messages) {
      seen.push(content)
      if (seen.length === 3) break
    }
    expect(seen).toEqual(['one', 'two', 'three'])
    await messages.return?.()
    await conversations.return?.()
    await carol.close()
  })

  test('streams all messages, of new conversations too', async () => {
    const dave = await Client.create(signerOf(0x44), options(node))
    const erin = await Client.create(signerOf(0x55), options(node))
    const all = await erin.conversations.streamAllMessages()
    await expect.poll(() => openStreams(node)).toBe(1) // it resolves before its request is out
    const conversation = await dave.conversations.newConversation(erin.address)
    const texts = ['in the gap', 'and after it'] // the stream subscribes again, to the new topic too
    for (const text of texts) await conversation.send(text)
    for (const text of texts) expect((await all.next()).value.content).toBe(text)
    await all.return?.()
    await Promise.all([dave.close(), erin.close()])
  })

  test('streams all messages of conversations that begin at once', async () => {
    const [erin, ...others] = await Promise.all(
      [0x51, 0x52, 0x53, 0x54, 0x56].map((byte) => Client.create(signerOf(byte), options(node))),
    )
    const all = await erin.conversations.streamAllMessages()
    await expect.poll(() => openStreams(node)).toBe(1)
    const seen = new Set<unknown>() // some may come twice: the client asks for those of a new conversation besides
    const reading = (async () => {
      for await (const { content } of all) if (seen.add(content).size === 3 * others.length) break
    })()
    await Promise.all(
      others.map(async (client) => {
        const conversation = await client.conversations.newConversation(erin.address)
        for (const text of ['in the gap', 'and after it', 'and on'])
          await conversation.send(`${client.address} ${text}`)
      }),
    )
    await reading
    expect(seen.size).toBe(3 * others.length)
    await all.return?.()
    await Promise.all([erin, ...others].map((client) => client.close()))
  })

  test('talks V1 with a legacy contact', async () => {
    const fred = await Client.create(signerOf(0x66), options(node, { publishLegacyContact: true }))
    const gina = await Client.create(signerOf(0x77), options(node, { publishLegacyContact: true }))
    expect(await query(node, ownedTopic('contact', fred.address))).toHaveLength(1)
    const conversation = await fred.conversations.newConversation(gina.address)
    expect(conversation.conversationVersion).toBe('v1')
    await conversation.send('old')
    const [theirs] = await gina.conversations.list()
    expect(theirs.conversationVersion).toBe('v1')
    await theirs.send('but gold')
    expect(await contents(conversation.messages())).toEqual(['old', 'but gold'])
    await Promise.all([fred.close(), gina.close()])
  })
})

describe.each([11, 12, 13] as const)('the stock client %i on a node with rules', (version) => {
  const { Client } = stock[version]
  let node: RunningNode
  beforeAll(async () => {
    node = await startNode({ ...quiet, requestBits: 4 })
    return () => node.close()
  })

  test('is refused with the reason, and heard once somebody opens a lane for it', async () => {
    const alice = await Client.create(signerOf(0x11), options(node))
    const bob = await Client.create(signerOf(0x22), options(node))
    const refused = alice.conversations.newConversation(bob.address)
    await expect(refused).rejects.toMatchObject({ code: 7 })
    await expect(refused).rejects.toThrow(
      /^policy\.refused: .*small request.*one stamp.*Provide it at .*is kept for up to 7 days/,
    )
    expect(await query(node, ownedTopic('invite', bob.address))).toEqual([])
    expect(await bob.conversations.list()).toEqual([])

    const lane = laneFields(ownedTopic('invite', bob.address), walletHolder(addressToBytes(alice.address)))
    const body = encodeLaneRequest({ ...lane, evidence: [workEvidence(lane.use, 3, 4)] })
    const headers = { 'content-type': 'application/x-protobuf' }
    const opened = await fetch(`${node.url}/v1/lanes`, { method: 'POST', body: Buffer.from(body), headers })
    expect(opened.status).toBe(201)

    const [theirs] = await bob.conversations.list()
    expect(theirs.peerAddress).toBe(alice.address)
    const [ours] = await alice.conversations.list()
    await ours.send('at last')
    await theirs.send('welcome')
    expect(await contents(theirs.messages())).toEqual(['at last', 'welcome'])
    expect(await contents(ours.messages())).toEqual(['at last', 'welcome'])
    await Promise.all([alice.close(), bob.close()])
  })
})

describe('stock clients of different versions', () => {
  test('read each other', async () => {
    const node = await startNode({ ...quiet, floor: everyone, defaultRule: everyone })
    const [old, middle, young] = await Promise.all(
      ([11, 12, 13] as const).map((version) => stock[version].Client.create(signerOf(version), options(node))),
    )
    for (const [from, to] of [
      [old, young],
      [young, middle],
      [middle, old],
    ]) {
      const conversation = await from.conversations.newConversation(to.address)
      await conversation.send('across versions')
      const listed = await to.conversations.list()
      const found = listed.find(({ peerAddress }: Any) => peerAddress === from.address)
      expect(await contents(found.messages())).toEqual(['across versions'])
    }
    await Promise.all([old, middle, young].map((client) => client.close()))
    await node.close()
  })
})
