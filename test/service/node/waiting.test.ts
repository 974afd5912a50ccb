import { fc, test as prop } from '@fast-check/vitest'
import { describe, expect, test } from 'vitest'
import { createMetrics } from '../../../service/node/metrics.ts'
import { createWaiting } from '../../../service/node/waiting.ts'

const kibibyte = 1024

/** What waits, with streams that note when they are cut off. */
function start({ caller = Infinity, node = Infinity } = {}) {
  const { waitingBytes } = createMetrics()
  const waiting = createWaiting({ caller, node, gauge: waitingBytes })
  const cut: string[] = []
  const open = (name: string, { share = Infinity } = {}) =>
    waiting.open({ caller: name.split(' ')[0] ?? '', share, cut: () => void cut.push(name) })
  const total = async () => (await waitingBytes.get()).values[0]?.value ?? 0
  return { open, cut, total }
}

const chunk = (kibibytes: number) => new Uint8Array(kibibytes * kibibyte)

describe('what waits for streams', () => {
  test('counts once where it waits for several, and until the last has sent it', async () => {
    const { open, total } = start()
    const shared = chunk(100)
    const streams = Array.from({ length: 50 }, (_, i) => open(`a ${i}`))
    for (const stream of streams) stream.hold(shared)
    expect(await total()).toBeLessThan(150 * kibibyte)
    for (const stream of streams.slice(1)) stream.release(shared)
    expect(await total()).toBeGreaterThan(100 * kibibyte)
    streams[0]?.close()
    expect(await total()).toBe(0)
  })

  test('has room for the largest envelope where nothing else waits, and not beside another', () => {
    const stream = start().open('a', { share: 1000 })
    expect(stream.hasRoomFor(chunk(2000))).toBe(true)
    stream.hold(chunk(1))
    expect(stream.hasRoomFor(chunk(1))).toBe(false)
  })

  test('of one caller is bounded: the stream with the most is cut off, and no other', () => {
    const { open, cut } = start({ caller: 100 * kibibyte })
    const [slow, quick] = [open('a slow'), open('a quick')]
    slow.hold(chunk(90))
    open('b other').hold(chunk(95))
    quick.hold(chunk(20))
    expect(cut).toEqual(['a slow'])
  })

  test('of all is bounded: who holds the most is cut off, however many others come', async () => {
    const { open, cut, total } = start({ node: 1000 * kibibyte })
    open('honest').hold(chunk(10))
    for (let i = 0; i < 200; i++) open(`attacker ${i}`).hold(chunk(50))
    for (let i = 0; i < 20; i++) open(`newcomer${i}`).hold(chunk(10))
    expect(await total()).toBeLessThanOrEqual(1000 * kibibyte)
    expect(cut.every((name) => name.startsWith('attacker'))).toBe(true)
  })

  prop.prop([fc.array(fc.tuple(fc.nat(5), fc.nat(3), fc.boolean()), { maxLength: 80 })])(
    'comes to nothing once all is sent or closed, whoever was cut off',
    async (acts) => {
      const { open, total } = start({ caller: 250 * kibibyte, node: 400 * kibibyte })
      const chunks = [10, 60, 100, 200].map(chunk)
      const streams = [0, 1, 2, 3, 4, 5].map((i) => open(`${i % 3} ${i}`))
      for (const [i, j, isSent] of acts) {
        if (isSent) streams[i]?.release(chunks[j]!)
        else streams[i]?.hold(chunks[j]!)
        expect(await total()).toBeLessThanOrEqual(400 * kibibyte)
      }
      for (const stream of streams) stream.close()
      expect(await total()).toBe(0)
    },
  )
})
