import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  decodeContact,
  decodeContentMessage,
  decodeSealedMessage,
  encodeContact,
  encodePrivateKeys,
  envelopeFromJson,
  ownedTopic,
} from '../../sdk/codec/index.ts'
import {
  consentOf,
  derivePreferences,
  emptyConsent,
  openConsentLog,
  replayConsent,
  sealConsentAction,
  signConsentProof,
  verifyConsentProof,
} from '../../sdk/consent/index.ts'
import { createCodecRegistry, decodeContent, encodeContent, textCodec } from '../../sdk/content/index.ts'
import { createToken, type Keyring, openBackup, sealBackup } from '../../sdk/identity/index.ts'
import {
  type ConversationV2,
  deriveConversation,
  hmacPeriod,
  legacyTopics,
  makeLegacyMessage,
  makeMessage,
  messageId,
  openInvitationEnvelope,
  openLegacyMessage,
  openMessage,
  randomConversation,
  sealInvitation,
  senderHmacKeys,
  signSender,
} from '../../sdk/xmtp/index.ts'
import { keyringOf, signerOf, walletOf } from '../helpers/accounts.ts'
import { type MemoryNode, startMemoryNode } from '../helpers/memory-node.ts'
import { pollCodec, pollType } from '../helpers/poll-codec.ts'
import { stock } from '../helpers/stock.ts'

const registry = createCodecRegistry([textCodec])
const now = () => BigInt(Date.now()) * 1_000_000n
const options = (node: MemoryNode) => ({ apiUrl: node.url, env: 'local', persistConversations: false })

async function text(payload: Uint8Array): Promise<unknown> {
  const decoded = await decodeContent(registry, payload)
  return decoded.ok ? decoded.content : decoded
}

/** Publishes what our client publishes when it creates an account. */
async function publishAccount(node: MemoryNode, keyring: Keyring, wallet: ReturnType<typeof walletOf>): Promise<void> {
  const { address, bundle } = keyring.identity
  const backup = await sealBackup(keyring.identity, wallet)
  node.publish({ contentTopic: ownedTopic('privatestore', address), timestampNs: now(), message: backup })
  node.publish({
    contentTopic: ownedTopic('contact', address),
    timestampNs: now(),
    message: encodeContact(bundle, 'v1'),
  })
  node.publish({
    contentTopic: ownedTopic('contact', address),
    timestampNs: now() + 1n,
    message: encodeContact(bundle, 'v2'),
  })
}

describe.each([11, 12, 13] as const)('the stock client %i', (version) => {
  const { Client } = stock[version]
  let node: MemoryNode
  beforeAll(async () => {
    node = await startMemoryNode()
  })
  afterAll(() => node.close())

  test('writes an account that we open, byte for byte', async () => {
    const alice = await Client.create(signerOf(0x11), options(node))
    const [backup] = node.envelopes(ownedTopic('privatestore', alice.address))
    const identity = await openBackup(backup!.message, walletOf(0x11))
    expect(identity.address).toBe(alice.address)

    const contacts = node.envelopes(ownedTopic('contact', alice.address)).map(({ message }) => message)
    expect(contacts.map((message) => decodeContact(message).version)).toEqual(['v1', 'v2'])
    expect(contacts).toEqual([encodeContact(identity.bundle, 'v1'), encodeContact(identity.bundle, 'v2')])

    const keys = await Client.getKeys(signerOf(0x11), options(node))
    expect(encodePrivateKeys(identity.keys)).toEqual(new Uint8Array(keys))
  })

  test('logs in with the account that we wrote', async () => {
    const keyring = await keyringOf(0x21)
    await publishAccount(node, keyring, walletOf(0x21))
    const keys = await Client.getKeys(signerOf(0x21), options(node))
    expect(new Uint8Array(keys)).toEqual(encodePrivateKeys(keyring.identity.keys))

    const before = node.envelopes(ownedTopic('contact', keyring.identity.address)).length
    await Client.create(signerOf(0x21), options(node))
    expect(node.envelopes(ownedTopic('contact', keyring.identity.address))).toHaveLength(before)
  })

  test('invites us and writes; we read, and derive the same topic and key', async () => {
    const bob = await keyringOf(0x22)
    await publishAccount(node, bob, walletOf(0x22))
    const alice = await Client.create(signerOf(0x12), options(node))
    const context = { conversationId: 'example.org/c1', metadata: { title: 'hello' } }
    const conversation = await alice.conversations.newConversation(bob.identity.address, context)
    const sent = await conversation.send('gm')

    const [invite] = node.envelopes(ownedTopic('invite', bob.identity.address))
    const opened = openInvitationEnvelope(bob, invite!)
    expect(opened).toMatchObject({ topic: conversation.topic, peer: alice.address, context })

    const contact = decodeContact(node.envelopes(ownedTopic('contact', alice.address)).at(-1)!.message)
    const { topic, keyMaterial } = deriveConversation(bob, contact, 'example.org/c1')
    expect({ topic, keyMaterial }).toEqual({ topic: opened.topic, keyMaterial: opened.keyMaterial })

    const [envelope] = node.envelopes(conversation.topic)
    const message = openMessage(bob, opened, envelope!)
    expect(message).toMatchObject({ id: sent.id, sender: alice.address, topic, ephemeral: false, shouldPush: true })
    expect(message.createdNs).toBe(envelope!.timestampNs)
    expect(await text(message.payload)).toBe('gm')

    await conversation.send('typing', { ephemeral: true })
    const { body } = node.requests.findLast(({ path }) => path === '/message/v1/publish')!
    const ephemeral = envelopeFromJson((body as { envelopes: unknown[] }).envelopes[0])
    expect(openMessage(bob, opened, ephemeral)).toMatchObject({ topic, ephemeral: true, sender: alice.address })
    expect(node.envelopes(conversation.topic)).toHaveLength(1)
  })

  test('is invited by us, to a derived and to a random topic, reads us and answers', async () => {
    const bob = await keyringOf(0x23)
    await publishAccount(node, bob, walletOf(0x23))
    const alice = await Client.create(signerOf(0x13), options(node))
    const peer = decodeContact(node.envelopes(ownedTopic('contact', alice.address)).at(-1)!.message)

    for (const keys of [deriveConversation(bob, peer), randomConversation()]) {
      const createdNs = now()
      const invitation = sealInvitation(bob, peer, { invitation: keys, createdNs })
      for (const owner of [alice.address, bob.identity.address]) {
        node.publish({ contentTopic: ownedTopic('invite', owner), timestampNs: createdNs, message: invitation })
      }
      const { payload, shouldPush } = await encodeContent(registry, 'hello from us')
      const { id, message } = makeMessage(bob, keys, { payload, createdNs, shouldPush })
      node.publish({ contentTopic: keys.topic, timestampNs: createdNs, message })

      const listed = await alice.conversations.list()
      const conversation = listed.find(({ topic }: ConversationV2) => topic === keys.topic)
      expect(conversation.peerAddress).toBe(bob.identity.address)
      const [received] = await conversation.messages()
      expect(received).toMatchObject({ id, content: 'hello from us', senderAddress: bob.identity.address })

      await conversation.send('an answer')
      const mine = openInvitationEnvelope(bob, node.envelopes(ownedTopic('invite', bob.identity.address)).at(-1)!)
      const answer = openMessage(bob, mine, node.envelopes(keys.topic).at(-1)!)
      expect(answer.sender).toBe(alice.address)
      expect(await text(answer.payload)).toBe('an answer')
    }
  })

  test('and we mark and notice the same senders', async () => {
    const bob = await keyringOf(0x24)
    await publishAccount(node, bob, walletOf(0x24))
    const alice = await Client.create(signerOf(0x14), options(node))
    const peer = decodeContact(node.envelopes(ownedTopic('contact', alice.address)).at(-1)!.message)
    const keys = deriveConversation(bob, peer)
    const { payload } = await encodeContent(registry, 'ours')
    const createdNs = now()
    const { message } = makeMessage(bob, keys, { payload, createdNs, shouldPush: false })

    const conversation = await alice.conversations.newConversation(bob.identity.address)
    const { hmacKeys } = await alice.keystore.getV2ConversationHmacKeys()
    const theirs = hmacKeys[conversation.topic].values.map(
      (value: { thirtyDayPeriodsSinceEpoch: number; hmacKey: Uint8Array }) => ({
        period: BigInt(value.thirtyDayPeriodsSinceEpoch),
        key: new Uint8Array(value.hmacKey),
      }),
    )
    expect(senderHmacKeys({ ...keys, sender: alice.address, createdNs })).toEqual(theirs)
    expect(theirs[1].period).toBe(hmacPeriod(createdNs))

    await conversation.send('theirs')
    const sealed = decodeSealedMessage(node.envelopes(keys.topic).at(-1)!.message)
    const mark = { ...keys, sender: alice.address, createdNs: now() }
    expect(sealed).toMatchObject({ version: 'v2', senderHmac: signSender(sealed.headerBytes, mark) })
    expect(decodeSealedMessage(message)).toMatchObject({ shouldPush: false })
  })

  test('and we read content of any type and compression, or its fallback', async () => {
    const bob = await keyringOf(0x26)
    await publishAccount(node, bob, walletOf(0x26))
    const alice = await Client.create(signerOf(0x18), options(node))
    const conversation = await alice.conversations.newConversation(bob.identity.address)
    const opened = openInvitationEnvelope(bob, node.envelopes(ownedTopic('invite', bob.identity.address))[0]!)
    const polls = createCodecRegistry([textCodec, pollCodec])
    for (const [content, type, compression] of [
      [{ question: 'tea?' }, pollType, undefined],
      ['gm '.repeat(100), textCodec.contentType, 'gzip'],
      ['gm '.repeat(100), textCodec.contentType, 'deflate'],
    ] as const) {
      const made = await encodeContent(polls, content, { type, compression })
      const createdNs = now()
      const { message } = makeMessage(bob, opened, { ...made, createdNs })
      node.publish({ contentTopic: opened.topic, timestampNs: createdNs, message })
      const received = (await conversation.messages()).find(({ id }: { id: string }) => id === messageId(message))
      expect(received.content).toEqual(type === pollType ? undefined : content)
      expect(received.contentFallback).toBe(type === pollType ? 'asked: tea?' : undefined)
    }

    alice.registerCodec(pollCodec)
    const { COMPRESSION_GZIP: gzip } = stock[version].Compression
    await conversation.send({ question: 'milk in it?' }, { contentType: pollType, compression: gzip })
    const { payload, shouldPush } = openMessage(bob, opened, node.envelopes(opened.topic).at(-1)!)
    expect(shouldPush).toBe(false)
    expect(decodeContentMessage(payload).compression).toBe('gzip')
    expect(await decodeContent(polls, payload)).toMatchObject({ ok: true, content: { question: 'milk in it?' } })
    expect(await decodeContent(registry, payload)).toMatchObject({ ok: false, fallback: 'asked: milk in it?' })
  })

  test('writes to a legacy contact of ours in V1, and reads our V1 answer', async () => {
    const bob = await keyringOf(0x25)
    const { address, bundle } = bob.identity
    node.publish({
      contentTopic: ownedTopic('contact', address),
      timestampNs: now(),
      message: encodeContact(bundle, 'v1'),
    })
    const alice = await Client.create(signerOf(0x15), { ...options(node), publishLegacyContact: true })
    const conversation = await alice.conversations.newConversation(address)
    expect(conversation.conversationVersion).toBe('v1')
    const sent = await conversation.send('old style')
    expect(node.envelopes(ownedTopic('intro', address))).toHaveLength(1)

    const [intro] = node.envelopes(ownedTopic('intro', address))
    const [envelope] = node.envelopes(conversation.topic)
    for (const received of [intro!, envelope!]) {
      const opened = openLegacyMessage(bob, received)
      expect(opened).toMatchObject({
        id: sent.id,
        sender: alice.address,
        peer: alice.address,
        topic: conversation.topic,
      })
      expect(opened.createdNs).toBe(received.timestampNs)
      expect(await text(opened.payload)).toBe('old style')
    }

    const peer = decodeContact(node.envelopes(ownedTopic('contact', alice.address)).at(-1)!.message)
    const { payload } = await encodeContent(registry, 'an old answer')
    const createdNs = now()
    const answer = makeLegacyMessage(bob, peer, { payload, createdNs })
    for (const contentTopic of legacyTopics(address, alice.address, 'later')) {
      node.publish({ contentTopic, timestampNs: createdNs, message: answer.message })
    }
    const messages = await conversation.messages()
    expect(messages.at(-1)).toMatchObject({ id: answer.id, content: 'an old answer', senderAddress: address })
    expect(openLegacyMessage(bob, { contentTopic: conversation.topic, message: answer.message }).sender).toBe(address)
  })

  test('keeps a consent list with us', async () => {
    const alice = await Client.create(signerOf(0x16), options(node))
    const other = walletOf(0x99).address
    await alice.contacts.deny([other])
    const [backup] = node.envelopes(ownedTopic('privatestore', alice.address))
    const identity = await openBackup(backup!.message, walletOf(0x16))
    const preferences = derivePreferences(identity.keys.identityKey.secret)
    const log = openConsentLog(node.envelopes(preferences.topic), preferences)
    expect(log).toEqual([{ state: 'denied', subject: 'address', values: [other] }])

    const action = { state: 'allowed', subject: 'address', values: [other] } as const
    node.publish({
      contentTopic: preferences.topic,
      timestampNs: now(),
      message: sealConsentAction(action, preferences),
    })
    await alice.contacts.refreshConsentList()
    expect(alice.contacts.consentState(other)).toBe('allowed')
    const all = openConsentLog(node.envelopes(preferences.topic), preferences)
    expect(consentOf(replayConsent(emptyConsent, all), other.toLowerCase())).toBe('allowed')
  })

  test('accepts a proof of consent that our recipient gave', async () => {
    const bob = await keyringOf(0x27)
    const alice = await Client.create(signerOf(0x17), options(node))
    const proof = await signConsentProof(walletOf(0x17), bob.identity.address, Date.now() - 1000)
    const context = { sender: bob.identity.address, recipient: alice.address, now: Date.now() / 1000 }
    expect(verifyConsentProof(proof, context)).toBe(true)

    const peer = decodeContact(node.envelopes(ownedTopic('contact', alice.address)).at(-1)!.message)
    const createdNs = now()
    const invitation = { ...deriveConversation(bob, peer), consentProof: proof }
    const message = sealInvitation(bob, peer, { invitation, createdNs })
    node.publish({ contentTopic: ownedTopic('invite', alice.address), timestampNs: createdNs, message })
    await alice.contacts.refreshConsentList()
    expect(alice.contacts.isAllowed(bob.identity.address)).toBe(true)
    expect(openInvitationEnvelope(bob, { message, timestampNs: createdNs }).consentProof).toEqual(proof)
  })

  test('takes our token', async () => {
    const keyring = await keyringOf(0x28)
    const body = JSON.stringify({ envelopes: [] })
    const authorization = `Bearer ${createToken(keyring.identity, now())}`
    const response = await fetch(`${node.url}/message/v1/publish`, { method: 'POST', body, headers: { authorization } })
    expect(response.status).toBe(200)
  })
})
