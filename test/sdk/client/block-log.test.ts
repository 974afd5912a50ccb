import { describe, expect, test } from 'vitest'
import { createBegunBooks } from '../../../sdk/client/tickets/begun-books.ts'
import { createBlockLog } from '../../../sdk/client/tickets/block-log.ts'
import { randomBytes, toHex } from '../../../sdk/crypto/index.ts'
import { type HeldNote, NoteAllocator } from '../../../sdk/notes/index.ts'
import { createMemory, createMemoryLog, openLog } from '../../helpers/memory-log.ts'

const note: HeldNote = {
  secret: 5n,
  person: 6n,
  noteClass: { kind: 'stamp', chainId: 1n, contract: new Uint8Array(20), number: 1n },
  limit: 64n,
  expiry: 2_000_000_000n,
}
const now = 1_750_000_000

/** A client of the account: its log, and what hands out message ids. */
function client(memory: ReturnType<typeof createMemoryLog>, limit = note.limit, device = createMemory()) {
  const log = openLog(memory, device)
  const allocator = new NoteAllocator({
    log: createBlockLog(log, () => Number(limit), randomBytes),
    random: randomBytes,
  })
  allocator.add({ ...note, limit })
  return { log, allocator }
}

describe('the blocks of a note', () => {
  test('are taken once each by clients that all write at the same moment', async () => {
    const memory = createMemoryLog({ delay: () => Math.random() * 2 })
    const clients = Array.from({ length: 3 }, () => client(memory))
    const given: number[] = []
    for (let round = 0; round < 4; round++) {
      const uses = await Promise.all(
        clients.map(({ allocator }, i) => allocator.allocate(BigInt(10 * round + i), 2, { now })),
      )
      given.push(...uses.flatMap((use) => use?.map(({ messageId }) => messageId) ?? []))
    }
    expect(given.length).toBeGreaterThan(8)
    expect(new Set(given).size).toBe(given.length)
  })

  test('are lost to nobody where several clients want the same one, down to the last', {
    timeout: 60_000,
  }, async () => {
    for (let round = 0; round < 6; round++) {
      const memory = createMemoryLog({ delay: () => Math.random() * 2 })
      const limit = [1n, 2n, 3n][round % 3] ?? 1n
      const clients = Array.from({ length: 3 }, () => client(memory, limit))
      const draws = clients.map(({ allocator }, i) => allocator.allocate(BigInt(i), 1, { now }))
      const given = (await Promise.all(draws)).flatMap((uses) => uses?.map(({ messageId }) => messageId) ?? [])
      expect(new Set(given).size).toBe(given.length)
      const later = client(memory, limit)
      await later.log.sync()
      const left = await later.allocator.remaining(now)
      expect(given.length + left, `round ${round}`).toBe(Number(limit))
      const rest = left > 0 ? await later.allocator.allocate(9n, left, { now }) : []
      expect(new Set([...given, ...(rest ?? []).map(({ messageId }) => messageId)]).size).toBe(Number(limit))
    }
  })

  test('of an earlier run are never used again, however old the copy of its client', async () => {
    const memory = createMemoryLog()
    const first = client(memory)
    const before = await first.allocator.allocate(1n, 3, { now })
    const restored = client(memory)
    await restored.log.sync()
    const after = await restored.allocator.allocate(2n, 3, { now })
    const ids = [...(before ?? []), ...(after ?? [])].map(({ messageId }) => messageId)
    expect(new Set(ids).size).toBe(6)
  })

  test('of an earlier run are not even used by a client that has read nothing yet', async () => {
    const memory = createMemoryLog()
    const before = await client(memory).allocator.allocate(1n, 3, { now })
    const after = await client(memory).allocator.allocate(2n, 3, { now })
    const ids = [...(before ?? []), ...(after ?? [])].map(({ messageId }) => messageId)
    expect(new Set(ids).size).toBe(6)
  })

  test('of which nothing was drawn are given back at the end, and no other; the next run gives none out twice', async () => {
    const memory = createMemoryLog()
    const { log, allocator } = client(memory)
    await allocator.reserve(6, { now, blocks: 9 }) // three blocks of two
    const drawn = await allocator.allocate(1n, 1, { now, from: 'ready' })
    await allocator.giveBack()
    await log.flush()
    expect(await allocator.allocate(2n, 2, { now, from: 'ready' })).toBeUndefined() // one was drawn, its neighbour is kept

    const next = client(memory)
    await next.log.sync()
    expect(await next.allocator.remaining(now)).toBe(62)
    const rest = await next.allocator.allocate(3n, 62, { now })
    const ids = [...(drawn ?? []), ...(rest ?? [])].map(({ messageId }) => messageId)
    expect(new Set(ids).size).toBe(63)
  })

  test('that are given back twice, since the client was killed before it knew that its page had left, are used once', async () => {
    const memory = createMemoryLog()
    const device = createMemory()
    const first = client(memory, 2n, device)
    await first.allocator.reserve(2, { now, blocks: 2 })
    await first.allocator.giveBack()
    const saved = device.saved()
    await first.log.flush()
    if (saved) await device.save(saved) // killed here

    const ids: number[] = []
    for (let run = 0; run < 3; run++) {
      const { log, allocator } = client(memory, 2n, device)
      await log.sync()
      const uses = await allocator.allocate(BigInt(run), 1, { now })
      ids.push(...(uses ?? []).map(({ messageId }) => messageId))
    }
    expect(ids.sort()).toEqual([0, 1])
  })

  test('are not used at all where they cannot be recorded', async () => {
    const memory = createMemoryLog()
    const { allocator } = client(memory)
    memory.loseAnswers(1)
    await expect(allocator.allocate(1n, 1, { now })).rejects.toThrow('lost')
    expect(await allocator.remaining(now)).toBe(64)
    expect(await allocator.allocate(1n, 1, { now })).toHaveLength(1)
    expect(await allocator.remaining(now)).toBe(63)
  })
})

describe('books', () => {
  test('that two devices, and two runs on one of them, begin at once are all written down, and each is of one run', async () => {
    const memory = createMemoryLog({ delay: () => Math.random() * 2 })
    const storages = [new Map<string, Uint8Array>(), new Map<string, Uint8Array>()]
    const runs = [0, 0, 1].map((device) => {
      const log = openLog(memory)
      const saved = storages[device]!
      const storage = {
        get: async (key: string) => saved.get(key),
        set: async (key: string, bytes: Uint8Array) => saved.set(key, bytes),
      }
      const clock = { seconds: () => now }
      return { log, books: createBegunBooks({ log, storage, clock, random: randomBytes, person: 6n } as never) }
    })
    const wanted = { classNumber: 1, limit: 8 }
    const options = { signal: undefined, isUnderWay: async () => false }
    const begun = await Promise.all(runs.map(({ books }) => books.begin(wanted, options)))
    const secrets = begun.map(({ secret }) => toHex(secret)).sort()
    expect(new Set(secrets).size).toBe(3)
    for (const { log } of runs) {
      await log.sync()
      expect(
        log
          .all('book')
          .map(({ secret }) => toHex(secret))
          .sort(),
      ).toEqual(secrets)
    }
  })
})
