import { createRequire } from 'node:module'
import { fc, test as prop } from '@fast-check/vitest'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type ContentMessage, decodeContentMessage, encodeContentMessage } from '../../../sdk/codec/index.ts'
import {
  type Attachment,
  attachmentCodec,
  attachmentType,
  type ContentCodec,
  ContentRefusedError,
  contentTypeId,
  createCodecRegistry,
  decodeContent,
  encodeContent,
  mostAttachmentBytes,
  type Reaction,
  type Reply,
  reactionCodec,
  reactionType,
  replyCodec,
  replyType,
  textCodec,
  textType,
} from '../../../sdk/content/index.ts'
import { utf8 } from '../../../sdk/crypto/index.ts'
import type { Client } from '../../../sdk/index.ts'
import { type LightNetwork, startLightNetwork, write } from '../../helpers/light-network.ts'

const codecs = [reactionCodec, replyCodec, attachmentCodec]
const registry = createCodecRegistry([textCodec, ...codecs])
const reference = 'ab'.repeat(32)
const thumb: Reaction = { reference, action: 'added', content: '👍', schema: 'unicode' }
const yes: Reply = { reference, content: 'Yes.', contentType: textType }
const file: Attachment = { filename: 'a stamp.png', mimeType: 'image/png', data: Uint8Array.of(1, 2, 3) }

/** The encoder of the published clients, for content inside content. */
const theirs = createRequire(createRequire(import.meta.url).resolve('@xmtp/xmtp-js'))('@xmtp/proto').content
  .EncodedContent

const typeOf = (typeId: string) => ({ authorityId: 'xmtp.org', typeId, versionMajor: 1, versionMinor: 0 })

/** What the published codecs make of each, written down from their sources. */
const published: readonly [string, ContentCodec, unknown, Omit<ContentMessage, 'compression'>, boolean][] = [
  [
    'a reaction',
    reactionCodec,
    thumb,
    {
      type: typeOf('reaction'),
      parameters: {},
      content: utf8(`{"action":"added","reference":"${reference}","schema":"unicode","content":"👍"}`),
      fallback: 'Reacted “👍” to an earlier message',
    },
    true,
  ],
  [
    'a reaction that is taken back',
    reactionCodec,
    { ...thumb, action: 'removed' },
    {
      type: typeOf('reaction'),
      parameters: {},
      content: utf8(`{"action":"removed","reference":"${reference}","schema":"unicode","content":"👍"}`),
      fallback: 'Removed “👍” from an earlier message',
    },
    false,
  ],
  [
    'a reply in text',
    replyCodec,
    yes,
    {
      type: typeOf('reply'),
      parameters: { contentType: 'xmtp.org/text:1.0', reference },
      content: theirs
        .encode({ type: typeOf('text'), parameters: { encoding: 'UTF-8' }, content: utf8('Yes.') })
        .finish(),
      fallback: 'Replied with “Yes.” to an earlier message',
    },
    true,
  ],
  [
    'a reply by a file',
    replyCodec,
    { ...yes, content: file, contentType: attachmentType },
    {
      type: typeOf('reply'),
      parameters: { contentType: 'xmtp.org/attachment:1.0', reference },
      content: theirs
        .encode({
          type: typeOf('attachment'),
          parameters: { filename: 'a stamp.png', mimeType: 'image/png' },
          content: Uint8Array.of(1, 2, 3),
        })
        .finish(),
      fallback: 'Replied to an earlier message',
    },
    true,
  ],
  [
    'a file',
    attachmentCodec,
    file,
    {
      type: typeOf('attachment'),
      parameters: { filename: 'a stamp.png', mimeType: 'image/png' },
      content: Uint8Array.of(1, 2, 3),
      fallback: 'Can’t display "a stamp.png". This app doesn’t support attachments.',
    },
    true,
  ],
]

describe.each(published)('%s', (_, codec, content, message, shouldPush) => {
  test('has the bytes that the published codec prescribes', async () => {
    const made = await encodeContent(registry, content, { type: codec.contentType })
    expect(decodeContentMessage(made.payload)).toEqual({ ...message, content: new Uint8Array(message.content) })
    expect(made.shouldPush).toBe(shouldPush)
  })

  test('is read again as it was', async () => {
    const read = await decodeContent(registry, encodeContentMessage(message))
    const plainly = (value: unknown) => JSON.parse(JSON.stringify(value))
    expect(read.ok && plainly(read.content)).toEqual(plainly(content))
  })

  test('shows its fallback where nothing is registered', async () => {
    const read = await decodeContent(createCodecRegistry([textCodec]), encodeContentMessage(message))
    expect(read).toMatchObject({ ok: false, code: 'content.unknown-type', fallback: message.fallback })
  })
})

const reaction = (fields: object): Partial<ContentMessage> => ({
  type: reactionType,
  parameters: {},
  content: utf8(JSON.stringify({ ...thumb, ...fields })),
})
const reply = (content: ContentMessage): ContentMessage => ({
  type: replyType,
  parameters: { contentType: String(content.type), reference },
  content: encodeContentMessage(content),
})
const plain: ContentMessage = { type: textType, parameters: { encoding: 'UTF-8' }, content: utf8('deep') }
const deep = Array.from({ length: 1_000 }).reduce<ContentMessage>(reply, plain)

describe('reactions of the first releases', () => {
  const legacy = { type: reactionType, content: utf8('👍') }

  test.each([
    ['with a schema', { reference, action: 'added', schema: 'custom', encoding: 'UTF-8' }, 'custom'],
    ['without one', { reference, action: 'added', encoding: 'UTF-8' }, 'unicode'],
  ])('are text with the rest in parameters, %s', async (_, parameters, schema) => {
    const read = await decodeContent(registry, encodeContentMessage({ ...legacy, parameters }))
    expect(read).toMatchObject({ ok: true, content: { ...thumb, schema } })
  })

  test('may be a number, which is JSON too', async () => {
    const parameters = { reference, action: 'added', schema: 'unicode' }
    const read = await decodeContent(registry, encodeContentMessage({ ...legacy, content: utf8('1'), parameters }))
    expect(read).toMatchObject({ ok: true, content: { ...thumb, content: '1' } })
  })
})

describe('what is not allowed is shown by its fallback', () => {
  test.each<[string, Partial<ContentMessage>]>([
    ['a reaction of 10 kB', reaction({ content: 'x'.repeat(10_000) })],
    ['a reaction of 101 characters', reaction({ content: 'x'.repeat(101) })],
    ['a reaction of nothing', reaction({ content: '' })],
    ['a reaction that is no text', reaction({ content: { toString: 'x' } })],
    ['a reaction to nothing', reaction({ reference: undefined })],
    ['a reaction to something long', reaction({ reference: 'x'.repeat(129) })],
    ['a reaction that does nothing known', reaction({ action: 'exploded' })],
    ['a reaction in an unknown schema', reaction({ schema: 'html' })],
    ['a reaction with 5 kB beside it', reaction({ more: 'x'.repeat(5_000) })],
    ['JSON that is nested 2,000 deep', { type: reactionType, content: utf8('['.repeat(2_000)) }],
    ['a reply within a reply', reply(reply(plain))],
    ['replies nested 1,000 deep', deep],
    ['a reply to nothing', { ...reply(plain), parameters: {} }],
    ['a reply without content', { type: replyType, parameters: { reference }, content: new Uint8Array() }],
    ['a reply of an unknown type', reply({ ...plain, type: contentTypeId({ ...textType, typeId: 'poll' }) })],
    ['a reply that is compressed inside', reply({ ...plain, compression: 'gzip' })],
    [
      'a file of more than a megabyte',
      {
        ...file,
        type: attachmentType,
        parameters: { filename: 'a', mimeType: 'b' },
        content: new Uint8Array(mostAttachmentBytes + 1),
      },
    ],
    ['a file without a name', { type: attachmentType, parameters: { mimeType: 'image/png' } }],
    ['a file without a type', { type: attachmentType, parameters: { filename: 'a' } }],
    [
      'a file with a name of 1,001 characters',
      { type: attachmentType, parameters: { filename: 'a'.repeat(1_001), mimeType: '' } },
    ],
    [
      'a file with a type of 1,001 characters',
      { type: attachmentType, parameters: { filename: '', mimeType: 'a'.repeat(1_001) } },
    ],
  ])('%s', async (_, message) => {
    const payload = encodeContentMessage({ ...plain, parameters: {}, ...message, fallback: 'instead' })
    expect(await decodeContent(registry, payload)).toMatchObject({
      ok: false,
      code: 'content.undecodable',
      fallback: 'instead',
    })
  })

  test.each<[string, ContentCodec, unknown]>([
    ['a long reaction', reactionCodec, { ...thumb, content: 'x'.repeat(101) }],
    ['a reaction to nothing', reactionCodec, { ...thumb, reference: '' }],
    ['a reply to nothing', replyCodec, { ...yes, reference: '' }],
    ['a reply in a reply', replyCodec, { ...yes, contentType: replyType, content: yes }],
    ['a large file', attachmentCodec, { ...file, data: new Uint8Array(mostAttachmentBytes + 1) }],
  ])('and is not sent: %s', async (_, { contentType: type }, content) => {
    await expect(encodeContent(registry, content, { type })).rejects.toThrow(ContentRefusedError)
  })

  test('the largest file fits', async () => {
    const { payload } = await encodeContent(
      registry,
      { ...file, data: new Uint8Array(mostAttachmentBytes) },
      { type: attachmentType },
    )
    expect(await decodeContent(registry, payload)).toMatchObject({ ok: true })
  })

  prop.prop([
    fc.constantFrom(...codecs),
    fc.uint8Array(),
    fc.dictionary(fc.constantFrom('reference', 'action', 'filename', 'mimeType'), fc.string()),
  ])('and nothing throws, whatever the bytes', async ({ contentType: type }, content, parameters) => {
    const read = await decodeContent(registry, encodeContentMessage({ type, parameters, content }))
    expect(read.ok || read.code).toBeTruthy()
  })
})

describe('clients', () => {
  let network: LightNetwork
  let [ann, ben, old] = [] as unknown as [Client, Client, Client]

  beforeAll(async () => {
    network = await startLightNetwork()
    ann = await network.client(1, { codecs })
    ben = await network.client(2, { codecs })
    old = await network.client(3)
  })
  afterAll(() => network?.close())

  test('send replies, reactions and files of the largest size in a conversation', async () => {
    await write(ann, ben, 'Shall we?')
    const [conversation] = await ben.conversations.list()
    const [asked] = await conversation!.messages()
    const large = { ...file, data: new Uint8Array(mostAttachmentBytes).fill(7) }
    for (const [content, contentType] of [
      [{ ...thumb, reference: asked!.id }, reactionType],
      [{ ...yes, reference: asked!.id }, replyType],
      [large, attachmentType],
    ] as const)
      expect(await conversation!.send(content, { contentType })).toMatchObject({ ok: true })
    const [first, ...read] = await (await ann.conversations.list())[0]!.messages()
    expect(read.map(({ content }) => content)).toMatchObject([
      { ...thumb, reference: first!.id },
      { content: 'Yes.', reference: first!.id },
      large,
    ])
  })

  test('show the fallback where they have no codec, and nothing of read receipts', async () => {
    await write(ann, old, 'Are you there?')
    const [conversation] = await ann.conversations
      .list({})
      .then((all) => all.filter(({ peerAddress }) => peerAddress === old.address))
    await conversation!.send({ ...thumb }, { contentType: reactionType })
    const readReceipt = receiptCodec('xmtp.org')
    const seen = await network.client(1, { codecs: [readReceipt, receiptCodec('example.org')] })
    const [same] = (await seen.conversations.list()).filter(({ peerAddress }) => peerAddress === old.address)
    await same!.send(undefined, { contentType: readReceipt.contentType })
    await same!.send(undefined, { contentType: receiptCodec('example.org').contentType })
    const read = await (await old.conversations.list())[0]!.messages()
    expect(read.map(({ contentType, content, fallback }) => [contentType, content ?? fallback])).toEqual([
      ['xmtp.org/text:1.0', 'Are you there?'],
      ['xmtp.org/reaction:1.0', 'Reacted “👍” to an earlier message'],
      ['example.org/readReceipt:1.0', undefined],
    ])
    expect((await same!.messages()).map(({ contentType }) => contentType)).toContain('xmtp.org/readReceipt:1.0')
  })
})

/** Says that something was seen, as stock apps do; of another authority it is content that nobody knows. */
function receiptCodec(authorityId: string): ContentCodec<undefined> {
  const contentType = contentTypeId({ ...textType, authorityId, typeId: 'readReceipt' })
  return {
    contentType,
    encode: () => ({ type: contentType, parameters: {}, content: new Uint8Array() }),
    decode: () => undefined,
    fallback: () => undefined,
    shouldPush: () => false,
  }
}
