import { readFileSync } from 'node:fs'
import { fc, test as prop } from '@fast-check/vitest'
import { beforeAll, describe, expect, test } from 'vitest'
import {
  decodePrivateKeys,
  decodeSealedInvitation,
  decodeSealedMessage,
  decodeSignedContent,
  directTopic,
  encodeSealedInvitation,
  encodeSealedMessage,
  encodeSignedContent,
  ephemeralTopic,
  messageTopic,
  ownedTopic,
  type SignedContent,
} from '../../../sdk/codec/index.ts'
import { fromHex, openCiphertext, sealCiphertext, sha256, signDigest, toHex, utf8 } from '../../../sdk/crypto/index.ts'
import { createKeyring, type Keyring, toIdentity } from '../../../sdk/identity/index.ts'
import {
  type ConversationV2,
  deriveConversation,
  hmacPeriod,
  InvitationRefusedError,
  legacyConversation,
  legacyTopics,
  MessageRefusedError,
  makeLegacyMessage,
  makeMessage,
  openInvitation,
  openInvitationEnvelope,
  openLegacyMessage,
  openMessage,
  randomConversation,
  sealInvitation,
} from '../../../sdk/xmtp/index.ts'
import { keyringOf } from '../../helpers/accounts.ts'
import { countingBytes, expectTyped } from '../../helpers/random.ts'

const vector = JSON.parse(readFileSync('test/vectors/xmtp-v2.json', 'utf8'))
const createdNs = 1_700_000_000_000_000_001n
const payload = utf8('encoded content')

let alice: Keyring
let bob: Keyring
let mallory: Keyring
beforeAll(async () => {
  alice = createKeyring(toIdentity(decodePrivateKeys(fromHex(vector.keysA))))
  bob = createKeyring(toIdentity(decodePrivateKeys(fromHex(vector.keysB))))
  mallory = await keyringOf(0x66)
})

describe('deriveConversation', () => {
  test('gives topic and key of the fixed vector, on both sides', () => {
    const expected = { topic: vector.topic, keyMaterial: fromHex(vector.keyMaterial) }
    expect(deriveConversation(alice, bob.identity.bundle, vector.conversationId)).toEqual(expected)
    expect(deriveConversation(bob, alice.identity.bundle, vector.conversationId)).toEqual(expected)
  })

  prop.prop([fc.string({ minLength: 1 })], { numRuns: 20 })('another id is another topic under the same key', (id) => {
    const [plain, named] = [
      deriveConversation(alice, bob.identity.bundle),
      deriveConversation(alice, bob.identity.bundle, id),
    ]
    expect(named.topic).not.toBe(plain.topic)
    expect(named.keyMaterial).toEqual(plain.keyMaterial)
  })
})

describe('other conversations', () => {
  test('with a random topic and key never repeat and say nothing', () => {
    const [one, other] = [randomConversation(), randomConversation()]
    expect(one.topic).toMatch(/^\/xmtp\/0\/m-[A-Za-z0-9+-]{43}\/proto$/)
    expect(one.keyMaterial).toHaveLength(32)
    expect(one.topic).not.toBe(other.topic)
    expect(one.keyMaterial).not.toEqual(other.keyMaterial)
    const slashes = randomConversation((length) => new Uint8Array(length).fill(0xff))
    expect(slashes.topic).toBe(messageTopic(`${'-'.repeat(42)}8`))
  })

  test('of V1 lie on the topic of the pair', () => {
    const [me, peer] = [alice.identity.address, bob.identity.address]
    expect(legacyConversation(me, peer, 5n)).toEqual({
      version: 'v1',
      topic: directTopic(peer, me),
      peer,
      createdNs: 5n,
    })
    expect(legacyTopics(me, peer, 'later')).toEqual([directTopic(me, peer)])
    expect(legacyTopics(me, peer, 'first')).toEqual([
      ownedTopic('intro', peer),
      ownedTopic('intro', me),
      directTopic(me, peer),
    ])
  })
})

describe('invitations', () => {
  const keys = randomConversation(countingBytes())
  const context = { conversationId: 'example.org/c1', metadata: { title: 'x' } }

  test('are opened by both sides, each seeing the other', () => {
    const message = sealInvitation(alice, bob.identity.bundle, { invitation: { ...keys, context }, createdNs })
    const expected = { version: 'v2', ...keys, context, createdNs }
    expect(openInvitation(bob, message)).toEqual({ ...expected, peer: alice.identity.address })
    expect(openInvitationEnvelope(alice, { message, timestampNs: createdNs })).toEqual({
      ...expected,
      peer: bob.identity.address,
    })
  })

  test('are the same bytes for the same randomness', () => {
    const seal = () =>
      sealInvitation(alice, bob.identity.bundle, { invitation: keys, createdNs, randomBytes: countingBytes() })
    expect(seal()).toEqual(seal())
  })

  test('with another time than their envelope are refused', () => {
    const message = sealInvitation(alice, bob.identity.bundle, { invitation: keys, createdNs })
    expect(() => openInvitationEnvelope(bob, { message, timestampNs: createdNs + 1n })).toThrow(InvitationRefusedError)
  })

  test.each<[string, string, () => Uint8Array, (() => Keyring)?]>([
    ['between others', 'between other accounts', () => seal(alice, bob), () => mallory],
    ['to oneself', 'addressed to its sender', () => seal(alice, alice), () => alice],
    ['with a changed header', 'does not open', () => changed({ createdNs: 7n })],
    ['with a changed ciphertext', 'does not open', () => withChangedPayload()],
    ['in the name of somebody else', 'does not open', inTheNameOfAlice],
    ['to an ephemeral topic', 'not that of a conversation', () => seal(alice, bob, ephemeralTopic(keys.topic))],
    [
      "to somebody's contact topic",
      'not that of a conversation',
      () => seal(alice, bob, ownedTopic('contact', alice.identity.address)),
    ],
    ['to a topic outside the grammar', 'not that of a conversation', () => seal(alice, bob, 'anywhere')],
    ['with a short key', 'no 32-byte key', () => seal(alice, bob, keys.topic, new Uint8Array(16).fill(1))],
    ["whose sender's bundle does not hold", 'bundle is not valid', withBrokenBundle],
  ])('%s are refused: %s', (_, reason, make, reader = () => bob) => {
    const read = () => openInvitation(reader(), make())
    expect(read).toThrow(InvitationRefusedError)
    expect(read).toThrow(reason)
  })

  prop.prop([fc.uint8Array()])('random bytes are none', (bytes) => {
    expectTyped(() => openInvitation(bob, bytes))
  })

  function seal(from: Keyring, to: Keyring, topic = keys.topic, keyMaterial = keys.keyMaterial) {
    return sealInvitation(from, to.identity.bundle, { invitation: { topic, keyMaterial }, createdNs })
  }

  /** The invitation of another time, around the ciphertext of the first. */
  function changed(change: { createdNs: bigint }) {
    const { ciphertext } = decodeSealedInvitation(seal(alice, bob))
    const other = sealInvitation(alice, bob.identity.bundle, { invitation: keys, createdNs: change.createdNs })
    return encodeSealedInvitation({ headerBytes: decodeSealedInvitation(other).headerBytes, ciphertext })
  }

  function withChangedPayload() {
    const sealed = decodeSealedInvitation(seal(alice, bob))
    sealed.ciphertext.payload[0]! ^= 1
    return encodeSealedInvitation(sealed)
  }

  /** Mallory knows Alice's public bundle and nothing else. */
  function inTheNameOfAlice() {
    const forger: Keyring = { ...mallory, identity: { ...mallory.identity, bundle: alice.identity.bundle } }
    return seal(forger, bob)
  }

  function withBrokenBundle() {
    const bundle = { ...mallory.identity.bundle, preKey: alice.identity.bundle.preKey }
    return seal({ ...mallory, identity: { ...mallory.identity, bundle } }, bob)
  }
})

describe('messages', () => {
  let mine: ConversationV2
  let theirs: ConversationV2
  beforeAll(() => {
    const keys = deriveConversation(alice, bob.identity.bundle)
    mine = { version: 'v2', ...keys, peer: bob.identity.address, createdNs }
    theirs = { ...mine, peer: alice.identity.address }
  })
  const envelope = (message: Uint8Array, contentTopic = mine.topic) => ({ contentTopic, message })
  const make = (from: Keyring, topic = mine.topic) =>
    makeMessage(from, { ...mine, topic }, { payload, createdNs, shouldPush: true }).message

  prop.prop([fc.uint8Array(), fc.boolean()])('are read by both sides', (content, shouldPush) => {
    const { id, message } = makeMessage(alice, mine, { payload: content, createdNs, shouldPush })
    const expected = {
      id,
      version: 'v2',
      sender: alice.identity.address,
      createdNs,
      sentNs: createdNs,
      topic: mine.topic,
      ephemeral: false,
      origin: expect.stringMatching(/^[0-9a-f]{64}$/),
      payload: content,
      shouldPush,
    }
    expect(openMessage(bob, theirs, envelope(message))).toEqual(expected)
    expect(openMessage(alice, mine, envelope(message))).toEqual(expected)
    expect(id).toBe(toHex(sha256(message)))
  })

  prop.prop([fc.uint8Array({ maxLength: 9000 }), fc.boolean()])(
    'have few sizes where padded',
    (content, shouldPush) => {
      const { message } = makeMessage(alice, mine, { payload: content, createdNs, shouldPush, isPadded: true })
      expect(openMessage(bob, theirs, envelope(message)).payload).toEqual(content)
      const size = [1024, 2048, 4096, 8192, 12_288].find((candidate) => message.length <= candidate)!
      const spare = size - message.length
      expect(spare).toBeGreaterThan(0)
      expect(spare).toBeLessThan(100) // the same for all of a conversation
      const bare = makeMessage(alice, mine, { payload: content, createdNs, shouldPush }).message
      const next = [0, 1024, 2048, 4096, 8192].findLast((candidate) => candidate < size)!
      expect(bare.length).toBeGreaterThan(next - 100) // no more than it takes
    },
  )

  test.each<[string, bigint, bigint]>([
    ['within the minute before its header', -30_000_000_000n, -30_000_000_000n],
    ['of the header', 0n, 0n],
    ['after it', 1n, 0n],
    ['long before it', -3_600_000_000_000n, -60_001_000_000n],
  ])('say inside when they were written, and are believed within a minute: %s', (_, said, believed) => {
    const sentNs = createdNs + said
    const init = { payload, createdNs, sentNs, shouldPush: true, isPadded: true }
    const { message } = makeMessage(alice, mine, init)
    expect(openMessage(bob, theirs, envelope(message)).sentNs).toBe(createdNs + believed)
    expect(message.length).toBe(makeMessage(alice, mine, { ...init, sentNs: createdNs }).message.length)
  })

  test('show nothing of their length within a size', () => {
    const lengthOf = (length: number) =>
      makeMessage(alice, mine, { payload: new Uint8Array(length), createdNs, shouldPush: true, isPadded: true }).message
        .length
    expect(new Set([0, 1, 100, 127, 128, 129, 130, 300].map(lengthOf)).size).toBe(1)
    expect(new Set([900, 1000, 1200].map(lengthOf)).size).toBe(1)
  })

  test('may come over the ephemeral topic', () => {
    const opened = openMessage(bob, theirs, envelope(make(alice), ephemeralTopic(mine.topic)))
    expect(opened).toMatchObject({ ephemeral: true, topic: mine.topic })
  })

  test('are the same bytes for the same randomness, the signature included', () => {
    const init = () => ({ payload, createdNs, shouldPush: true, randomBytes: countingBytes() })
    expect(makeMessage(alice, mine, init())).toEqual(makeMessage(alice, mine, init()))
  })

  test('without a word on notifications are read without one', () => {
    const { version, headerBytes, ciphertext } = decodeSealedMessage(make(alice)) as Extract<
      ReturnType<typeof decodeSealedMessage>,
      { version: 'v2' }
    >
    const opened = openMessage(bob, theirs, envelope(encodeSealedMessage({ version, headerBytes, ciphertext })))
    expect(opened.shouldPush).toBeUndefined()
  })

  test.each<[string, string, () => Uint8Array]>([
    ['made for another topic', 'made for another topic', () => make(alice, messageTopic('other'))],
    ['of somebody who has the key but is no participant', 'not a participant', () => make(mallory)],
    [
      'signed by another pre-key than its bundle says',
      'did not sign',
      () => resigned((content) => ({ ...content, sender: bob.identity.bundle })),
    ],
    [
      'whose content was exchanged',
      'did not sign',
      () => resigned((content) => ({ ...content, payload: utf8('other') })),
    ],
    [
      'whose signature is tagged as a wallet would',
      'did not sign',
      () => resigned((content) => ({ ...content, signature: { ...content.signature, signer: 'wallet' } })),
    ],
    [
      "signed by the author's identity key",
      'did not sign',
      () =>
        resigned((content, header) => ({
          ...content,
          signature: {
            ...signDigest(sha256(header, content.payload), alice.identity.keys.identityKey.secret),
            signer: 'key',
          },
        })),
    ],
    [
      "whose author's bundle does not hold",
      'bundle is not valid',
      () =>
        resigned((content) => ({ ...content, sender: { ...content.sender, preKey: mallory.identity.bundle.preKey } })),
    ],
    [
      'under another key',
      'does not open',
      () =>
        makeMessage(alice, { ...mine, keyMaterial: new Uint8Array(32) }, { payload, createdNs, shouldPush: true })
          .message,
    ],
    ['with a changed header', 'does not open', withOtherHeader],
    ['of V1', 'A V1 message', () => makeLegacyMessage(alice, bob.identity.bundle, { payload, createdNs }).message],
  ])('%s are refused: %s', (_, reason, make) => {
    const read = () => openMessage(bob, theirs, envelope(make()))
    expect(read).toThrow(MessageRefusedError)
    expect(read).toThrow(reason)
  })

  test('on another topic are refused', () => {
    expect(() => openMessage(bob, theirs, envelope(make(alice), messageTopic('other')))).toThrow('on another topic')
  })

  prop.prop([fc.nat(), fc.integer({ min: 1, max: 255 })], { numRuns: 50 })(
    'with any byte changed say nothing else',
    (at, difference) => {
      const message = make(alice)
      message[at % message.length]! ^= difference
      expectTyped(() => {
        const { sender, payload: read, createdNs: time } = openMessage(bob, theirs, envelope(message))
        expect({ sender, read, time }).toEqual({ sender: alice.identity.address, read: payload, time: createdNs })
      })
    },
  )

  prop.prop([fc.uint8Array()])('random bytes are none', (bytes) => {
    expectTyped(() => openMessage(bob, theirs, envelope(bytes)))
    expectTyped(() =>
      openLegacyMessage(bob, {
        contentTopic: directTopic(alice.identity.address, bob.identity.address),
        message: bytes,
      }),
    )
  })

  /** Alice's message with its inside changed and encrypted again, as a participant could. */
  function resigned(change: (content: SignedContent, headerBytes: Uint8Array) => SignedContent): Uint8Array {
    const { headerBytes, ciphertext } = decodeSealedMessage(make(alice))
    const options = { secret: mine.keyMaterial, associatedData: headerBytes }
    const content = decodeSignedContent(openCiphertext(ciphertext, options))
    const inside = encodeSignedContent(change(content, headerBytes))
    return encodeSealedMessage({ version: 'v2', headerBytes, ciphertext: sealCiphertext(inside, options) })
  }

  function withOtherHeader(): Uint8Array {
    const { ciphertext } = decodeSealedMessage(make(alice))
    const later = makeMessage(alice, mine, { payload, createdNs: createdNs + 1n, shouldPush: true }).message
    return encodeSealedMessage({ version: 'v2', headerBytes: decodeSealedMessage(later).headerBytes, ciphertext })
  }
})

describe('V1 messages', () => {
  const make = () => makeLegacyMessage(alice, bob.identity.bundle, { payload, createdNs })
  const topic = () => directTopic(alice.identity.address, bob.identity.address)

  test('are read by both sides, on the topic of the pair, the ephemeral one and their own intro topic', () => {
    const { id, message } = make()
    const expected = {
      id,
      version: 'v1',
      sender: alice.identity.address,
      createdNs: 1_700_000_000_000_000_000n,
      sentNs: 1_700_000_000_000_000_000n,
      topic: topic(),
      payload,
    }
    const [a, b] = [alice.identity.address, bob.identity.address]
    expect(openLegacyMessage(bob, { contentTopic: topic(), message })).toEqual({
      ...expected,
      peer: a,
      ephemeral: false,
      origin: expect.stringMatching(/^[0-9a-f]{64}$/),
    })
    expect(openLegacyMessage(alice, { contentTopic: topic(), message })).toEqual({
      ...expected,
      peer: b,
      ephemeral: false,
      origin: expect.stringMatching(/^[0-9a-f]{64}$/),
    })
    expect(openLegacyMessage(bob, { contentTopic: ownedTopic('intro', b), message })).toEqual({
      ...expected,
      peer: a,
      ephemeral: false,
      origin: expect.stringMatching(/^[0-9a-f]{64}$/),
    })
    expect(openLegacyMessage(bob, { contentTopic: ephemeralTopic(topic()), message })).toEqual({
      ...expected,
      peer: a,
      ephemeral: true,
      origin: expect.stringMatching(/^[0-9a-f]{64}$/),
    })
  })

  test.each<[string, string, () => Uint8Array, (() => string)?]>([
    [
      'between others',
      'between other accounts.',
      () => makeLegacyMessage(alice, mallory.identity.bundle, { payload, createdNs }).message,
    ],
    [
      "on somebody else's intro topic",
      'other accounts than its topic',
      () => make().message,
      () => ownedTopic('intro', alice.identity.address),
    ],
    [
      'on the topic of another pair',
      'other accounts than its topic',
      () => make().message,
      () => directTopic(mallory.identity.address, bob.identity.address),
    ],
    ['with a changed ciphertext', 'does not open', withChange],
    ["whose sender's bundle does not hold", 'bundle is not valid', withBrokenBundle],
    [
      'of V2',
      'A V2 message',
      () => makeMessage(alice, randomConversation(), { payload, createdNs, shouldPush: true }).message,
    ],
  ])('%s are refused: %s', (_, reason, message, on = topic) => {
    const read = () => openLegacyMessage(bob, { contentTopic: on(), message: message() })
    expect(read).toThrow(MessageRefusedError)
    expect(read).toThrow(reason)
  })

  function withChange(): Uint8Array {
    const sealed = decodeSealedMessage(make().message)
    sealed.ciphertext.payload[0]! ^= 1
    return encodeSealedMessage({ version: 'v1', headerBytes: sealed.headerBytes, ciphertext: sealed.ciphertext })
  }

  function withBrokenBundle(): Uint8Array {
    const bundle = { ...mallory.identity.bundle, preKey: alice.identity.bundle.preKey }
    const forger: Keyring = { ...mallory, identity: { ...mallory.identity, bundle } }
    return makeLegacyMessage(forger, bob.identity.bundle, { payload, createdNs }).message
  }
})

describe("a sender's mark", () => {
  test('changes every thirty days', () => {
    expect(hmacPeriod(2_592_000n * 10n ** 9n - 1n)).toBe(0n)
    expect(hmacPeriod(2_592_000n * 10n ** 9n)).toBe(1n)
  })
})
