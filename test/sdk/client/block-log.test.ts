import { describe, expect, test } from 'vitest'
import { createBlockLog } from '../../../sdk/client/tickets/block-log.ts'
import { randomBytes } from '../../../sdk/crypto/index.ts'
import { type HeldNote, NoteAllocator } from '../../../sdk/notes/index.ts'
import { createMemoryLog, openLog } from '../../helpers/memory-log.ts'

const note: HeldNote = {
  secret: 5n,
  person: 6n,
  noteClass: { kind: 'stamp', chainId: 1n, contract: new Uint8Array(20), number: 1n },
  limit: 64n,
  expiry: 2_000_000_000n,
}
const now = 1_750_000_000

/** A client of the account: its log, and what hands out message ids. */
function client(memory: ReturnType<typeof createMemoryLog>) {
  const log = openLog(memory)
  const allocator = new NoteAllocator({
    log: createBlockLog(log, () => Number(note.limit), randomBytes),
    random: randomBytes,
  })
  allocator.add(note)
  return { log, allocator }
}

describe('the blocks of a note', () => {
  test('are taken once each by clients that all write at the same moment', { timeout: 60_000 }, async () => {
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
