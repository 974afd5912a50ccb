import { createRequire } from 'node:module'
import { deflateSync, gzipSync } from 'node:zlib'
import { fc, test as prop } from '@fast-check/vitest'
import type { Client } from '@xmtp/xmtp-js'
import { describe, expect, test } from 'vitest'
import { decodeContentMessage, encodeContentMessage, maxMessageLength } from '../../../sdk/codec/index.ts'
import {
  CompressionRefusedError,
  ContentTypeUnknownError,
  compress,
  contentTypeId,
  createCodecRegistry,
  decodeContent,
  decompress,
  encodeContent,
  textCodec,
  textType,
} from '../../../sdk/content/index.ts'
import { utf8 } from '../../../sdk/crypto/index.ts'
import { pollCodec, pollType } from '../../helpers/poll-codec.ts'

/** Codecs as the stock client takes them. */
type PublishedCodec = Parameters<Client['registerCodec']>[0]

const requireOwn = createRequire(import.meta.url)
const requireTheirs = createRequire(requireOwn.resolve('@xmtp/xmtp-js'))
const published: { TextCodec: new () => PublishedCodec } = requireTheirs('@xmtp/content-type-text')
const registry = createCodecRegistry([textCodec])
const formats = fc.constantFrom('deflate' as const, 'gzip' as const)

describe('content', () => {
  prop.prop([fc.string({ unit: 'grapheme' }), fc.option(formats, { nil: undefined })])(
    'round-trips, compressed or not',
    async (text, compression) => {
      const { payload, shouldPush } = await encodeContent(registry, text, { compression })
      expect(await decodeContent(registry, payload)).toEqual({
        ok: true,
        content: text,
        type: expect.objectContaining({ typeId: 'text' }),
      })
      expect(shouldPush).toBe(true)
      expect(decodeContentMessage(payload).compression).toBe(utf8(text).length < 10 ? undefined : compression)
    },
  )

  prop.prop([fc.string({ unit: 'grapheme' })])(
    'text is byte for byte what the published codec makes, and plugs in there',
    async (text) => {
      const theirs = createCodecRegistry([new published.TextCodec()])
      expect((await encodeContent(theirs, text)).payload).toEqual((await encodeContent(registry, text)).payload)
      const { payload } = await encodeContent(registry, text)
      expect(await decodeContent(theirs, payload)).toMatchObject({ ok: true, content: text })
    },
  )

  test('codecs plug into stock clients as well', () => {
    const ours: PublishedCodec[] = [textCodec, pollCodec]
    expect(ours.map(({ contentType }) => contentType.toString())).toEqual(['xmtp.org/text:1.0', 'example.org/poll:2.1'])
  })

  test('of an unknown type shows its fallback', async () => {
    const polls = createCodecRegistry([textCodec, pollCodec])
    const { payload, shouldPush } = await encodeContent(polls, { question: 'tea?' }, { type: pollType })
    expect(shouldPush).toBe(false)
    expect(await decodeContent(polls, payload)).toMatchObject({ ok: true, content: { question: 'tea?' } })
    const shown = await decodeContent(registry, payload)
    expect(shown).toMatchObject({ ok: false, code: 'content.unknown-type', fallback: 'asked: tea?' })
    expect(shown.type.toString()).toBe('example.org/poll:2.1')
  })

  test('that its codec refuses shows its fallback', async () => {
    const payload = encodeContentMessage({
      type: pollType,
      parameters: {},
      content: new Uint8Array(),
      fallback: 'a poll',
    })
    const shown = await decodeContent(createCodecRegistry([pollCodec]), payload)
    expect(shown).toMatchObject({
      ok: false,
      code: 'content.undecodable',
      message: 'a poll asks something',
      fallback: 'a poll',
    })
  })

  test.each<[string, object]>([
    ['in another encoding', { parameters: { encoding: 'latin1' } }],
    ['without an encoding', { parameters: {} }],
    ['that is no UTF-8', { content: Uint8Array.of(0xff) }],
    ['that is not compressed as it says', { compression: 'gzip' }],
    ['that grows beyond the limit', { compression: 'gzip', content: gzipSync(new Uint8Array(maxMessageLength + 1)) }],
  ])('text %s is undecodable', async (_, change) => {
    const message = { type: textType, parameters: { encoding: 'UTF-8' }, content: utf8('text'), ...change }
    const shown = await decodeContent(registry, encodeContentMessage(message))
    expect(shown).toMatchObject({ ok: false, code: 'content.undecodable' })
  })

  test('of any size up to the limit of an envelope is read, where stock clients stop at 1,000 bytes', async () => {
    const text = 'x'.repeat(maxMessageLength)
    const { payload } = await encodeContent(registry, text, { compression: 'deflate' })
    expect(payload.length).toBeLessThan(10_000)
    expect(await decodeContent(registry, payload)).toMatchObject({ ok: true, content: text })
  })

  test('of a type without codec cannot be encoded', async () => {
    await expect(encodeContent(registry, 1, { type: pollType })).rejects.toThrow(ContentTypeUnknownError)
  })
})

describe('registries', () => {
  test.each([
    [{ versionMajor: 2, versionMinor: 9 }, true],
    [{ versionMajor: 1, versionMinor: 0 }, true],
    [{ versionMajor: 3, versionMinor: 0 }, false],
    [{ authorityId: 'xmtp.org' }, false],
    [{ typeId: 'text' }, false],
  ])('a codec of version 2.1 reads %j: %s', (change, reads) => {
    const type = contentTypeId({ ...pollType, ...change })
    expect(createCodecRegistry([pollCodec]).codecFor(type)).toBe(reads ? pollCodec : undefined)
  })

  test('types of any version are the same type', () => {
    expect(pollType.sameAs(contentTypeId({ ...pollType, versionMajor: 9 }))).toBe(true)
    expect(pollType.sameAs(textType)).toBe(false)
  })
})

describe('compression', () => {
  prop.prop([fc.uint8Array(), formats])('round-trips within exactly its limit', async (bytes, format) => {
    const compressed = await compress(bytes, format)
    expect(await decompress(compressed, format, bytes.length)).toEqual(bytes)
    if (bytes.length > 0)
      await expect(decompress(compressed, format, bytes.length - 1)).rejects.toThrow(CompressionRefusedError)
  })

  test('reads what zlib writes', async () => {
    const bytes = utf8('gm '.repeat(100))
    expect(await decompress(gzipSync(bytes), 'gzip', 1000)).toEqual(bytes)
    expect(await decompress(deflateSync(bytes), 'deflate', 1000)).toEqual(bytes)
  })

  prop.prop([fc.uint8Array(), formats])('random bytes are refused', async (bytes, format) => {
    await expect(decompress(bytes, format, 1000)).rejects.toThrow(CompressionRefusedError)
  })
})
