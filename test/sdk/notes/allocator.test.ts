import { fc, test as prop } from '@fast-check/vitest'
import { describe, expect, test } from 'vitest'
import { type BlockLog, type Device, type HeldNote, NoteAllocator, noteIdOf } from '../../../sdk/notes/index.ts'
import { holdNote, now } from '../../helpers/world.ts'

const note = holdNote(1, 5n, { limit: 64n })
const small = holdNote(2, 5n, { limit: 2n, expiry: BigInt(now + 60) })
const over = holdNote(3, 5n, { expiry: BigInt(now) })

/** An account's log, shared by its runs and devices. */
function createLog(): BlockLog & { records: [string, number][] } {
  const records: [string, number][] = []
  return {
    records,
    taken: async (noteId) => records.filter(([id]) => id === noteId).map(([, block]) => block),
    async take(noteId, block) {
      const isFirst = !records.some(([id, taken]) => id === noteId && taken === block)
      records.push([noteId, block])
      return isFirst
    },
  }
}

function run(log: BlockLog, notes: readonly HeldNote[] = [note], device?: Device): NoteAllocator {
  const allocator = new NoteAllocator({ log, ...(device && { device }) })
  for (const held of notes) allocator.add(held)
  return allocator
}

const idsOf = async (allocator: NoteAllocator, x: bigint, count = 1) =>
  (await allocator.allocate(x, count, { now }))?.map(({ messageId }) => messageId)

describe('one run', () => {
  test('gives each x ids of its own, and the same ones again', async () => {
    const allocator = run(createLog())
    expect(await idsOf(allocator, 100n)).toEqual([0])
    expect(await idsOf(allocator, 200n)).toEqual([1])
    expect(await idsOf(allocator, 100n)).toEqual([0])
    expect(await idsOf(allocator, 100n, 3)).toEqual([0, 2, 3])
    expect(await idsOf(allocator, 300n, 2)).toEqual([4, 5])
  })

  prop.prop([fc.array(fc.tuple(fc.bigInt({ min: 1n, max: 6n }), fc.integer({ min: 1, max: 4 })), { maxLength: 20 })])(
    'never binds an id to two x, however they are asked for',
    async (asked) => {
      const allocator = run(createLog())
      const owners = new Map<number, bigint>()
      await Promise.all(
        asked.map(async ([x, count]) => {
          for (const id of (await idsOf(allocator, x, count)) ?? []) {
            expect(owners.get(id) ?? x).toBe(x)
            owners.set(id, x)
          }
        }),
      )
    },
  )

  test('a node that asks for another lane, again and again, gets no second x of one id', async () => {
    const allocator = run(createLog())
    const ids = []
    for (let x = 1n; x <= 64n; x++) ids.push(...((await idsOf(allocator, x)) ?? []))
    expect(new Set(ids).size).toBe(64)
    expect(await idsOf(allocator, 65n)).toBeUndefined()
    expect(await idsOf(allocator, 1n)).toEqual([0])
  })

  test('binds nothing where too few are left', async () => {
    const allocator = run(createLog(), [small])
    expect(await idsOf(allocator, 1n, 3)).toBeUndefined()
    expect(await idsOf(allocator, 2n, 2)).toEqual([0, 1])
  })

  test('makes others ready once those that were have expired', async () => {
    const allocator = run(createLog(), [small, note])
    await allocator.reserve(2, { now, blocks: 2 })
    const later = now + 60
    expect(await allocator.reserve(2, { now: later, blocks: 2 })).toBe(true)
    const uses = await allocator.allocate(1n, 2, { now: later, from: 'ready' })
    expect(uses?.map((use) => use.note)).toEqual([note, note])
  })

  test('uses first what expires first, and never what has expired', async () => {
    const allocator = run(createLog(), [note, over, small])
    const uses = await allocator.allocate(1n, 3, { now })
    expect(uses?.map((use) => [use.note, use.messageId])).toEqual([
      [small, 0],
      [small, 1],
      [note, 0],
    ])
  })

  test('uses first what is in an older tree, and of one tree what expires first', async () => {
    const young = { ...small, tree: 2 }
    const [late, old] = [
      { ...note, tree: 1 },
      { ...holdNote(4, 5n, { limit: 2n, expiry: BigInt(now + 90) }), tree: 1 },
    ]
    const uses = await run(createLog(), [young, late, old]).allocate(1n, 68, { now })
    expect([...new Set(uses?.map((use) => use.note))]).toEqual([old, late, young])
  })

  test('says how many uses are left', async () => {
    const allocator = run(createLog(), [note, small, over])
    expect(await allocator.remaining(now)).toBe(66)
    await allocator.allocate(1n, 5, { now })
    expect(await allocator.remaining(now)).toBe(61)
  })

  test('uses nothing of a block that could not be recorded', async () => {
    const log = createLog()
    const failing = run({ ...log, take: async () => Promise.reject(new Error('the node is down')) })
    await expect(failing.allocate(1n, 1, { now })).rejects.toThrow('the node is down')
    expect(await idsOf(run(log), 1n)).toEqual([0])
  })
})

describe('several runs', () => {
  test('take fresh blocks: one restored from an old state reuses no id', async () => {
    const log = createLog()
    const first = await idsOf(run(log), 1n, 3)
    const second = await idsOf(run(log), 1n, 3)
    expect(second?.filter((id) => first?.includes(id))).toEqual([])
    expect(log.records).toEqual([0, 1, 2, 3].map((block) => [noteIdOf(note), block]))
  })

  test('at once, of one device, lose the race for a block to the first that recorded it', async () => {
    const log = createLog()
    const ids = await Promise.all([run(log), run(log), run(log)].map((allocator) => idsOf(allocator, 1n, 5)))
    expect(new Set(ids.flat()).size).toBe(15)
  })

  test('on several devices need not see each other', async () => {
    const ids = await Promise.all([0, 1].map((index) => idsOf(run(createLog(), [note], { index, count: 2 }), 1n, 32)))
    expect(new Set(ids.flat()).size).toBe(64)
  })
})
