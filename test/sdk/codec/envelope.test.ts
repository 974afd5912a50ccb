import { createHash } from 'node:crypto'
import { fc, test as prop } from '@fast-check/vitest'
import { describe, expect, test } from 'vitest'
import {
  checkEnvelopeLimits,
  decodeEnvelope,
  digestEnvelope,
  EnvelopeMalformedError,
  EnvelopeTooLargeError,
  encodeEnvelope,
  envelopeFromJson,
  envelopeToJson,
  maxMessageLength,
  maxTopicLength,
} from '../../../sdk/codec/index.ts'
import { BaseError } from '../../../sdk/errors.ts'

const uint64s = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n })
const envelopes = fc.record({
  contentTopic: fc.string({ unit: 'grapheme' }),
  timestampNs: uint64s,
  message: fc.uint8Array(),
})
const good = { contentTopic: '/xmtp/0/m-x/proto', timestampNs: '1', message: 'AAAA' }

describe('envelopes', () => {
  prop.prop([envelopes])('round-trip as JSON and as protobuf', (envelope) => {
    expect(envelopeFromJson(JSON.parse(JSON.stringify(envelopeToJson(envelope))))).toEqual(envelope)
    expect(decodeEnvelope(encodeEnvelope(envelope))).toEqual(envelope)
  })

  prop.prop([envelopes])('are digested as topic and message without separator', ({ contentTopic, message }) => {
    const expected = createHash('sha256').update(contentTopic).update(message).digest()
    expect(Buffer.from(digestEnvelope({ contentTopic, message }))).toEqual(expected)
  })

  prop.prop([fc.uint8Array()])('random bytes are an envelope or a typed error', (bytes) => {
    try {
      decodeEnvelope(bytes)
    } catch (error) {
      expect(error).toBeInstanceOf(BaseError)
    }
  })

  prop.prop([fc.jsonValue()])('random JSON is an envelope or a typed error', (json) => {
    try {
      envelopeFromJson(json)
    } catch (error) {
      expect(error).toBeInstanceOf(BaseError)
    }
  })

  test('absent fields have their defaults, unknown ones are ignored, safe integers are numbers', () => {
    expect(envelopeFromJson({ extra: 1 })).toEqual({ contentTopic: '', timestampNs: 0n, message: new Uint8Array() })
    expect(envelopeFromJson({ ...good, timestampNs: 17 }).timestampNs).toBe(17n)
  })

  test.each<[string, unknown]>([
    ['an array', []],
    ['null', null],
    ['a number as topic', { ...good, contentTopic: 1 }],
    ['a lone surrogate in the topic', { ...good, contentTopic: '\ud800' }],
    ['a negative time', { ...good, timestampNs: '-1' }],
    ['a time in hex', { ...good, timestampNs: '0x10' }],
    ['a time with an exponent', { ...good, timestampNs: '1e3' }],
    ['an empty time', { ...good, timestampNs: '' }],
    ['a time beyond 64 bits', { ...good, timestampNs: '18446744073709551616' }],
    ['a negative number as time', { ...good, timestampNs: -1 }],
    ['an unsafe number as time', { ...good, timestampNs: 2 ** 60 }],
    ['a fraction as time', { ...good, timestampNs: 1.5 }],
    ['null as time', { ...good, timestampNs: null }],
    ['bytes that are no text', { ...good, message: [1] }],
    ['base64 of the URL alphabet', { ...good, message: '-_8=' }],
    ['unpadded base64', { ...good, message: 'AAA' }],
  ])('%s is refused', (_, json) => {
    expect(() => envelopeFromJson(json)).toThrow(EnvelopeMalformedError)
  })

  test('may be as large as the limits and not one byte larger', () => {
    const largest = {
      contentTopic: 'é'.repeat(maxTopicLength / 2),
      timestampNs: 0n,
      message: new Uint8Array(maxMessageLength),
    }
    expect(checkEnvelopeLimits(largest)).toBe(largest)
    expect(() => checkEnvelopeLimits({ ...largest, contentTopic: `${largest.contentTopic}x` })).toThrow(
      EnvelopeTooLargeError,
    )
    const message = new Uint8Array(maxMessageLength + 1)
    expect(() => checkEnvelopeLimits({ ...largest, message })).toThrow(EnvelopeTooLargeError)
  })
})
