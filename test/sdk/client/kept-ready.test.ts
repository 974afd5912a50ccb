import { describe, expect, test } from 'vitest'
import { createQueue } from '../../../sdk/async.ts'
import { createSealedStorage } from '../../../sdk/client/session/sealed-storage.ts'
import { createSafeStorage } from '../../../sdk/client/session/storage.ts'
import { createBlockLog } from '../../../sdk/client/tickets/block-log.ts'
import { createKeptReady } from '../../../sdk/client/tickets/kept-ready.ts'
import { randomBytes } from '../../../sdk/crypto/index.ts'
import type { Storage } from '../../../sdk/index.ts'
import { AccountLog } from '../../../sdk/log/index.ts'
import { NoteAllocator } from '../../../sdk/notes/index.ts'
import { createMemory, createMemoryLog, place } from '../../helpers/memory-log.ts'
import { networkId } from '../../helpers/node.ts'
import { holdNote, now } from '../../helpers/world.ts'

type Saved = Map<string, Uint8Array>

/** A device: what lies on it, and whether its storage lets clients take turns. */
function device({ isShared = true, saved = new Map() as Saved } = {}) {
  const inTurn = createQueue()
  const storage: Storage = {
    get: async (key) => saved.get(key),
    set: async (key, value) => void saved.set(key, value),
    ...(isShared && { inTurn }),
  }
  return { saved, storage, memory: createMemory() }
}

type Device = ReturnType<typeof device>

/** Ends a run: from so many steps to its edges on, none is answered any more, whether it was done or not. */
function createDeath(after = Number.POSITIVE_INFINITY) {
  let left = after
  const never = new Promise<never>(() => undefined)
  return {
    get isDead() {
      return left <= 0
    },
    async step<T>(act: () => Promise<T>): Promise<T> {
      if (left-- <= 0) return never
      const answer = await act()
      return left <= 0 ? never : answer
    },
  }
}

let time = 1_750_000_000_000_000_000n

/** One run of a client on a device, perhaps one that is killed after so many steps. */
async function run(topic: ReturnType<typeof createMemoryLog>, at: Device, { limit = 8n, dies = createDeath() } = {}) {
  const { transport } = topic
  const log = new AccountLog({
    place,
    transport: {
      read: (from) => dies.step(() => transport.read(from)),
      write: (page) => dies.step(() => transport.write(page)),
    },
    memory: {
      load: () => dies.step(() => at.memory.load()),
      save: (memory) => dies.step(() => at.memory.save(memory)),
    },
    vault: { seal: (entry) => entry, open: (entry) => entry },
    random: randomBytes,
    nextNs: () => (time += 1_000_000n),
  })
  const storage = createSafeStorage(
    {
      get: (key) => dies.step(() => at.storage.get(key)),
      set: (key, value) => dies.step(() => at.storage.set(key, value)),
      ...(at.storage.inTurn && {
        // A lock goes with the tab that has it.
        inTurn: (step) => at.storage.inTurn!(() => Promise.race([step(), killed(dies)])) as ReturnType<typeof step>,
      }),
    },
    () => undefined,
  )
  const sealed = createSealedStorage(storage, { networkId, place, random: randomBytes })
  const ready = createKeptReady({ storage, sealed })
  const blocks = createBlockLog(log, () => Number(limit), randomBytes)
  const allocator = new NoteAllocator({ log: blocks, random: randomBytes, ready })
  allocator.add(holdNote(1, 5n, { limit }))
  await log.sync()
  return { log, allocator }
}

const killed = (dies: ReturnType<typeof createDeath>) =>
  new Promise<never>((_, reject) => {
    const look = () => (dies.isDead ? reject(new Error('killed')) : setTimeout(look, 1))
    look()
  })

let lanes = 0n

async function draw({ allocator }: Awaited<ReturnType<typeof run>>, count = 1): Promise<number[]> {
  const uses = await allocator.allocate(++lanes, count, { now, from: 'ready' })
  return (uses ?? []).map(({ messageId }) => messageId)
}

const reserve = ({ allocator }: Awaited<ReturnType<typeof run>>, count = 3) =>
  allocator.reserve(count, { now, blocks: Number.POSITIVE_INFINITY })

const left = ({ allocator }: Awaited<ReturnType<typeof run>>) => allocator.remaining(now)

describe('message ids that were made ready', () => {
  test('are used by the next run, which takes no others', async () => {
    const [topic, at] = [createMemoryLog(), device()]
    const first = await run(topic, at)
    await reserve(first)
    const drawn = await draw(first)
    const next = await run(topic, at)
    expect(await reserve(next, 2)).toBe(false)
    drawn.push(...(await draw(next, 2)))
    expect(new Set(drawn).size).toBe(3)
    expect(await left(next)).toBe(5)
  })

  test('of a storage without turns are those of one run', async () => {
    const [topic, at] = [createMemoryLog(), device({ isShared: false })]
    await reserve(await run(topic, at))
    const next = await run(topic, at)
    expect(await draw(next)).toEqual([])
    expect(await left(next)).toBe(5)
  })

  test.each([8n, 64n])('are drawn once by tabs that all draw at once, and none is lost (of %i)', async (limit) => {
    const topic = createMemoryLog({ delay: () => Math.random() * 2 })
    const at = device()
    const tabs = await Promise.all(Array.from({ length: 4 }, () => run(topic, at, { limit })))
    await Promise.all(tabs.map((tab) => reserve(tab)))
    const drawn: number[] = []
    for (let round = 0; round < 3; round++) {
      await Promise.all(tabs.map(({ log }) => log.sync()))
      drawn.push(...(await Promise.all(tabs.map((tab) => draw(tab)))).flat())
    }
    expect(drawn.length).toBeGreaterThanOrEqual(3)
    expect(new Set(drawn).size).toBe(drawn.length)
    const later = await run(topic, at, { limit })
    expect(await left(later)).toBe(Number(limit) - drawn.length)
  })

  test('are not lost, wherever a run is killed, but for those of a letter under way, and none is drawn twice', async () => {
    let isWhole = false
    for (let steps = 1; !isWhole; steps++) {
      const [topic, at] = [createMemoryLog(), device()]
      const dies = createDeath(steps)
      const drawn: number[] = []
      let isDrawing = false
      const first = run(topic, at, { dies }).then(async (client) => {
        await reserve(client)
        isDrawing = true
        drawn.push(...(await draw(client)))
        await client.log.writePage()
        isWhole = true
      })
      await Promise.race([first, killed(dies).catch(() => undefined)])
      const next = await run(topic, at)
      await reserve(next)
      await next.log.flush()
      const rest = await left(next)
      expect(rest + drawn.length, `killed after ${steps}`).toBeGreaterThanOrEqual(isDrawing ? 7 : 8) // of what was given out, nobody knows what was shown
      const others = (await next.allocator.allocate(++lanes, rest, { now }))?.map(({ messageId }) => messageId)
      expect(new Set([...drawn, ...(others ?? [])]).size).toBe(rest + drawn.length)
    }
  })

  test('are not drawn again by a run on an old copy of the device, once a page was written', async () => {
    const [topic, at] = [createMemoryLog(), device()]
    const first = await run(topic, at)
    await reserve(first)
    const old = device({ saved: new Map(at.saved) })
    const drawn = await draw(first)
    await first.log.writePage()
    const restored = await run(topic, old)
    drawn.push(...(await draw(restored, 2)))
    expect(new Set(drawn).size).toBe(3)
    expect(await draw(restored)).toEqual([])
  })

  test('are not drawn by a run on an old copy of the device, once a later run has given them back', async () => {
    const [topic, at] = [createMemoryLog(), device()]
    await reserve(await run(topic, at))
    const old = device({ saved: new Map(at.saved) })
    const later = await run(topic, at)
    await later.allocator.giveBack()
    await later.log.flush()
    const other = await run(topic, device())
    const drawn = (await other.allocator.allocate(++lanes, 8, { now }))!
    expect(drawn).toHaveLength(8)
    const restored = await run(topic, old)
    expect(await draw(restored)).toEqual([])
    expect(await left(restored)).toBe(0)
  })

  test('that another device has claimed at the same moment are left alone until it is clear whose they are', async () => {
    const [topic, at] = [createMemoryLog(), device()]
    const first = await run(topic, at, { limit: 1n })
    await reserve(first, 1)
    const hidden = createMemoryLog()
    const other = await run(hidden, device(), { limit: 1n })
    await reserve(other, 1)
    for (const page of hidden.pages) topic.put(page)
    expect(await draw(await run(topic, at, { limit: 1n }))).toEqual([])
    await first.log.sync()
    expect(await draw(first)).toEqual([0]) // its claim was alone when it was made
  })

  test('are counted once by a tab that has not read yet that another has taken them, and drawn when it has', async () => {
    const [topic, at] = [createMemoryLog(), device()]
    const [one, other] = [await run(topic, at), await run(topic, at)]
    await reserve(one)
    expect(await left(other)).toBe(8)
    expect(await draw(other)).toEqual([])
    await other.log.sync()
    expect(await draw(other)).toHaveLength(1)
  })

  test('are taken anew where another tab was faster', async () => {
    const [topic, at] = [createMemoryLog(), device()]
    const tabs = await Promise.all(Array.from({ length: 4 }, () => run(topic, at)))
    await reserve(tabs[0]!)
    for (const { log } of tabs) await log.sync()
    const all = await Promise.all(tabs.map(({ allocator }) => allocator.allocate(++lanes, 2, { now })))
    expect(new Set(all.flatMap((uses) => uses!.map(({ messageId }) => messageId))).size).toBe(8)
  })

  test.each([1, 2, 3])(
    'are there still when the storage answers again that did not at the %i. question',
    async (nth) => {
      const [topic, at] = [createMemoryLog(), device()]
      await reserve(await run(topic, at))
      const broken = await run(topic, at)
      const { get } = at.storage
      let asked = 0
      Object.assign(at.storage, {
        get: (key: string) => (++asked === nth ? Promise.reject(new Error('not now')) : get(key)),
      })
      await reserve(broken, 4)
      expect(asked).toBe(nth)
      expect(await draw(await run(topic, at), 3)).toHaveLength(3)
    },
  )

  test('are this run’s alone where the storage fails, and none that it may have kept is used', async () => {
    const [topic, at] = [createMemoryLog(), device()]
    const first = await run(topic, at)
    await reserve(first)
    const { set } = at.storage
    Object.assign(at.storage, {
      async set(key: string, value: Uint8Array) {
        await set(key, value)
        throw new Error('perhaps')
      },
    })
    const drawn = await draw(first)
    expect(drawn).toEqual([])
    await reserve(first)
    drawn.push(...(await draw(first, 3)))
    expect(drawn).toHaveLength(3)
    Object.assign(at.storage, { set })
    drawn.push(...(await draw(await run(topic, at), 2)))
    expect(new Set(drawn).size).toBe(5)
  })

  test('are forgotten with their note', async () => {
    const [topic, at] = [createMemoryLog(), device()]
    const { allocator } = await run(topic, at)
    const later = now + 60
    allocator.add(holdNote(2, 5n, { limit: 8n, expiry: BigInt(later) }))
    await allocator.reserve(4, { now, blocks: 4 })
    await allocator.reserve(1, { now: later, blocks: 1 })
    expect(await allocator.allocate(++lanes, 1, { now: later, from: 'ready' })).toHaveLength(1)
    const [kept] = [...at.saved].filter(([key]) => key.includes('/ready/'))
    expect(kept?.[1].length).toBeLessThan(100)
  })
})
