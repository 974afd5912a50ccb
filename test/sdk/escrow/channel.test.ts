import { describe, expect, test } from 'vitest'
import { sealAead, toBytes4, utf8 } from '../../../sdk/crypto/index.ts'
import { ChannelRefusedError, openOnChannel, sealOnChannel } from '../../../sdk/escrow/index.ts'
import { countingBytes, expectTyped } from '../../helpers/random.ts'

const channel = { topic: '/xmtp/0/m-channel/proto', key: new Uint8Array(32).fill(3) }
const refused = { case: 'refused', value: { code: 'escrow.expired', keyId: new Uint8Array(8) } } as const
const sealed = sealOnChannel(refused, channel, countingBytes())

/** Bytes under the channel's key that another side could have put there. */
function sealRaw(padded: Uint8Array): Uint8Array {
  const nonce = new Uint8Array(12).fill(1)
  return Uint8Array.of(...nonce, ...sealAead(padded, { key: channel.key, nonce, associatedData: utf8(channel.topic) }))
}

describe('a message of a channel', () => {
  test('is read by who has its key, and tells no more of its length than one of four sizes', () => {
    expect(openOnChannel(sealed, channel).kind).toMatchObject(refused)
    for (const [length, size] of [
      [0, 1024],
      [980, 4096],
      [4100, 16_384],
      [16_400, 65_536],
    ] as const) {
      const share = { index: 1, sealed: new Uint8Array(length), keyId: new Uint8Array(8) }
      expect(sealOnChannel({ case: 'share', value: share }, channel, countingBytes())).toHaveLength(size)
    }
    const long = { index: 1, sealed: new Uint8Array(65_536), keyId: new Uint8Array(8) }
    expect(() => sealOnChannel({ case: 'share', value: long }, channel, countingBytes())).toThrow(ChannelRefusedError)
  })

  test('does not open on another channel, under another key, or changed by a bit', () => {
    const strangers = [
      { ...channel, topic: '/xmtp/0/m-other/proto' },
      { ...channel, key: new Uint8Array(32).fill(4) },
    ]
    for (const other of strangers) expect(() => openOnChannel(sealed, other)).toThrow(ChannelRefusedError)
    for (let i = 0; i < sealed.length; i += 7) {
      const changed = sealed.slice()
      changed[i] = (changed[i] ?? 0) ^ 0x80
      expect(() => openOnChannel(changed, channel)).toThrow(ChannelRefusedError)
    }
  })

  test('of another size is refused by its length: 14 MB of garbage as well as what was cut off', () => {
    for (const length of [0, 1, 12, 28, 1023, 1025, 65_537, 14_000_000])
      expect(() => openOnChannel(new Uint8Array(length), channel)).toThrow('standard size')
    expect(() => openOnChannel(sealed.slice(0, -1), channel)).toThrow('standard size')
  })

  test('under the right key may still hold nonsense, which is refused by typed errors alone', () => {
    const longer = new Uint8Array(996)
    longer.set(toBytes4(993))
    expect(() => openOnChannel(sealRaw(longer), channel)).toThrow(ChannelRefusedError)
    const random = countingBytes(77)
    for (let i = 0; i < 200; i++) {
      const padded = random(996)
      padded.set(toBytes4(i))
      expectTyped(() => openOnChannel(sealRaw(padded), channel))
    }
  })
})
