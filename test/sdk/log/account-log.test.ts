import { fc, test as prop } from '@fast-check/vitest'
import { describe, expect, test } from 'vitest'
import { createLogTransport } from '../../../sdk/client/session/log-transport.ts'
import { randomBytes } from '../../../sdk/crypto/index.ts'
import { type AccountLog, openPage, pageSize, type StoredPage, sealPage } from '../../../sdk/log/index.ts'
import type { NamedNode } from '../../../sdk/transport/index.ts'
import { createMemory, createMemoryLog, openLog, place } from '../../helpers/memory-log.ts'

const block = (first: number) => ({
  case: 'block' as const,
  value: { commitment: new Uint8Array(32), first, count: 1 },
})
const firsts = (log: AccountLog) => log.all('block').map(({ first }) => first)
const upTo = (count: number) => Array.from({ length: count }, (_, i) => i)

describe('a page', () => {
  const page = { writer: new Uint8Array(16), number: 3, heads: [], chunk: new Uint8Array() }

  prop.prop([fc.uint8Array({ maxLength: 3000 })])('has one size, whatever it holds', (chunk) => {
    const sealed = sealPage({ ...page, chunk }, place, randomBytes)
    expect(sealed).toHaveLength(pageSize)
    expect(openPage(sealed, place)).toMatchObject({ number: 3, chunk })
  })

  test('opens on no other topic, and with no other key', () => {
    const sealed = sealPage(page, place, randomBytes)
    expect(openPage(sealed, { ...place, topic: '/xmtp/0/log-x/proto' })).toBeUndefined()
    expect(openPage(sealed, { ...place, key: new Uint8Array(32) })).toBeUndefined()
  })

  prop.prop([fc.uint8Array({ minLength: pageSize, maxLength: pageSize })])(
    'is nothing where bytes are none',
    (bytes) => {
      expect(openPage(bytes, place)).toBeUndefined()
    },
  )
})

describe('AccountLog', () => {
  test('is read back whole by another client of the account', async () => {
    const memory = createMemoryLog()
    const log = openLog(memory)
    for (const i of upTo(40)) expect(await log.append(block(i))).toBe(true)
    const other = openLog(memory)
    await other.sync()
    expect(firsts(other)).toEqual(upTo(40))
    expect(other.foreign('block')).toHaveLength(40)
    expect(log.foreign('block')).toEqual([])
  })

  test('cuts an entry that is longer than a page, and puts it together again', async () => {
    const memory = createMemoryLog()
    const invitation = randomBytes(60_000)
    await openLog(memory).append({ case: 'sent', value: { invitation, recipient: '0x' } })
    expect(memory.pages.length).toBeGreaterThan(15)
    expect(memory.pages.every(({ message }) => message.length === pageSize)).toBe(true)
    const other = openLog(memory)
    await other.sync()
    expect(other.all('sent')[0]?.invitation).toEqual(invitation)
  })

  test('keeps what two clients write at the same moment, and tells whoever was not alone', async () => {
    for (let run = 0; run < 20; run++) {
      const memory = createMemoryLog({ delay: () => Math.random() * 3 })
      const logs = [1, 2, 3].map(() => openLog(memory))
      const alone = await Promise.all(logs.map((log, i) => log.append(block(i))))
      const third = openLog(memory)
      await third.sync()
      expect(firsts(third).toSorted()).toEqual([0, 1, 2])
      for (const [i, log] of logs.entries()) {
        const others = log.foreign('block').map(({ first }) => first)
        if (alone[i]) continue
        expect(others.length).toBeGreaterThan(0)
      }
      // of two that took no note of each other, neither may believe that it was alone
      const blind = logs.filter((log, i) => alone[i] && log.foreign('block').length === 0)
      expect(blind.length).toBeLessThanOrEqual(1)
    }
  })

  test('is alone after pages of others that were there before', async () => {
    const memory = createMemoryLog()
    await openLog(memory).append(block(1))
    const log = openLog(memory)
    expect(await log.append(block(2))).toBe(true)
    expect(firsts(log)).toEqual([1, 2])
  })

  test('writes a page whose answer was lost again, unchanged, and keeps what was in it once', async () => {
    const memory = createMemoryLog()
    const log = openLog(memory)
    memory.loseAnswers(1)
    await expect(log.append(block(1))).rejects.toThrow('lost')
    expect(await log.append(block(2))).toBe(true)
    const other = openLog(memory)
    await other.sync()
    expect(firsts(other)).toEqual([1, 2])
  })

  test('asks and writes the same for a page of its own time as for message ids that are taken with one', async () => {
    const memory = createMemoryLog()
    const asked: string[] = []
    const transport = {
      read: (...from: Parameters<typeof memory.transport.read>) => {
        asked.push('read')
        return memory.transport.read(...from)
      },
      write: (page: StoredPage) => {
        asked.push(`write ${page.message.length}`)
        return memory.transport.write(page)
      },
    }
    const log = openLog({ transport })
    await log.writePage()
    const plain = asked.splice(0)
    await log.append(block(1))
    expect(asked).toEqual(plain)
  })

  test('is neither made longer nor held up by noise on its topic', async () => {
    const memory = createMemoryLog()
    for (const length of [0, 10, pageSize]) memory.put({ message: randomBytes(length), timestampNs: 5n })
    const log = openLog(memory)
    await log.sync()
    expect(log.entries()).toEqual([])
    expect(await log.append(block(1))).toBe(true)
    expect(firsts(log)).toEqual([1])
  })

  test('comes after what was read, although the clock of this device is behind by years', async () => {
    const memory = createMemoryLog()
    await openLog(memory).append(block(1))
    const late = memory.pages.map((page): StoredPage => ({ ...page, timestampNs: 2_750_000_000_000_000_000n }))
    memory.pages.splice(0, 1, ...late)
    await openLog(memory).append(block(2))
    expect(memory.pages[1]?.timestampNs).toBeGreaterThan(2_750_000_000_000_000_000n)
  })
})

describe('a node that says another time of a page', () => {
  test.each([2n ** 64n - 1n, 2n ** 63n, 2n ** 63n - 2n ** 32n])(
    'as %i does not move the time of the next',
    async (late) => {
      const memory = createMemoryLog()
      await openLog(memory).append(block(1))
      memory.pages[0] = { ...(memory.pages[0] as StoredPage), timestampNs: late }
      await openLog(memory).append(block(2))
      expect(memory.pages[1]?.timestampNs).toBeLessThan(2_000_000_000_000_000_000n)
    },
  )

  test('as the last of all still sees what is written afterwards', async () => {
    const asked: (bigint | undefined)[] = []
    const envelopes = [{ contentTopic: place.topic, timestampNs: 2n ** 64n - 1n, message: new Uint8Array(pageSize) }]
    const query: NamedNode['query'] = async function* ({ startTimeNs }) {
      asked.push(startTimeNs)
      yield { envelopes, limit: 0, direction: 'ascending', cursor: undefined }
    }
    const { read } = createLogTransport({ query } as NamedNode, place)
    for (const _ of [1, 2]) await read('last')
    expect(asked).toEqual([0n, 0n])
  })
})

describe('a node that holds pages back', { timeout: 20_000 }, () => {
  async function written(device = createMemory()) {
    const memory = createMemoryLog()
    const log = openLog(memory, device)
    for (const i of upTo(3)) await log.append(block(i))
    return { memory, device }
  }

  test.each([0, 1])('is found out by the pages after them (page %i)', async (hidden) => {
    const { memory } = await written()
    const page = memory.pages[hidden]
    memory.show((other) => other !== page)
    await expect(openLog(memory).sync()).rejects.toMatchObject({ code: 'log.incomplete' })
  })

  test('at the end of the log is found out by a device that was there', async () => {
    const { memory, device } = await written()
    const last = memory.pages.at(-1)
    memory.show((page) => page !== last)
    await expect(openLog(memory, device).sync()).rejects.toMatchObject({ code: 'log.incomplete' })
    memory.show(() => true)
    await expect(openLog(memory, device).sync()).resolves.toBeUndefined()
  })

  test('for a moment, since it has several replicas, is asked again', async () => {
    const { memory } = await written()
    const [first] = memory.pages
    let reads = 0
    memory.show((page) => page !== first || reads > 0)
    const { read } = memory.transport
    memory.transport.read = async (from) => {
      const pages = await read(from)
      reads++
      return pages
    }
    const log = openLog(memory)
    await log.sync()
    expect(firsts(log)).toEqual(upTo(3))
  })
})

describe('what a device remembers', () => {
  test('brings back what could not be written before the process ended, and writes it once', async () => {
    const [memory, device] = [createMemoryLog(), createMemory()]
    await openLog(memory, device).keep(block(1))
    expect(memory.pages).toEqual([])

    const again = openLog(memory, device)
    await again.sync()
    expect(firsts(again)).toEqual([1])
    expect(again.foreign('block')).toHaveLength(1)
    await again.writePage()
    await again.writePage()
    const other = openLog(memory)
    await other.sync()
    expect(firsts(other)).toEqual([1])
    expect(device.saved()?.waiting).toHaveLength(0)
  })
})
