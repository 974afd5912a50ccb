import { describe, expect, test } from 'vitest'
import type { Clock } from '../../../sdk/client/session/clock.ts'
import type { ClientEvent } from '../../../sdk/client/session/events.ts'
import type { Storage } from '../../../sdk/client/session/options.ts'
import { createSafeStorage } from '../../../sdk/client/session/storage.ts'
import { createStakeNotes } from '../../../sdk/client/tickets/stake-notes.ts'
import type { TicketMaker } from '../../../sdk/client/tickets/ticket-maker.ts'
import { randomBytes, toBytes32 } from '../../../sdk/crypto/index.ts'
import { prepareTicket } from '../../../sdk/evidence/prove-ticket.ts'
import { type Device, type HeldNote, NoteTree, type NoteUse } from '../../../sdk/notes/index.ts'
import { periodOf } from '../../../sdk/verifier/index.ts'
import { createMemoryLog, openLog } from '../../helpers/memory-log.ts'
import { checkpoint, contract, laneUse, leafOfNote, networkId, recipient } from '../../helpers/world.ts'

const day = 86_400
const start = 20_010 * day // 0x4e2a: neither this epoch nor the next reads as a number in base ten
const person = 77n
const secret = 12_345n
const stakeClass = { ...checkpoint.classes[0], kind: 2, contract, number: 3, epochLength: day, limit: 2 } as never
const note: HeldNote = {
  secret,
  person,
  noteClass: { kind: 'stake', chainId: checkpoint.chainId, contract, number: 3n },
  limit: 2n,
  expiry: 2n ** 40n - 1n,
  epochLength: day,
}

const only: Device = { index: 0, count: 1 }

function memoryStorage(): Storage {
  const saved = new Map<string, Uint8Array>()
  return { get: async (key) => saved.get(key), set: async (key, value) => void saved.set(key, value) }
}

type ClientSetting = {
  leaves?: bigint[]
  stakes?: number
  storage?: Storage | undefined
  device?: Device | undefined
  copies?: Parameters<typeof createStakeNotes>[0]['copies']
  firstReady?: () => Promise<unknown>
}

/** A client of the account at some time: what it made tickets of. */
async function client(memory = createMemoryLog(), options: ClientSetting = {}) {
  const { leaves, stakes, storage, device } = {
    leaves: [leafOfNote(note)],
    stakes: 1,
    storage: memoryStorage(),
    device: only,
    ...options,
  }
  const log = openLog(memory)
  await log.sync()
  if (log.all('stake').length < stakes) {
    await log.append({ case: 'stake', value: { secret: toBytes32(secret), classNumber: 3 } })
  }
  const tree = NoteTree.from(leaves)
  const follower = {
    checkpoint: { ...checkpoint, classes: [stakeClass] },
    indexOf: (leaf: bigint) => (leaves.includes(leaf) ? leaves.indexOf(leaf) : undefined),
    treeOf: () => 0,
  }
  const keeper = {
    find: async () => follower,
    refresh: async () => follower,
    checkpoint: () => follower.checkpoint,
  } as never
  const made: { messageId: number; nullifier: bigint; x: bigint }[] = []
  const maker = {
    async make(uses: readonly NoteUse[], { use }: { use: Uint8Array }, asOf: bigint) {
      for (const { note: used, messageId } of uses) {
        const place = { path: tree.path(0), root: tree.root() }
        const request = { note: used, messageId, networkId, use, asOf, toward: { recipient }, ...place }
        const { nullifier, x } = prepareTicket(request)
        made.push({ messageId, nullifier, x })
      }
      return uses.map(({ messageId }) => ({ messageId }))
    },
  } as unknown as TicketMaker
  const time = { now: start + 100 }
  const told: ClientEvent[] = []
  const clock = { seconds: () => time.now } as Clock
  const { copies = { isSteady: false, awaitPage: async () => undefined }, firstReady } = options
  const notes = createStakeNotes({
    log,
    person,
    tree: keeper,
    maker,
    device,
    storage: createSafeStorage(storage, () => undefined),
    random: randomBytes,
    clock,
    copies,
    tell: (event) => void told.push(event),
    firstReady,
  })
  const ticket = (units: number) => notes.ticket(3, { networkId, use: laneUse({ units }), toward: { recipient } })
  return { log, notes, ticket, made, time, told }
}

describe('tickets of stakes', () => {
  test('are so many in an epoch, one for each lane, and fresh in the next', async () => {
    const { notes, ticket, made, time } = await client()
    expect(await notes.available()).toMatchObject([{ class: 3, left: 2, nextEpochAt: start + day }])
    await ticket(1)
    await ticket(2)
    expect(await ticket(3)).toBeUndefined()
    expect(await notes.available()).toMatchObject([{ class: 3, left: 0, nextEpochAt: start + day }])
    await ticket(1)
    expect(made[2]).toEqual(made[0])
    expect(new Set(made.map(({ nullifier }) => nullifier)).size).toBe(2)

    time.now = start + day
    expect(await notes.available()).toMatchObject([{ class: 3, left: 2, nextEpochAt: start + 2 * day }])
    await ticket(1)
    await ticket(4)
    expect(new Set(made.map(({ nullifier }) => nullifier)).size).toBe(4)
  })

  test('take no page of the log for a letter where pages go at their own times, and wait for one', async () => {
    const memory = createMemoryLog()
    const waits: number[] = []
    const copies = {
      isSteady: true,
      async awaitPage() {
        waits.push(memory.pages.length)
        if (waits.length > 1) expect(await made.notes.reserve()).toBe(true) // the page of a beat
      },
    }
    const made = await client(memory, { copies })
    const before = memory.pages.length
    expect(await made.ticket(1)).toBeDefined()
    expect([waits, memory.pages.length]).toEqual([[before, before], before + 1])
    expect(await made.notes.reserve()).toBe(true)
    const ready = memory.pages.length
    expect(await made.ticket(2)).toBeDefined()
    expect(await made.ticket(3)).toBeUndefined() // none is left: there is nothing to wait for
    expect([waits.length, memory.pages.length]).toEqual([2, ready])
  })

  test('wait for those that are made ready after logging in, and for no page then', async () => {
    const memory = createMemoryLog()
    const copies = { isSteady: true, awaitPage: () => expect.fail('There is no need to wait for a page.') }
    let logIn = (): void => undefined
    const loggedIn = new Promise<void>((resolve) => {
      logIn = resolve
    })
    const made = await client(memory, { copies, firstReady: () => loggedIn.then(() => made.notes.reserve()) })
    const before = memory.pages.length
    const ticket = made.ticket(1)
    setTimeout(logIn, 5)
    expect(await ticket).toBeDefined()
    expect(memory.pages.length).toBe(before + 1)
  })

  test('never show one nullifier with two lanes, though clients have one device number by mistake', async () => {
    for (let round = 0; round < 8; round++) {
      const memory = createMemoryLog(round % 2 === 0 ? {} : { delay: () => Math.random() * 3 })
      const [first, second] = [await client(memory), await client(memory)]
      const given = await Promise.all([first.ticket(1), second.ticket(2), first.ticket(3), second.ticket(4)])
      expect(given.filter(Boolean).length).toBeLessThanOrEqual(2)
      const later = await client(memory)
      await later.ticket(5)
      const all = [...first.made, ...second.made, ...later.made]
      const byNullifier = Map.groupBy(all, ({ nullifier }) => nullifier)
      for (const uses of byNullifier.values()) expect(new Set(uses.map(({ x }) => x)).size).toBe(1)
      expect(byNullifier.size).toBeLessThanOrEqual(2)
      expect(byNullifier.size).toBeGreaterThan(0) // and not both give all of them up
    }
  })

  test('are not made where their number cannot be recorded', async () => {
    const memory = createMemoryLog()
    const { ticket, made } = await client(memory)
    memory.loseAnswers(1)
    await expect(ticket(1)).rejects.toThrow('lost')
    expect(made).toEqual([])
  })

  test('count in the epoch that the verifier computes', async () => {
    const { made, ticket, time } = await client()
    time.now = start + day - 1
    await ticket(1)
    const asOf = BigInt(start + day - 3600)
    expect(periodOf({ kind: 2, epochLength: day }, asOf)).toBe(BigInt(start / day))
    const request = { note, messageId: made[0]?.messageId ?? 0, networkId, use: laneUse({ units: 1 }), asOf }
    const tree = NoteTree.from([leafOfNote(note)])
    const place = { path: tree.path(0), root: tree.root(), toward: { recipient } }
    expect(prepareTicket({ ...request, ...place }).nullifier).toBe(made[0]?.nullifier)
  })

  test('are none where the note is not in the tree, or the account never staked', async () => {
    const gone = await client(createMemoryLog(), { leaves: [0n] })
    expect(await gone.notes.available()).toEqual([])
    expect(await gone.ticket(1)).toBeUndefined()
    const never = await client(createMemoryLog(), { stakes: 0 })
    expect(await never.notes.available()).toEqual([])
  })

  test('are not used again by a device whose node hides what it took', async () => {
    const storage = memoryStorage()
    const first = await client(createMemoryLog(), { storage })
    await first.ticket(1)
    const second = await client(createMemoryLog(), { storage })
    await second.ticket(2)
    const third = await client(createMemoryLog(), { storage })
    expect(await third.ticket(3)).toBeUndefined()
    expect(first.made[0]?.nullifier).not.toBe(second.made[0]?.nullifier)
    third.time.now = start + day
    expect(await third.notes.available()).toMatchObject([{ left: 2 }])
  })

  test('are never the same on two devices with numbers of their own, whatever log a node shows to each', async () => {
    for (let run = 0; run < 20; run++) {
      const [one, other] = await Promise.all(
        [0, 1].map((index) => client(createMemoryLog(), { device: { index, count: 2 } })),
      )
      await Promise.all([one?.ticket(1), other?.ticket(2), one?.ticket(3), other?.ticket(4)])
      const all = [...(one?.made ?? []), ...(other?.made ?? [])]
      expect(new Set(all.map(({ nullifier }) => nullifier)).size).toBe(all.length)
    }
  })

  test.each<[string, { storage?: Storage | undefined; device?: Device | undefined }]>([
    ['without a number of its own', { device: undefined }],
    ['without storage', { storage: undefined }],
    ['whose storage drops what it says it has kept', { storage: { get: async () => undefined, set: async () => {} } }],
    [
      'whose storage keeps what is there and takes nothing new',
      { storage: { get: async () => new Uint8Array(16), set: async () => {} } },
    ],
  ])('are not made by a device %s, which says so', async (_, options) => {
    const { notes, ticket, made, told } = await client(createMemoryLog(), options)
    expect(await notes.available()).toEqual([])
    expect(await ticket(1)).toBeUndefined()
    expect(made).toEqual([])
    expect(told).toContainEqual({ kind: 'degraded', code: 'stake.unsafe' })
  })

  test.each(['get', 'set'] as const)(
    'are not made where the storage fails at that very moment, to %s',
    async (call) => {
      const storage = memoryStorage()
      const { ticket, made } = await client(createMemoryLog(), { storage })
      storage[call] = async () => {
        throw new DOMException('full', 'QuotaExceededError')
      }
      expect(await ticket(1).catch(({ code }) => code)).toSatisfy((end) => end === undefined || end === 'stake.unsafe')
      expect(made).toEqual([])
    },
  )

  test('are not made where the storage drops the number that was taken', async () => {
    const storage = memoryStorage()
    const { ticket, made } = await client(createMemoryLog(), { storage })
    const { set } = storage
    storage.set = async (key, value) => (key.includes('stake-blocks') ? undefined : set(key, value))
    await expect(ticket(1)).rejects.toMatchObject({ code: 'stake.unsafe' })
    expect(made).toEqual([])
  })
})

describe('tickets of stakes that a run has set aside', () => {
  const leftIn = async ({ notes }: Awaited<ReturnType<typeof client>>) => (await notes.available())[0]?.left
  const ends = async ({ notes, log }: Awaited<ReturnType<typeof client>>) => {
    await notes.giveBack()
    await log.flush()
  }

  test('are there for the next one, unless it has drawn them, and are never drawn twice', async () => {
    const memory = createMemoryLog()
    const storage = memoryStorage()
    const first = await client(memory, { storage })
    await first.notes.reserve({ count: 2, blocks: 2 })
    expect(await leftIn(await client(memory, { storage }))).toBe(0)
    await first.ticket(1)
    await ends(first)
    const next = await client(memory, { storage })
    expect(await leftIn(next)).toBe(1)
    await next.ticket(2)
    await ends(next)
    const last = await client(memory, { storage })
    expect([await leftIn(last), await last.ticket(3)]).toEqual([0, undefined])
    const nullifiers = [...first.made, ...next.made].map(({ nullifier }) => nullifier)
    expect(new Set(nullifiers).size).toBe(2)
  })

  test('are as many after any number of runs that draw none', async () => {
    const memory = createMemoryLog()
    const storage = memoryStorage()
    for (let runs = 0; runs < 5; runs++) {
      const run = await client(memory, { storage })
      expect(await leftIn(run)).toBe(2)
      await run.notes.reserve()
      await ends(run)
    }
  })

  test('are counted once they are set aside, and not in the middle of that', async () => {
    const kept = memoryStorage()
    let left: Promise<unknown> | undefined
    const set = async (key: string, value: Uint8Array) => {
      await kept.set(key, value)
      if (key.includes('stake-blocks')) left ??= leftIn(run) // this device has noted it, and the log not yet
    }
    const run = await client(undefined, { storage: { get: kept.get, set } })
    await run.notes.reserve()
    expect(await left).toBe(2)
  })

  test('are given back once they are set aside, and none is when the run is over', async () => {
    const memory = createMemoryLog()
    const storage = memoryStorage()
    const run = await client(memory, { storage })
    const cut = run.notes.reserve()
    await ends(run)
    await cut
    expect(await run.notes.reserve()).toBe(false)
    expect(await leftIn(await client(memory, { storage }))).toBe(2)
  })

  test.each([
    ['the log did not get to hear of it', { isFlushed: false, storage: true }],
    ['this device has forgotten what it took', { isFlushed: true, storage: false }],
  ])('where %s, are lost rather than drawn twice', async (_, { isFlushed, storage: isKept }) => {
    const memory = createMemoryLog()
    const storage = memoryStorage()
    const first = await client(memory, { storage })
    await first.ticket(1)
    await first.notes.reserve({ count: 2, blocks: 2 })
    await first.notes.giveBack()
    if (isFlushed) await first.log.flush()
    const next = await client(memory, { storage: isKept ? storage : memoryStorage() })
    await next.ticket(2)
    await next.ticket(3)
    const uses = [...first.made, ...next.made]
    expect(new Set(uses.map(({ nullifier }) => nullifier)).size).toBe(uses.length)
    expect(uses).toHaveLength(isFlushed ? 2 : 1)
  })

  test('and gives back after its epoch, do not free what the next epoch took', async () => {
    const memory = createMemoryLog()
    const storage = memoryStorage()
    const first = await client(memory, { storage })
    await first.notes.reserve({ count: 2, blocks: 2 })
    first.time.now = start + day
    await first.ticket(1)
    await ends(first)
    const hiding = await client(createMemoryLog(), { storage }) // the node shows a log that is empty
    hiding.time.now = start + day
    expect(await leftIn(hiding)).toBe(1)
  })
})
