import { describe, expect, test } from 'vitest'
import { mostInteractions } from '../../../sdk/policy/index.ts'
import { found, refuse } from '../../../service/prover/facts/fact-refusal.ts'
import { findAttestation } from '../../../service/prover/facts/find-attestation.ts'
import { findInteraction } from '../../../service/prover/facts/find-interaction.ts'
import type { FactChain } from '../../../service/prover/facts/index.ts'
import { type LeftOff, leftOff, lookBounds, type Scan, takeTurn } from '../../../service/prover/facts/scan.ts'
import { createVerdicts, type Verdict } from '../../../service/prover/facts/verdicts.ts'
import type { FactStore } from '../../../service/prover/store/index.ts'
import { walletOf } from '../../helpers/accounts.ts'
import { factOf } from '../../helpers/facts.ts'

const key = { subject: walletOf(1).address, classId: 7n, epoch: 3 }
const block = { number: 1n << 40n, hash: '0x' as const, time: 0 }
const contract = `0x${'c0'.repeat(20)}`
const word = `0x${'05'.repeat(32)}`

/** Keeps one place, and counts how often. */
function createPlaces() {
  let place: string | undefined
  let turns = 1
  const store = {
    factScan: async () => place,
    keepFactScan: async (_: unknown, now: string) => {
      place = now
      turns += 1
    },
    dropFactScan: async () => {
      place = undefined
    },
  } as unknown as FactStore
  return { store, taken: () => turns, kept: () => place }
}

/** An endpoint that always has one thing more to look at, 2^distance blocks below the one before. */
function createLiar(distance = 10n) {
  const seen = { requests: 0 }
  const asked = async <T>(value: T): Promise<T> => {
    seen.requests += 1
    return value
  }
  const chain = {
    ancestor: (number: bigint) => asked({ ...block, number }),
    nonce: (_: unknown, { number }: { number: bigint }) => asked(found(number >> distance)),
    receiversOf: () => asked(found([])),
    code: (_: unknown, { number }: { number: bigint }) => asked(found(number === 0n ? '0x' : '0x01')),
    logs: (_: unknown, to: bigint) => asked({ data: [], from: to }),
  } as unknown as FactChain
  return { chain, seen }
}

type Look = (turn: { scan: Scan; chain: FactChain }) => Promise<unknown>

const judgedOf = (condition: string, turn: { scan: Scan; chain: FactChain }) =>
  ({ ...turn, fact: factOf(condition), subject: key.subject, block }) as never
const looks: [string, Look][] = [
  [
    'interacted',
    (turn) =>
      findInteraction(judgedOf(`interacted eip155:1:${contract}`, turn), { contract, most: mostInteractions * 100 }),
  ],
  [
    'attested',
    (turn) => findAttestation(judgedOf(`attested eip155:1:${contract} schema ${word} from ${contract}`, turn)),
  ],
]

describe.each(looks)('a look for “%s” at an endpoint without end', (_, look) => {
  const run = async (turnMs: number) => {
    const { chain, seen } = createLiar()
    const places = createPlaces()
    for (;;) {
      const judged = await takeTurn({ store: places.store, key, turnMs, chain }, look)
      if (judged !== leftOff) return { judged, requests: seen.requests, turns: places.taken(), kept: places.kept() }
    }
  }

  test('is over after 720 turns where it is slow, and keeps no place', async () => {
    const { judged, turns, kept } = await run(0)
    expect(judged).toMatchObject({ ok: false, code: 'fact.look-too-long' })
    expect(turns).toBe(lookBounds.turns)
    expect(kept).toBeUndefined()
  })

  test('is over after 100,000 requests where it is fast, and one step', async () => {
    const { judged, requests, turns } = await run(Number.POSITIVE_INFINITY)
    expect(judged).toMatchObject({ ok: false, code: 'fact.look-too-long' })
    expect(requests).toBeGreaterThanOrEqual(lookBounds.requests)
    expect(requests).toBeLessThan(lookBounds.requests + 200)
    expect(turns).toBe(1)
  })

  test('counts requests over all its turns', async () => {
    const { chain, seen } = createLiar()
    const { store } = createPlaces()
    const bounds = { requests: 1_000, turns: 1_000 }
    let judged: unknown = leftOff
    while (judged === leftOff) judged = await takeTurn({ store, key, turnMs: 0, chain, bounds }, look)
    expect(judged).toMatchObject({ code: 'fact.look-too-long' })
    expect(seen.requests).toBeGreaterThanOrEqual(1_000)
    expect(seen.requests).toBeLessThan(1_200)
  })
})

test('a look for a thousand transactions that are 2^18 blocks apart is over within its bounds', async () => {
  const { chain, seen } = createLiar(18n)
  const { store } = createPlaces()
  const judged = takeTurn({ store, key, turnMs: Number.POSITIVE_INFINITY, chain }, (turn) =>
    findInteraction(judgedOf(`interacted eip155:1:${contract}`, turn), { contract, most: mostInteractions }),
  )
  expect(await judged).toEqual(found(0n))
  expect(seen.requests).toBeLessThan(lookBounds.requests)
})

describe('a verdict', () => {
  const question = { ...key, block: '0x01' }
  const notSo = refuse('fact.not-so', 'no')

  /** Asks so often, and says how many looks that took. */
  async function begin(verdict: () => Promise<Verdict | LeftOff>) {
    const time = { ms: 0 }
    const verdicts = createVerdicts(() => time.ms)
    let looked = 0
    const ask = (changes: Partial<typeof question> = {}) =>
      verdicts.of({ ...question, ...changes }, () => {
        looked += 1
        return verdict()
      })
    return { time, ask, looked: () => looked }
  }

  test.each<[string, Verdict, number]>([
    ['that it is so', found(true), 1],
    ['that it is not', notSo, 1],
    ['that looking takes too long', refuse('fact.look-too-long', 'long'), 1],
    ['that endpoints have not the block', refuse('fact.block-unavailable', 'gone'), 2],
  ])('%s is looked for so often by two', async (_, verdict, looks) => {
    const { ask, looked } = await begin(async () => verdict)
    expect([await ask(), await ask()]).toEqual([verdict, verdict])
    expect(looked()).toBe(looks)
  })

  test.each([{ subject: walletOf(2).address }, { classId: 8n }, { epoch: 4 }, { block: '0x02' }])(
    'is none of another question: %o',
    async (changes) => {
      const { ask, looked } = await begin(async () => notSo)
      await ask()
      await ask(changes)
      expect(looked()).toBe(2)
    },
  )

  test('is looked for again after an hour, after a look that was left off, and after one that failed', async () => {
    let next: () => Promise<Verdict | LeftOff> = async () => leftOff
    const { time, ask, looked } = await begin(() => next())
    expect(await ask()).toBe(leftOff)
    next = () => Promise.reject(new Error('down'))
    await expect(Promise.all([ask(), ask()])).rejects.toThrow('down')
    expect(looked()).toBe(2)
    next = async () => notSo
    expect(await ask()).toEqual(notSo)
    time.ms = 3_599_999
    await ask()
    expect(looked()).toBe(3)
    time.ms = 3_600_000
    await ask()
    expect(looked()).toBe(4)
  })

  test('is one of 4,096 that are remembered, the newest', async () => {
    const { ask, looked } = await begin(async () => notSo)
    for (let i = 0; i <= 4_096; i++) await ask({ classId: BigInt(i) })
    await ask({ classId: 4_096n })
    await ask({ classId: 1n })
    expect(looked()).toBe(4_097)
    await ask({ classId: 0n })
    expect(looked()).toBe(4_098)
  })
})
