import { describe, expect, test } from 'vitest'
import { createChannel, pump } from '../../../sdk/client/mailbox/channel.ts'
import { createGrowingStream } from '../../../sdk/client/mailbox/growing-stream.ts'
import { Unanswered } from '../../../sdk/client/sending/unanswered.ts'

describe('createChannel', () => {
  test('gives what is pushed before and after somebody waits, in order', async () => {
    const channel = createChannel<number>(() => undefined)
    channel.push(1)
    const [first, second] = [channel.next(), channel.next()]
    channel.push(2)
    expect([(await first).value, (await second).value]).toEqual([1, 2])
  })

  test('ends its sources once, and everybody who waits', async () => {
    let ended = 0
    const channel = createChannel<number>(() => ended++)
    const waiting = channel.next()
    await channel.return?.()
    channel.end()
    channel.push(3)
    expect(await waiting).toEqual({ done: true, value: undefined })
    expect(await channel.next()).toEqual({ done: true, value: undefined })
    expect(ended).toBe(1)
  })

  test('hands a failure to one reader, after what came before it', async () => {
    const channel = createChannel<number>(() => undefined)
    channel.push(1)
    channel.fail(new Error('broken'))
    expect((await channel.next()).value).toBe(1)
    await expect(channel.next()).rejects.toThrow('broken')
    expect((await channel.next()).done).toBe(true)
  })

  test('is filled by a source without what comes twice', async () => {
    async function* source() {
      yield* ['a', 'b', 'a', 'skip', 'c']
    }
    const channel = createChannel<{ origin: string }>(() => undefined)
    void pump(source(), async (id) => (id === 'skip' ? undefined : { origin: id }), channel)
    expect((await Array.fromAsync(channel)).map(({ origin }) => origin)).toEqual(['a', 'b', 'c'])
  })
})

describe('Unanswered', () => {
  const content = (byte: number) => ({ payload: Uint8Array.of(byte), shouldPush: true })

  test('makes the same content the same message again, until it was answered', async () => {
    const unanswered = new Unanswered<number>()
    let made = 0
    const publish = (byte: number, fails: boolean) =>
      unanswered.publish(content(byte), {
        make: () => ++made,
        publish: async (id) => {
          if (fails) throw new Error('no answer')
          return id
        },
      })
    await expect(publish(1, true)).rejects.toThrow('no answer')
    expect(await publish(1, false)).toEqual({ made: 1, result: 1 })
    expect(await publish(1, false)).toEqual({ made: 2, result: 2 })
    await expect(publish(1, true)).rejects.toThrow('no answer')
    expect(await publish(2, false)).toEqual({ made: 4, result: 4 })
  })
})

describe('createGrowingStream', () => {
  const silence = () => createChannel<never>(() => undefined)

  test('has not taken on topics that it could not listen to or read, so that they can be added again', async () => {
    const asked: string[] = []
    const fault = { of: 'none' }
    const stream = createGrowingStream({
      subscribe: async (topics) => {
        if (fault.of === 'subscribe') throw new Error('down')
        asked.push(`listen ${topics.join()}`)
        return silence()
      },
      async *read(topic) {
        if (fault.of === 'read') throw new Error('down')
        asked.push(`read ${topic}`)
        yield* []
      },
      receive: async () => undefined,
      onError: (error) => expect.fail(String(error)),
    })
    await stream.add(['a'], 'now')
    for (const of of ['subscribe', 'read']) {
      fault.of = of
      await expect(stream.add(['b'], 'start')).rejects.toThrow('down')
    }
    fault.of = 'none'
    await stream.add(['b'], 'start')
    expect(asked).toEqual(['listen a', 'listen a,b', 'listen a,b', 'read b'])
  })
})
