import { afterEach, describe, expect, test } from 'vitest'
import { encodeV2Publish } from '../../../sdk/codec/index.ts'
import { boundOf } from '../../../service/node/wire/body-limits.ts'
import { createDecoder } from '../../../service/node/wire/decoder.ts'

const { parts: mostParts } = boundOf('/message/v1/publish')
const message = new Uint8Array(1_000_000).map((_, i) => i)
const envelopes = Array.from({ length: 10 }, (_, i) => ({
  contentTopic: `/xmtp/0/m-${i}/proto`,
  timestampNs: BigInt(i),
  message,
}))
const bytesOf = { json: jsonOf(envelopes), binary: encodeV2Publish(envelopes) }

function jsonOf(sent: typeof envelopes): Buffer {
  const base64 = Buffer.from(message).toString('base64')
  return Buffer.from(
    JSON.stringify({
      envelopes: sent.map((one) => ({ ...one, timestampNs: String(one.timestampNs), message: base64 })),
    }),
  )
}

describe('a large body', () => {
  const decoder = createDecoder()
  afterEach(() => decoder.close())

  /** How often others had their turn until something was there. */
  async function turnsOf(task: Promise<unknown>): Promise<number> {
    let turns = 0
    let isOver = false
    void task
      .catch(() => undefined)
      .then(() => {
        isOver = true
      })
    for (; !isOver; turns++) await new Promise(setImmediate)
    return turns
  }

  test.each(['json', 'binary'] as const)(
    'in %s comes out as it went in, while others have their turns',
    async (form) => {
      const decoding = Promise.resolve(
        decoder.decode({ name: 'v2Publish', form, bytes: Uint8Array.from(bytesOf[form]), mostParts }),
      )
      expect(await turnsOf(decoding)).toBeGreaterThan(2) // one that decodes here leaves one
      const decoded = await decoding
      expect(decoded).toHaveLength(envelopes.length)
      for (const [i, { message: sent, ...rest }] of envelopes.entries()) {
        expect(decoded[i]).toMatchObject(rest)
        expect(Buffer.compare(decoded[i]?.message ?? Buffer.of(), sent)).toBe(0) // `toEqual` takes seconds for a megabyte
      }
    },
  )

  test('that is none is refused as a small one is, and the next one is read', async () => {
    const bad = { name: 'v2Publish', form: 'json', bytes: Buffer.alloc(300_000, ' ') } as const
    await expect(decoder.decode({ ...bad, mostParts })).rejects.toMatchObject({ code: 'body.malformed' })
    const torn = { ...bad, bytes: Buffer.alloc(300_000, '[') }
    await expect(decoder.decode({ ...torn, mostParts: 10 })).rejects.toMatchObject({
      code: 'body.too-large',
      name: 'BodyTooLargeError',
    })
    const good = decoder.decode({ name: 'v2Publish', form: 'json', bytes: Buffer.from(bytesOf.json), mostParts })
    expect(await good).toHaveLength(10)
  })

  test('of the largest size is read again and again, in whatever script', async () => {
    const text = `{"envelopes":[{"contentTopic":"${'ж'.repeat(7_200_000)}"}]}`
    for (let i = 0; i < 5; i++) {
      const body = { name: 'v2Publish', form: 'json', bytes: Buffer.from(text), mostParts } as const
      expect(((await decoder.decode(body))[0]?.contentTopic ?? '').length).toBe(7_200_000)
    }
  })

  test('is read again after the thread has ended, and whoever waited for it hears so', async () => {
    const body = () => ({ name: 'v2Publish', form: 'json', bytes: Buffer.from(bytesOf.json), mostParts }) as const
    const lost = decoder.decode(body())
    decoder.close()
    await expect(lost).rejects.toThrow('has ended')
    expect(await decoder.decode(body())).toHaveLength(10)
  })
})
