import { describe, expect, test } from 'vitest'
import type { Clock } from '../../../sdk/client/session/clock.ts'
import type { SealedStorage } from '../../../sdk/client/session/sealed-storage.ts'
import { createSafeStorage } from '../../../sdk/client/session/storage.ts'
import { createFactNotes, type FactNotesOptions } from '../../../sdk/client/tickets/fact-notes.ts'
import { classIdOf, randomBytes, ticketSignals, toBytes32, xOf } from '../../../sdk/crypto/index.ts'
import { type CredentialRequest, fullHour } from '../../../sdk/evidence/index.ts'
import { type FactCondition, factClassOf, parseRule } from '../../../sdk/policy/index.ts'
import { factClass, factEpochOf } from '../../../sdk/verifier/index.ts'
import { createMemoryLog, openLog } from '../../helpers/memory-log.ts'
import { laneUse, networkId, recipient } from '../../helpers/world.ts'

const fact = parseRule('age eip155:1 >= 90 days') as FactCondition
const two = { ...fact, issuers: 2 }
const classId = classIdOf(factClassOf(fact))
const [first, second, third] = [1n, 2n, 3n].map((n) => ({ url: `http://${n}`, x: toBytes32(n), y: toBytes32(n) }))
const issuers = [first!, second!, third!]
const start = 2_900 * factClass.epochLength + 5_000

function memory(): SealedStorage {
  const saved = new Map<string, Uint8Array>()
  return {
    get: async (kind) => saved.get(kind),
    set: async (kind, value) => {
      saved.set(kind, value)
      return true
    },
  }
}

type Setting = Partial<Pick<FactNotesOptions, 'issuers' | 'sealed' | 'device'>> & {
  log?: ReturnType<typeof createMemoryLog>
}

/** A client of the account: what it made credentials of. */
async function client({ log: shared = createMemoryLog(), sealed = memory(), ...setting }: Setting = {}) {
  const log = openLog(shared)
  await log.sync()
  const time = { now: start }
  const made: (CredentialRequest & { nullifier: bigint })[] = []
  const notes = createFactNotes({
    log,
    person: 77n,
    identityKey: new Uint8Array(32).fill(5),
    networkId,
    issuers: () => issuers,
    prover: {
      warmUp: async () => undefined,
      close: () => undefined,
      async prove(request) {
        const { secret, person } = request.note
        const messageId = BigInt(request.messageId)
        const signals = ticketSignals({ secret, person, messageId, scope: 9n, tagScope: 8n, x: xOf(request.use) })
        made.push({ ...request, nullifier: signals.nullifier })
        return { nullifier: toBytes32(signals.nullifier) } as never
      },
    },
    device: undefined,
    sealed,
    storage: createSafeStorage(undefined, () => undefined),
    random: randomBytes,
    clock: { seconds: () => time.now } as Clock,
    copies: { isSteady: false, awaitPage: async () => undefined },
    tell: () => undefined,
    ...setting,
  })
  const attest = (issuer: (typeof issuers)[number], of = fact) =>
    notes.keep({ fact: of, issuer, epoch: factEpochOf(time.now), signature: { r8x: 1n, r8y: 2n, s: 3n } })
  const show = (units: number, of: FactCondition = fact) =>
    notes.credentials(of, { networkId, use: laneUse({ units }), toward: { recipient } })
  return { notes, attest, show, made, time }
}

describe('notes of facts', () => {
  test('are counted by the issuers in office that have attested the fact', async () => {
    const office = { now: issuers }
    const { notes, attest } = await client({ issuers: () => office.now })
    expect(await notes.available()).toEqual([])
    await attest(first!)
    await attest(first!)
    await attest(third!)
    expect(await notes.available()).toEqual([{ classId, issuers: 2 }])
    const other = { ...fact, days: 91 } as FactCondition
    await attest(third!, other)
    expect(await notes.available()).toContainEqual({ classId: classIdOf(factClassOf(other)), issuers: 1 })
    office.now = [second!, third!]
    expect(await notes.available()).toContainEqual({ classId, issuers: 1 })
    office.now = [second!]
    expect(await notes.available()).toEqual([])
  })

  test('give one credential of each of as many issuers as are asked for, or none', async () => {
    const { attest, show, made } = await client()
    await attest(second!)
    expect(await show(1, two)).toBeUndefined()
    await attest(first!)
    expect(await show(2, two)).toHaveLength(2)
    const shown = made.slice(-2)
    expect(shown.map(({ issuer }) => issuer.x)).toEqual([first!.x, second!.x])
    expect(new Set(shown.map(({ note }) => note.secret)).size).toBe(2)
    expect([(await show(3))?.length, made.length]).toEqual([1, 4])
    expect(new Set(shown.map(({ note }) => note.person))).toEqual(new Set([77n]))
  })

  test('give the same for one lane again, and another for each other lane, until all are used', async () => {
    const { notes, attest, show, made, time } = await client()
    await attest(first!)
    await show(1)
    time.now += 60
    await show(1)
    expect(made.map(({ asOf }) => asOf)).toEqual([fullHour(start), fullHour(start)])
    expect(made[1]!.nullifier).toBe(made[0]!.nullifier)
    for (let units = 2; units <= factClass.limit; units++) await show(units)
    expect(new Set(made.map(({ nullifier }) => nullifier)).size).toBe(factClass.limit)
    expect([await show(factClass.limit + 1), await notes.available()]).toEqual([undefined, []])
    expect(await show(1)).toHaveLength(1)
    time.now += factClass.epochLength
    expect([await show(1), await notes.attested()]).toEqual([undefined, []])
    await attest(first!)
    await show(1)
    expect(made.at(-1)!.note.secret).not.toBe(made[0]!.note.secret)
  })

  test('are the same for each client of the account, and no two use one message id', async () => {
    const log = createMemoryLog()
    const clients = [await client({ log }), await client({ log })]
    for (const { attest } of clients) await attest(first!)
    const shows = clients.flatMap(({ show }, i) => Array.from({ length: 8 }, (_, n) => () => show(1 + i * 8 + n)))
    await Promise.all(shows.map((show) => show()))
    const nullifiers = clients.flatMap(({ made }) => made.map(({ nullifier }) => nullifier))
    expect(new Set(nullifiers).size).toBe(16)
    expect(new Set(clients.flatMap(({ made }) => made.map(({ note }) => note.secret))).size).toBe(1)
  })

  test('are there in the same run where the device keeps nothing, the last one of each', async () => {
    const { notes, attest, show } = await client({ sealed: { get: async () => undefined, set: async () => false } })
    await attest(first!)
    await attest(second!)
    await attest(first!)
    expect(await notes.available()).toEqual([{ classId, issuers: 2 }])
    expect(await show(1, two)).toHaveLength(2)
  })

  test.each([
    ['nothing', new Uint8Array()],
    ['garbage', new TextEncoder().encode('{"')],
    ['something else', new TextEncoder().encode('[1, {"fact": "request"}, null]')],
  ])('where the device has kept %s, there are none', async (_, bytes) => {
    const sealed = memory()
    await sealed.set('facts', bytes)
    const { notes, attest } = await client({ sealed })
    expect(await notes.available()).toEqual([])
    await attest(first!)
    expect(await notes.available()).toEqual([{ classId, issuers: 1 }])
  })

  test('made ready are taken without a page of the log', async () => {
    const log = createMemoryLog()
    const steady = { isSteady: true, awaitPage: async () => Promise.reject(new Error('waits for a page')) }
    const { notes, attest, show } = await client({ log, ...({ copies: steady } as object) })
    await attest(first!)
    expect(await notes.reserve({ blocks: Number.POSITIVE_INFINITY })).toBe(true)
    const pages = log.pages.length
    expect(await show(1)).toHaveLength(1)
    expect(log.pages.length).toBe(pages)
  })
})
