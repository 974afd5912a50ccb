import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { decodeContact, decodeLaneRequest, ownedTopic } from '../../sdk/codec/index.ts'
import type { Client, ClientEvent, Conversation } from '../../sdk/index.ts'
import { createAnonymousNode } from '../../sdk/transport/index.ts'
import { knowSetup } from '../helpers/known-setup.ts'
import { startTestNetwork, type TestNetwork } from '../helpers/network.ts'
import { createRecording, type Meddle, problem } from '../helpers/recording.ts'

knowSetup()

// What a sender calls back, at whatever moment, is not delivered with what it sends next, and nothing is delivered twice.

let network: TestNetwork
let purse: Awaited<ReturnType<TestNetwork['purse']>>
beforeAll(async () => {
  network = await startTestNetwork()
  purse = await network.purse()
  await (await network.client(purse)).stamps.buy({ count: 64 })
})
afterAll(() => network?.close())

const recording = createRecording()

async function asking(rule: string): Promise<Client> {
  const client = await network.client()
  await client.policy.set(rule)
  return client
}

/** Sends something that is called back as soon as a request is on its way; `what` is done with that request. */
async function callBack(
  conversation: Conversation,
  at: (url: string, body: Uint8Array) => boolean,
  what: 'lost' | 'arrived',
  path?: 'visible',
) {
  const controller = new AbortController()
  let isHit = false
  const meddler: Meddle = async (url, body) => {
    if (isHit || !at(url, body)) return undefined
    isHit = true
    if (what === 'arrived') await replay(url, body)
    controller.abort(new Error('called back'))
    throw new TypeError('The line is cut.')
  }
  const stop = recording.meddle(meddler)
  await expect(conversation.send('never', { signal: controller.signal, path })).rejects.toThrow('called back')
  stop()
  expect(isHit).toBe(true)
}

/** The very request that the client made, by the recording's copy of its headers. */
async function replay(url: string, body: Uint8Array): Promise<void> {
  const head = new TextDecoder().decode(recording.sent.at(-1)?.bytes.subarray(0, -body.length || undefined))
  const lines = head
    .split('\n')
    .slice(1)
    .filter((line) => line.includes(': '))
  const headers = Object.fromEntries(lines.map((line) => line.split(': ') as [string, string]))
  const answer = await fetch(url, { method: 'POST', body: body as never, headers })
  expect(answer.ok).toBe(true)
}

/** All texts that somebody has received, of all its conversations. */
async function textsOf(client: Client): Promise<unknown[]> {
  const found = await client.conversations.list()
  const messages = await Promise.all(found.map((conversation) => conversation.messages()))
  return messages.flat().map(({ content }) => content)
}

/** Hides what accounts ask, and their keys for letters, until the returned function is called. */
const hidePolicies = () =>
  recording.meddle((url, body) => {
    if (!url.endsWith('/query') || !new TextDecoder().decode(body).includes('/policy-')) return undefined
    return new Response(JSON.stringify({ envelopes: [] }), { headers: { 'content-type': 'application/json' } })
  })

const isLane = (url: string) => url.endsWith('/v1/lanes')
const isSealedLane = (url: string, body: Uint8Array) =>
  isLane(url) && decodeLaneRequest(body).topic.includes('/sealed-')
const isPublish = (url: string) => url.endsWith('/v1/publish') && !isOpenPublish(url)
const isOpenPublish = (url: string) => url.endsWith('/message/v1/publish')

describe('what is called back', () => {
  test.each([
    ['before it left', 'stamp 1'],
    ['during the proof', 'stamp 1'],
    ['during the work', 'work 40'],
  ])('%s, of a first letter, is never delivered', async (moment, rule) => {
    const [alice, bob] = [await network.client({ ...purse, fetch: recording.fetch }), await asking(rule)]
    const conversation = await alice.conversations.new(bob.address)
    const controller = new AbortController()
    if (moment === 'before it left') controller.abort(new Error('called back'))
    const kind = rule.startsWith('work') ? 'working' : 'proving'
    recording.take()
    const sending = conversation.send('never', {
      signal: controller.signal,
      maxEffort: 2 ** 40,
      onProgress: (event) => event.kind === kind && controller.abort(new Error('called back')),
    })
    await expect(sending).rejects.toThrow('called back')
    expect(
      recording.take().filter(({ url, body }) => isPublish(url) || (isLane(url) && isSealedLane(url, body))),
    ).toEqual([])
    if (kind === 'working') await bob.policy.set('work 4')
    await conversation.quote() // looks again at what bob asks
    expect(await conversation.send('gm')).toMatchObject({ ok: true })
    expect(await textsOf(bob)).toEqual(['gm'])
  })

  test.each([
    ['at the lane to the recipient', 'lost', isSealedLane, ['gm']],
    ['at the lane to the recipient', 'arrived', isSealedLane, ['gm']],
    [
      'at the lane of the conversation',
      'arrived',
      (url: string, body: Uint8Array) => isLane(url) && !isSealedLane(url, body),
      ['gm'],
    ],
    ['on its way', 'lost', isPublish, ['gm']],
  ] as const)('%s, of a first letter, where that request %s', async (_, what, at, texts) => {
    const [alice, bob] = [await network.client({ ...purse, fetch: recording.fetch }), await asking('stamp 1')]
    const conversation = await alice.conversations.new(bob.address)
    await callBack(conversation, at, what)
    expect(await conversation.send('gm')).toMatchObject({ ok: true })
    expect(await textsOf(bob)).toEqual(texts)
  })

  test('on its way, of a first letter, and has arrived is unknown until it is sent again: then there is a receipt', async () => {
    const [alice, bob] = [await network.client({ ...purse, fetch: recording.fetch }), await asking('stamp 1')]
    const conversation = await alice.conversations.new(bob.address)
    await callBack(conversation, isPublish, 'arrived')
    const unknown = { ok: false, code: 'delivery.unknown' }
    expect(await conversation.send('gm')).toMatchObject(unknown)
    expect(await conversation.send('gm')).toMatchObject(unknown)
    expect(conversation.isNew).toBe(true)
    expect(await conversation.send('never')).toMatchObject({ ok: true })
    expect(await conversation.send('gm')).toMatchObject({ ok: true })
    expect(await textsOf(bob)).toEqual(['never', 'gm'])
  })

  test('on its way, of a first letter, does not count as delivered on the word of a node', async () => {
    const [alice, bob] = [await network.client({ ...purse, fetch: recording.fetch }), await asking('stamp 1')]
    const conversation = await alice.conversations.new(bob.address)
    await callBack(conversation, isPublish, 'lost')
    const stop = recording.meddle((url) => (isPublish(url) ? problem(403, 'lane.used-up') : undefined))
    expect(await conversation.send('gm')).toMatchObject({ ok: false, code: 'delivery.unknown' })
    stop()
    expect(await conversation.send('gm')).toMatchObject({ ok: true })
    expect(await textsOf(bob)).toEqual(['gm'])
  })

  test.each(['lost', 'arrived'] as const)('and sent again is delivered once, where it was %s', async (what) => {
    const [alice, bob] = [await network.client({ ...purse, fetch: recording.fetch }), await asking('stamp 1')]
    const conversation = await alice.conversations.new(bob.address)
    await callBack(conversation, isPublish, what)
    expect(await conversation.send('never')).toMatchObject({ ok: true })
    await callBack(conversation, isPublish, what)
    expect(await conversation.send('never')).toMatchObject({ ok: true })
    expect(await textsOf(bob)).toEqual(['never', 'never'])
  })

  test.each(['lost', 'arrived'] as const)('on its way, of a message in a conversation, that is %s', async (what) => {
    const [alice, bob] = [await network.client({ fetch: recording.fetch }), await asking('everyone')]
    const conversation = await alice.conversations.new(bob.address)
    await conversation.send('gm')
    await callBack(conversation, isPublish, what)
    expect(await conversation.send('and again')).toMatchObject({ ok: true })
    expect(await textsOf(bob)).toEqual(what === 'lost' ? ['gm', 'and again'] : ['gm', 'never', 'and again'])
  })

  test.each(['lost', 'arrived'] as const)('on its way, of a visible message, that is %s', async (what) => {
    const alice = await network.client({ fetch: recording.fetch })
    const bob = await network.client({ fetch: recording.fetch })
    const hide = hidePolicies()
    const conversation = await alice.conversations.new(bob.address)
    hide()
    expect(conversation.path).toBe('visible')
    expect(await conversation.send('gm', { path: 'visible' })).toMatchObject({ ok: true })
    await callBack(conversation, isOpenPublish, what, 'visible')
    expect(await conversation.send('and again', { path: 'visible' })).toMatchObject({ ok: true })
    await callBack(conversation, isOpenPublish, what, 'visible')
    expect(await conversation.send('never', { path: 'visible' })).toMatchObject({ ok: true })
    const texts = what === 'lost' ? ['gm', 'and again', 'never'] : ['gm', 'never', 'and again', 'never']
    expect(await textsOf(bob)).toEqual(texts)
  })
})

describe('a quote that is slower than a send', () => {
  test.each(['sealed', 'visible'] as const)('takes nothing back of a %s conversation that has begun', async (path) => {
    const alice = await network.client({ fetch: recording.fetch })
    const bob = await asking('everyone')
    const hide = path === 'visible' ? hidePolicies() : () => undefined
    const conversation = await alice.conversations.new(bob.address)
    hide()
    let go: () => void = () => undefined
    const held = new Promise<void>((resolve) => {
      go = resolve
    })
    const stop = recording.meddle(async (url, body) => {
      if (url.endsWith('/query') && new TextDecoder().decode(body).includes('/policy-')) await held
      return undefined
    })
    recording.take()
    const quoted = conversation.quote({ path })
    await expect.poll(() => recording.sent.some(({ url }) => url.endsWith('/query'))).toBe(true)
    stop()
    expect(await conversation.send('first', { path })).toMatchObject({ ok: true, path })
    go()
    await quoted
    expect(conversation.isNew).toBe(false)
    expect(await conversation.send('second', { path })).toMatchObject({ ok: true, path })
    expect(await textsOf(bob)).toEqual(['first', 'second'])
  })
})

describe('a listener that throws', () => {
  test('at once or later, at every step, has nothing delivered twice or undone', async () => {
    let told = 0
    const onProgress = (): Promise<never> => {
      if (++told % 2 === 0) throw new Error('a fault of the listener')
      return Promise.reject(new Error('a fault of the listener'))
    }
    const alice = await network.client({ onProgress })
    const bob = await asking('everyone')
    const conversation = await alice.conversations.new(bob.address)
    for (const text of ['first', 'second', 'third']) {
      expect(await conversation.send(text, { onProgress })).toMatchObject({ ok: true })
    }
    const about = { context: { conversationId: 'example.org/visible' } }
    const hide = hidePolicies()
    const watched = await network.client({ fetch: recording.fetch, onProgress })
    const visible = await watched.conversations.new(bob.address, about)
    hide()
    for (const text of ['fourth', 'fifth']) {
      expect(await visible.send(text, { path: 'visible', onProgress })).toMatchObject({ ok: true })
    }
    expect(await textsOf(bob)).toEqual(['first', 'second', 'third', 'fourth', 'fifth'])
  })
})

/** Hides all that an account has published beside its bundle of XMTP V1, as if it had never had a newer client. */
const hideAllButV1 = (address: string): Meddle => {
  return async (url, body) => {
    const text = new TextDecoder().decode(body)
    if (!url.endsWith('/query') || !text.includes(address)) return undefined
    const answer = (envelopes: unknown[]) =>
      new Response(JSON.stringify({ envelopes }), { headers: { 'content-type': 'application/json' } })
    if (text.includes('/policy-')) return answer([])
    if (!text.includes('/contact-')) return undefined
    const query = JSON.stringify({ contentTopics: [ownedTopic('contact', address as never)] })
    const headers = { 'content-type': 'application/json' }
    const asked = await fetch(url, { method: 'POST', body: query, headers })
    const { envelopes } = (await asked.json()) as { envelopes: { message: string }[] }
    return answer(envelopes.filter(({ message }) => decodeContact(Buffer.from(message, 'base64')).version === 'v1'))
  }
}

describe('what is called back, toward an account of XMTP V1', () => {
  test.each([
    ['before it left', undefined, ['gm', 'and again']],
    ['on its way, and is lost', 'lost', ['gm', 'and again']],
    ['on its way, and has arrived', 'arrived', ['gm', 'never', 'and again']],
  ] as const)('%s, is not delivered with what comes next', async (_, what, texts) => {
    const [alice, bob] = [await network.client({ fetch: recording.fetch }), await asking('everyone')]
    const stop = recording.meddle(hideAllButV1(bob.address))
    const conversation = await alice.conversations.new(bob.address)
    expect(conversation.kind).toBe('direct')
    const visible = { path: 'visible' } as const
    expect(await conversation.send('gm', visible)).toMatchObject({ ok: true })
    if (what) await callBack(conversation, isOpenPublish, what, 'visible')
    else {
      const controller = new AbortController()
      const onProgress = (event: ClientEvent) =>
        event.kind === 'publishing' && controller.abort(new Error('called back'))
      const sending = conversation.send('never', { ...visible, signal: controller.signal, onProgress })
      await expect(sending).rejects.toThrow('called back')
    }
    expect(await conversation.send('and again', visible)).toMatchObject({ ok: true })
    stop()
    expect(await textsOf(bob)).toEqual(texts)
  })
})

test('messages of a conversation that has begun have one size, whatever they say', async () => {
  const [alice, bob] = [await network.client({ ...purse, fetch: recording.fetch }), await asking('everyone')]
  const conversation = await alice.conversations.new(bob.address)
  const texts = ['first', 'a', 'b'.repeat(30), 'c'.repeat(300)]
  for (const text of texts) expect(await conversation.send(text)).toMatchObject({ ok: true, path: 'sealed' })
  expect(await textsOf(bob)).toEqual(texts)
  const stored = createAnonymousNode({ url: network.node.url }).query({ contentTopics: [conversation.topic] })
  const sizes = (await Array.fromAsync(stored)).flatMap(({ envelopes }) =>
    envelopes.map(({ message }) => message.length),
  )
  expect(sizes).toHaveLength(3)
  expect(new Set(sizes).size).toBe(1)
})

describe('a log that stalls', () => {
  test.each([
    ['at once', { privacy: undefined }],
    ['by default', { privacy: {} }],
  ])('holds up no message where copies go %s', async (_, options) => {
    let held = 0
    const stalled = new AbortController()
    const alice = await network.client({ fetch: recording.fetch, ...(options.privacy && options) })
    const bob = await asking('everyone')
    const conversation = await alice.conversations.new(bob.address)
    const stop = recording.meddle(async (url, body) => {
      if (!isOpenPublish(url) || !new TextDecoder().decode(body).includes('/log-')) return undefined
      held++
      await pause(60_000, undefined, { signal: stalled.signal }).catch(() => undefined)
      return undefined
    })
    const before = performance.now()
    for (const text of ['gm', 'and', 'again']) expect(await conversation.send(text)).toMatchObject({ ok: true })
    const [received] = await bob.conversations.list()
    expect(await received?.send('gm, alice')).toMatchObject({ ok: true })
    expect(performance.now() - before).toBeLessThan(10_000)
    expect(held > 0).toBe(options.privacy === undefined)
    stalled.abort()
    stop()
  })
})
