import { beforeEach, describe, expect, test } from 'vitest'
import { createBroken } from '../../../sdk/client/mailbox/broken.ts'
import { Inbox } from '../../../sdk/client/mailbox/inbox.ts'
import { readMessage, readMessages } from '../../../sdk/client/mailbox/messages.ts'
import { createClock } from '../../../sdk/client/session/clock.ts'
import type { ClientEvent } from '../../../sdk/client/session/events.ts'
import { type Envelope, encodeContentMessage, type LetterInit, ownedTopic } from '../../../sdk/codec/index.ts'
import { createCodecRegistry, textCodec, textType } from '../../../sdk/content/index.ts'
import { networkIdOf, randomBytes, utf8 } from '../../../sdk/crypto/index.ts'
import type { Keyring } from '../../../sdk/identity/index.ts'
import { createSealedKeys, sealLetter } from '../../../sdk/letters/index.ts'
import type { TaggedEnvelope } from '../../../sdk/transport/index.ts'
import { makeMessage, randomConversation, sealInvitation } from '../../../sdk/xmtp/index.ts'
import { keyringOf } from '../../helpers/accounts.ts'
import { createMemoryLog, openLog } from '../../helpers/memory-log.ts'

// Bob's inbox, and what others put into it.

const [alice, bob, mallory] = await Promise.all([keyringOf(0xa1), keyringOf(0xb0), keyringOf(0x66)])
const secret = bob.identity.keys.identityKey.secret
const sealedKeys = createSealedKeys(secret)
const topics = {
  sealed: ownedTopic('sealed', bob.identity.address),
  invite: ownedTopic('invite', bob.identity.address),
}
let stored: TaggedEnvelope[]
let events: ClientEvent[]
let time = 1_750_000_000_000_000_000n

const node = {
  async *query({ contentTopics }: { contentTopics: readonly string[] }) {
    yield { envelopes: stored.filter(({ contentTopic }) => contentTopics.includes(contentTopic)) }
  },
}

function open(memory = createMemoryLog()) {
  const context = {
    keyring: bob,
    sealedKeys,
    log: openLog(memory),
    copies: { keep: async () => true, catchUp: async () => undefined } as never,
    registry: createCodecRegistry([textCodec]),
    network: { id: networkIdOf('n') } as never,
    signal: new AbortController().signal,
    clock: createClock(() => Number(time++ / 1_000_000_000n), randomBytes),
    tell: (event: ClientEvent) => void events.push(event),
    broken: createBroken(),
    anonymous: node as never,
    named: node as never,
  }
  return { context, inbox: new Inbox(context) }
}

beforeEach(() => {
  stored = []
  events = []
})

const payload = (text: string) =>
  encodeContentMessage({ type: textType, parameters: { encoding: 'UTF-8' }, content: utf8(text) })

/** What a letter is made of, by `from` to `to`, about a new conversation. */
function draft(from: Keyring, to: Keyring = bob, keys = randomConversation()) {
  const invitation = sealInvitation(from, to.identity.bundle, { invitation: keys, createdNs: time++ })
  const { message } = makeMessage(from, keys, { payload: payload('gm'), createdNs: time++, shouldPush: true })
  const replyLane = { topic: keys.topic, key: randomBytes(32), units: 9, expiresAt: 1_800_000_000n }
  return { keys, letter: { invitation, message, replyLane } satisfies LetterInit }
}

function put(contentTopic: string, message: Uint8Array, more: Partial<TaggedEnvelope> = {}): Envelope {
  const envelope = { contentTopic, timestampNs: time++, message, ...more }
  stored.push(envelope)
  return envelope
}

const tagOf = (byte: number) => new Uint8Array(32).fill(byte)

const putLetter = (letter: LetterInit, more: Partial<TaggedEnvelope> = {}) =>
  put(topics.sealed, sealLetter(letter, { topic: topics.sealed, ...sealedKeys.newest() }, randomBytes), more)

describe('a letter', () => {
  test.each<[string, { tag?: Uint8Array }, { tag?: Uint8Array }]>([
    ['the node has made up', {}, { tag: new Uint8Array(32).fill(5) }],
    ['the node has put in the place of the true one', { tag: tagOf(4) }, { tag: tagOf(5) }],
    ['was never shown', { tag: tagOf(4) }, {}],
  ])('with a pseudonym that %s is not shown, and blocks nobody', async (_, inside, beside) => {
    const { letter } = draft(alice)
    putLetter({ ...letter, ...inside }, beside)
    const { inbox } = open()
    await inbox.sync()
    expect(inbox.threads()).toEqual([])
    expect(inbox.tagsOf(alice.identity.address)).toEqual([])
    expect(inbox.skipped.letters).toBe(1)
  })

  test('becomes a conversation with its sender, its message and a lane to answer with', async () => {
    const { letter, keys } = draft(alice)
    const tag = new Uint8Array(32).fill(5)
    putLetter({ ...letter, tag }, { tag })
    const { inbox, context } = open()
    await inbox.sync()
    const [thread] = inbox.threads()
    expect(thread).toMatchObject({ kind: 'letter', topic: keys.topic, peer: alice.identity.address })
    expect(thread!.lane).toMatchObject({ topic: keys.topic, units: 9 })
    expect(inbox.tagsOf(alice.identity.address)).toEqual([new Uint8Array(32).fill(5)])
    expect((await readMessages(context, thread!)).map(({ content, sender }) => [content, sender])).toEqual([
      ['gm', alice.identity.address],
    ])
  })

  test.each<[string, () => void]>([
    ['of noise', () => put(topics.sealed, randomBytes(1024))],
    ['that is cut off', () => put(topics.sealed, new Uint8Array(3))],
    [
      'sealed to another key',
      () => {
        const key = createSealedKeys(randomBytes(32)).newest()
        put(topics.sealed, sealLetter(draft(alice).letter, { topic: topics.sealed, ...key }, randomBytes))
      },
    ],
    [
      'sealed for another topic',
      () => {
        const topic = ownedTopic('sealed', alice.identity.address)
        put(topics.sealed, sealLetter(draft(alice).letter, { topic, ...sealedKeys.newest() }, randomBytes))
      },
    ],
    ['with an invitation between others', () => putLetter(draft(alice, mallory).letter)],
    ['with an invitation by its reader', () => putLetter(draft(bob, alice).letter)],
    ['without an invitation', () => putLetter({ message: new Uint8Array(10) })],
    [
      'about a topic that is no conversation',
      () => {
        putLetter(draft(alice, bob, { topic: topics.invite, keyMaterial: randomBytes(32) }).letter)
      },
    ],
  ])('%s is left out, counted and told', async (_, act) => {
    act()
    putLetter(draft(alice).letter)
    const { inbox } = open()
    await inbox.sync()
    expect(inbox.threads()).toHaveLength(1)
    expect(inbox.skipped.letters).toBe(1)
    expect(events).toContainEqual(expect.objectContaining({ kind: 'skipped', what: 'letter' }))
  })

  test('to a key that is not there is told of once, however many there are, and opens once the key is', async () => {
    const seed = randomBytes(32)
    const newer = createSealedKeys(secret, [seed]).newest()
    for (let i = 0; i < 50; i++) {
      put(topics.sealed, sealLetter(draft(alice).letter, { topic: topics.sealed, ...newer }, randomBytes))
    }
    const own = createSealedKeys(secret)
    const inbox = new Inbox({ ...open().context, sealedKeys: own })
    for (let i = 0; i < 2; i++) await inbox.sync()
    expect(inbox.threads()).toEqual([])
    expect(inbox.skipped.letters).toBe(50)
    expect(events.filter(({ kind }) => kind === 'degraded')).toEqual([{ kind: 'degraded', code: 'sealed-key.unknown' }])
    own.replace([seed])
    await inbox.sync()
    expect(inbox.threads()).toHaveLength(50)
  })

  test('whose message is by somebody else, or for another topic, brings no message', async () => {
    const { letter, keys } = draft(alice)
    const by = makeMessage(mallory, keys, { payload: payload('fake'), createdNs: time++, shouldPush: true })
    putLetter({ ...letter, message: by.message })
    putLetter({ ...draft(alice).letter, message: letter.message })
    const { inbox, context } = open()
    await inbox.sync()
    const read = await Promise.all(inbox.threads().map((thread) => readMessages(context, thread)))
    expect(read).toEqual([[], []])
    expect(events.filter(({ kind }) => kind === 'skipped')).toHaveLength(2)
  })

  test('whose lane is for another topic has no lane', async () => {
    const { letter } = draft(alice)
    putLetter({ ...letter, replyLane: { ...letter.replyLane, topic: '/xmtp/0/m-other/proto' } })
    const { inbox } = open()
    await inbox.sync()
    expect(inbox.threads()[0]?.lane).toBeUndefined()
  })

  test('does not take over the topic of another conversation, however early it claims to be', async () => {
    const { letter, keys } = draft(alice)
    const theirs = { topic: keys.topic, keyMaterial: randomBytes(32) }
    putLetter(draft(mallory, bob, theirs).letter, { timestampNs: 1n })
    putLetter(letter)
    const { inbox, context } = open()
    await inbox.sync()
    const ofAlice = inbox.threads().find(({ peer }) => peer === alice.identity.address)
    expect((await readMessages(context, ofAlice!)).map(({ content }) => content)).toEqual(['gm'])
  })

  test('of one sender about one topic counts once: the first one wins', async () => {
    const { letter, keys } = draft(alice)
    putLetter(letter)
    putLetter(draft(alice, bob, { topic: keys.topic, keyMaterial: randomBytes(32) }).letter)
    const { inbox, context } = open()
    await inbox.sync()
    expect(inbox.threads()).toHaveLength(1)
    expect(await readMessages(context, inbox.threads()[0]!)).toHaveLength(1)
  })
})

describe('an invitation', () => {
  test('on the own topic for a letter that is known is its mirror, not another conversation', async () => {
    const { letter, keys } = draft(alice)
    putLetter(letter)
    const timestampNs = time++
    const message = sealInvitation(bob, alice.identity.bundle, { invitation: keys, createdNs: timestampNs })
    put(topics.invite, message, { timestampNs })
    const { inbox } = open()
    await inbox.sync()
    expect(inbox.threads().map(({ kind }) => kind)).toEqual(['letter'])
    expect(inbox.isMirrored(keys.topic)).toBe(true)
  })

  test('whose time is not its envelope’s is left out', async () => {
    put(topics.invite, sealInvitation(alice, bob.identity.bundle, { invitation: randomConversation(), createdNs: 5n }))
    const { inbox } = open()
    await inbox.sync()
    expect(inbox).toMatchObject({ skipped: { invitations: 1 } })
  })
})

describe('the log', () => {
  test('brings back letters that the node has not any more', async () => {
    const memory = createMemoryLog()
    const { letter, keys } = draft(alice)
    const { replyLane: lane, invitation, message } = letter
    await open(memory).context.log.append({
      case: 'accepted',
      value: { invitation, lane, message, tag: new Uint8Array(32) },
    })
    const { inbox, context } = open(memory)
    await inbox.sync()
    const [thread] = inbox.threads()
    expect(thread).toMatchObject({ topic: keys.topic, peer: alice.identity.address, lane: { units: 9 } })
    expect(await readMessages(context, thread!)).toHaveLength(1)
  })

  test('is read past what is no letter', async () => {
    const memory = createMemoryLog()
    await open(memory).context.log.append({ case: 'sent', value: { invitation: randomBytes(20) } })
    const { inbox } = open(memory)
    await inbox.sync()
    expect(inbox.threads()).toEqual([])
  })
})

describe('readMessages', () => {
  async function thread(texts: string[]) {
    const { letter, keys } = draft(alice)
    putLetter(letter)
    for (const text of texts) {
      time += 1_000_000_000n
      const createdNs = time
      const { message } = makeMessage(alice, keys, { payload: payload(text), createdNs, shouldPush: true })
      put(keys.topic, message, { timestampNs: createdNs })
    }
    const { inbox, context } = open()
    await inbox.sync()
    return { context, thread: inbox.threads()[0]!, keys }
  }

  test('keeps limits and bounds, in either order', async () => {
    const { context, thread: one } = await thread(['a', 'b', 'c'])
    const texts = async (query: Parameters<typeof readMessages>[2]) =>
      (await readMessages(context, one, query)).map(({ content }) => content)
    expect(await texts({})).toEqual(['gm', 'a', 'b', 'c'])
    expect(await texts({ limit: 2 })).toEqual(['gm', 'a'])
    const [, a, , c] = await readMessages(context, one)
    expect(await texts({ since: a!.sentAt, until: new Date(c!.sentAt.getTime() - 1) })).toEqual(['a', 'b'])
  })

  test('shows a message once that lies in the letter and on the topic', async () => {
    const { context, thread: one, keys } = await thread([])
    put(keys.topic, one.first!)
    expect(await readMessages(context, one)).toHaveLength(1)
  })

  test('gives what to show instead where a type is unknown', async () => {
    const { context, thread: one, keys } = await thread([])
    const type = { authorityId: 'example.org', typeId: 'poll', versionMajor: 1, versionMinor: 0 }
    const unknown = encodeContentMessage({ type, parameters: {}, fallback: 'a poll', content: new Uint8Array(3) })
    const { message } = makeMessage(alice, keys, { payload: unknown, createdNs: time++, shouldPush: true })
    expect(await readMessage(context, one, { contentTopic: keys.topic, message })).toMatchObject({
      content: undefined,
      fallback: 'a poll',
      contentType: 'example.org/poll:1.0',
      problem: { code: 'content.unknown-type' },
    })
  })

  test('gets to a good one behind 10,000 that are none or that a node has made of it, page by page, and once', async () => {
    const { context, thread: one, keys } = await thread([])
    const { message } = makeMessage(alice, keys, { payload: payload('good'), createdNs: time++, shouldPush: true })
    const [foreign] = [makeMessage(mallory, keys, { payload: payload('bad'), createdNs: time++, shouldPush: true })]
    const pages = { open: 0, most: 0, asked: 0 }
    const bad = Array.from({ length: 10_000 }, (_, i) => {
      const changed = message.map((byte, at) => (at === message.length - 1 - (i % 50) ? byte ^ 1 : byte))
      return [randomBytes(400), changed, foreign!.message, new Uint8Array()][i % 4]!
    })
    const anonymous = {
      async *query() {
        for (let page = 0; page < 100; page++) {
          pages.asked++
          pages.most = Math.max(pages.most, ++pages.open)
          const shown = [...bad.slice(100 * page, 100 * page + 100), ...(page === 99 ? [message] : [])]
          yield { envelopes: shown.map((bytes) => ({ contentTopic: keys.topic, message: bytes })) }
          pages.open--
        }
      },
    }
    const before = performance.now()
    const read = () => readMessages({ ...context, anonymous: anonymous as never }, one)
    expect((await read()).map(({ content }) => content)).toEqual(['gm', 'good'])
    expect([pages.asked, pages.most]).toEqual([100, 1])
    expect(performance.now() - before).toBeLessThan(30_000)
    const opened = events.length
    expect(opened).toBeGreaterThan(2_500) // each of a kind, and the same bytes once
    expect((await read()).map(({ content }) => content)).toEqual(['gm', 'good'])
    expect(events.length).toBe(opened)
  })

  test('opens in one conversation what is broken in another one that has taken its topic', async () => {
    const { context, thread: one, keys } = await thread([])
    const { letter } = draft(mallory, bob, { ...randomConversation(), topic: keys.topic })
    putLetter(letter)
    const inbox = new Inbox(context)
    await inbox.sync()
    const taken = inbox.threads().find(({ peer }) => peer === mallory.identity.address)!
    const { message } = makeMessage(alice, keys, { payload: payload('good'), createdNs: time++, shouldPush: true })
    put(keys.topic, message)
    expect((await readMessages(context, taken)).map(({ content }) => content)).toEqual(['gm'])
    expect((await readMessages(context, one)).map(({ content }) => content)).toEqual(['gm', 'good'])
  })

  describe('of which the header shows the minute', () => {
    const [second, minute] = [1_000_000_000n, 60_000_000_000n]

    /** Bob reads in the order of headers what was written at these seconds of a minute, as each author says. */
    async function readMinute(written: readonly (readonly [text: string, second: number, claim?: bigint])[]) {
      const { context, thread: one, keys } = await thread([])
      time += minute
      const start = time - (time % minute) + minute
      const made = written.map(([text, at, claim], i) => {
        const end = start + BigInt(Math.floor(at / 60)) * minute + minute
        const createdNs = end + BigInt(written.length - i) // at a node they stand in any order
        const sentNs = claim ?? start + BigInt(at) * second
        const from = i % 2 === 0 ? alice : bob
        const { message } = makeMessage(from, keys, { payload: payload(text), createdNs, sentNs, shouldPush: true })
        return { createdNs, message }
      })
      made.sort((a, b) => Number(a.createdNs - b.createdNs))
      for (const { createdNs, message } of made) put(keys.topic, message, { timestampNs: createdNs })
      const read = async (query: Parameters<typeof readMessages>[2] = {}) =>
        (await readMessages(context, one, query)).map(({ content, sentAt }) => ({ content, sentAt }))
      const texts = async (query?: Parameters<typeof readMessages>[2]) =>
        (await read(query)).map(({ content }) => content)
      return { start, read, texts }
    }

    test('those of one minute are read in the order in which they were written, with limits and bounds to the second', async () => {
      const { start, read, texts } = await readMinute([
        ['a', 2],
        ['b', 3],
        ['c', 30],
        ['d', 59],
        ['e', 61],
        ['f', 200],
      ])
      expect(await texts()).toEqual(['gm', 'a', 'b', 'c', 'd', 'e', 'f'])
      expect((await read())[3]!.sentAt.getTime()).toBe(Number((start + 30n * second) / 1_000_000n))
      expect(await texts({ limit: 3 })).toEqual(['gm', 'a', 'b'])
      const at = (seconds: bigint) => new Date(Number((start + seconds * second) / 1_000_000n))
      expect(await texts({ since: at(3n), until: at(30n) })).toEqual(['b', 'c'])
      expect(await texts({ since: at(31n), limit: 2 })).toEqual(['d', 'e'])
    })

    test.each<[string, bigint]>([
      ['the beginning of time', 0n],
      ['the end of time', 2n ** 64n - 1n],
      ['next year', 1_782_000_000_000_000_000n],
    ])('one that claims to be of %s moves no further than within its minute', async (_, claim) => {
      const { texts } = await readMinute([
        ['before', 2],
        ['liar', 130, claim],
        ['after', 200],
      ])
      expect(await texts()).toEqual(['gm', 'before', 'liar', 'after'])
    })
  })

  test('believes no time inside where the header says all of it, so that order and bounds go by one time', async () => {
    const { context, thread: one, keys } = await thread([])
    const start = time + 1_000_000_000n
    const times = [10n, 20n, 30n].map((seconds) => start + seconds * 1_000_000_000n)
    for (const [i, createdNs] of times.entries()) {
      const sentNs = i === 2 ? start : createdNs
      const { message } = makeMessage(alice, keys, { payload: payload(`${i}`), createdNs, sentNs, shouldPush: true })
      put(keys.topic, message, { timestampNs: createdNs })
    }
    const open = { ...one, kind: 'invitation' as const, first: undefined }
    const read = async (query: Parameters<typeof readMessages>[2]) =>
      (await readMessages(context, open, query)).map(({ content }) => content)
    expect(await read({})).toEqual(['0', '1', '2'])
    expect(await read({ until: new Date(Number(times[1]! / 1_000_000n)) })).toEqual(['0', '1'])
  })

  test('puts what is written after one from the year 2100 behind it, and skips nothing that was written before', async () => {
    const { context, thread: one, keys } = await thread(['before'])
    const clock = createClock(() => 1_750_000_000, randomBytes)
    const here = { ...context, clock }
    const far = 4_102_444_800_000_000_000n
    const say = (text: string, at: { createdNs: bigint; sentNs?: bigint }, from = alice) => {
      const { message } = makeMessage(from, keys, { payload: payload(text), ...at, shouldPush: true })
      put(keys.topic, message, { timestampNs: at.createdNs })
    }
    const texts = async () => (await readMessages(here, one)).map(({ content }) => content)
    say('from 2100', { createdNs: far })
    expect(await texts()).toEqual(['gm', 'before', 'from 2100'])
    say('an answer', clock.minuteOf(keys.topic), bob)
    say('another', clock.minuteOf(keys.topic), bob)
    expect(await texts()).toEqual(['gm', 'before', 'from 2100', 'an answer', 'another'])
    time += 1_000_000_000n
    say('late, of an honest clock', { createdNs: time })
    expect(await texts()).toEqual(['gm', 'before', 'late, of an honest clock', 'from 2100', 'an answer', 'another'])
    expect(clock.minuteOf(randomConversation().topic).createdNs).toBeLessThan(far)
  })
})
