import { describe, expect, test } from 'vitest'
import { assign } from './assignment.ts'
import { createDice, type Dice } from './dice.ts'
import { type Figure, formatFigures, measureClue } from './guessing.ts'
import type { Seen } from './observer.ts'
import { type Analysis, analyseTraffic } from './traffic-analysis.ts'

// Records that were made up, so that the truth is known: what was planted is found, and where nothing was planted nothing is.

const [wallets, recipients] = ['a', 'b'].map((side) =>
  Array.from({ length: 8 }, (_, i) => `0x${side.repeat(39)}${i}`),
) as [string[], string[]]
const [start, hour] = [1_750_000_000, 3600]
const letterCount = 64

type Planted = Partial<Seen> & { readonly at: number; readonly path: string }
type Letter = { readonly at: number; readonly sender: string; readonly recipient: string; readonly topic: string }
/** Adds to a record what gives a letter away. */
type Plant = (letter: Letter, add: (request: Planted) => void, dice: Dice) => void

const sealed = ({ recipient }: Letter) => `/xmtp/0/sealed-${recipient}/proto`
const log = (wallet: string) => `/xmtp/0/log-${wallet}/proto`
const slot = (wallet: string, index: number) =>
  `/xmtp/0/letters-${wallet.slice(2)}${String(index).padStart(24, '0')}/proto`

/** An hour in which everybody is there, does what everybody does at random times, and writes letters. */
function makeRecord(seed: string, plants: readonly Plant[] = []) {
  const dice = createDice(seed)
  const requests: Planted[] = []
  const add = (request: Planted) => void requests.push(request)
  const anyTime = () => start + hour * dice.fraction()
  for (const wallet of wallets) {
    add({ at: start - 100, path: '/v1/subscribe', wallet, topics: [`/xmtp/0/invite-${wallet}/proto`] })
    for (let i = 0; i < 8; i++) {
      const topics = [`/xmtp/0/invite-${wallet}/proto`]
      add({ at: anyTime(), path: '/message/v1/query', wallet, topics })
      add({ at: anyTime(), path: '/message/v1/publish', wallet, topics: [log(wallet)] })
    }
  }
  const letters = Array.from({ length: letterCount }, (_, i): Letter => {
    const topic = `/xmtp/0/m-${i}/proto`
    return { at: anyTime(), sender: dice.pick(wallets), recipient: dice.pick(recipients), topic }
  })
  for (const letter of letters) {
    const use = `use of ${letter.topic}`
    const lane = { use, units: 1, expiresAt: start + 2 * hour }
    add({ at: letter.at - 0.2, path: '/v1/lanes', topics: [sealed(letter)], lane })
    add({ at: letter.at, path: '/v1/publish', topics: [sealed(letter)], uses: [use] })
    const opening = { use: letter.topic, units: 1024, expiresAt: start + 48 * hour }
    if (plants.length === 0)
      add({ at: start - 500 * dice.fraction(), path: '/v1/lanes', topics: [letter.topic], lane: opening })
    for (const plant of plants) plant(letter, add, dice)
  }
  return { seen: complete(requests), letters }
}

const complete = (requests: Planted[]): Seen[] =>
  requests
    .sort((a, b) => a.at - b.at)
    .map((request, id) => ({
      id,
      topics: [],
      wallet: undefined,
      bytes: 100,
      answerBytes: 100,
      status: 200,
      lane: undefined,
      uses: [],
      after: undefined,
      endedAt: undefined,
      deliveries: [],
      ...request,
    }))

function figuresOf({ seen, letters }: ReturnType<typeof makeRecord>): Record<'senders' | 'topics', Figure[]> {
  const found: Analysis = analyseTraffic(seen, { candidates: wallets })
  const truths = found.letters.map(({ at }) => letters.find((letter) => letter.at === at)!)
  const sender = {
    columns: truths.map((letter) => wallets.indexOf(letter.sender)),
    isPossible: truths.map(() => wallets.map(() => true)),
  }
  const topic = {
    columns: truths.map((letter) => found.topics.indexOf(letter.topic)),
    isPossible: truths.map(() => found.topics.map(() => true)),
  }
  return {
    senders: found.senders.map((clue) => measureClue(clue, sender)),
    topics: found.topicClues.map((clue) => measureClue(clue, topic)),
  }
}

const successOf = (figures: readonly Figure[], name: string) => figures.find((figure) => figure.name === name)?.success

const open: Plant = ({ at, topic }, add) =>
  add({
    at: at - 0.15,
    path: '/v1/lanes',
    topics: [topic],
    lane: { use: topic, units: 9, expiresAt: start + 9 * hour },
  })

describe('the analysis finds the sender', () => {
  const taken = new Map<string, number>()
  const plants: Record<string, Plant> = {
    'by a token shown just before': ({ at, sender }, add) =>
      add({ at: at - 0.01, path: '/message/v1/query', wallet: sender, topics: [`/xmtp/0/invite-${sender}/proto`] }),
    'by a token shown just after': ({ at, sender }, add) =>
      add({ at: at + 0.01, path: '/message/v1/query', wallet: sender, topics: [`/xmtp/0/invite-${sender}/proto`] }),
    'by the log, which is written at once': ({ at, sender }, add) =>
      add({ at: at + 0.01, path: '/message/v1/publish', wallet: sender, topics: [log(sender)] }),
    'by a place of the log without a name, read beside a token at another time': ({ at, sender }, add, dice) => {
      const index = taken.get(sender) ?? 0
      taken.set(sender, index + 1)
      add({ at: at + 0.01, path: '/v1/publish', topics: [slot(sender, index)] })
      const asked = start - 90 + wallets.indexOf(sender) * 10
      add({ at: asked, path: '/message/v1/query', wallet: sender, topics: [`/xmtp/0/sealed-${sender}/proto`] })
      const topics = [slot(sender, index), slot(sender, index + 1)]
      add({ at: asked - dice.fraction() / 10, path: '/message/v1/batch-query', topics })
    },
  }
  test.each<[string, string]>([
    ['by a token shown just before', 'last named request before'],
    ['by a token shown just after', 'next named request after'],
    ['by the log, which is written at once', 'next write of the log after'],
    ['by the log, which is written at once', 'writes of the log, each for one letter'],
    ['by the log, which is written at once', 'habits, learned'],
    ['by a place of the log without a name, read beside a token at another time', 'next write of the log after'],
  ])('%s: %s', (plant, clue) => {
    const { senders } = figuresOf(makeRecord(plant, [open, plants[plant]!]))
    expect(successOf(senders, clue), formatFigures(plant, senders)).toBe(1)
    expect(successOf(senders, 'all of it')).toBeGreaterThan(0.95)
  })

  test('by a habit that nobody has told it of', () => {
    const habit: Plant = ({ at, sender }, add) =>
      add({ at: at - 61.3, path: '/message/v1/publish', wallet: sender, topics: [`/xmtp/0/policy-${sender}/proto`] })
    const { senders } = figuresOf(makeRecord('habit', [open, habit]))
    expect(successOf(senders, 'fixed lags'), formatFigures('habit', senders)).toBeGreaterThan(0.9)
  })

  test('often by the log, where copies follow after an exponential delay and nothing covers them', () => {
    const copy: Plant = ({ at, sender }, add, dice) =>
      add({ at: at + dice.exponential(60), path: '/message/v1/publish', wallet: sender, topics: [log(sender)] })
    const { senders } = figuresOf(makeRecord('delay', [open, copy]))
    const figure = senders.find(({ name }) => name === 'writes after an exponential delay')!
    expect(figure.success, formatFigures('delay', senders)).toBeGreaterThan(figure.limit)
  })

  test('by the log, where what covers the copies has another size', () => {
    const copy: Plant = ({ at, sender }, add, dice) => {
      const write = { path: '/message/v1/publish', wallet: sender, topics: [log(sender)] }
      add({ ...write, at: at + dice.exponential(5), bytes: 4096 })
      for (let i = 0; i < 8; i++) add({ ...write, at: start + hour * dice.fraction(), bytes: 1024 })
    }
    const { senders } = figuresOf(makeRecord('sizes', [open, copy]))
    const [bySize, all] = ['writes of the log, by their size', 'next write of the log after'].map((name) =>
      successOf(senders, name),
    )
    expect(bySize, formatFigures('sizes', senders)).toBeGreaterThan(0.7)
    expect(bySize).toBeGreaterThan(all!)
  })

  test('by who is there, where nobody else is', () => {
    const visit: Plant = ({ at, sender }, add) => {
      add({
        at: at - 5,
        endedAt: at + 5,
        path: '/v1/subscribe',
        wallet: sender,
        topics: [`/xmtp/0/invite-${sender}/proto`],
      })
    }
    const record = makeRecord('visit', [open, visit])
    const seen = record.seen.map((request) =>
      request.at === start - 100 ? { ...request, endedAt: start - 99 } : request,
    )
    const { senders } = figuresOf({ ...record, seen })
    expect(successOf(senders, 'who came last')).toBeGreaterThan(0.8)
  })
})

describe('the analysis finds the topic', () => {
  const plants: Record<string, Plant> = {
    'by a lane opened just before': (letter, add) =>
      add({
        at: letter.at - 0.01,
        path: '/v1/lanes',
        topics: [letter.topic],
        lane: { use: '', units: 9, expiresAt: 1 },
      }),
    'by lanes opened long ahead, the oldest for the next letter': ({ at, topic }, add) =>
      add({ at: at - 3000, path: '/v1/lanes', topics: [topic], lane: { use: topic, units: 9, expiresAt: 1 } }),
    'by a lane opened just after': (letter, add) =>
      add({
        at: letter.at + 0.01,
        path: '/v1/lanes',
        topics: [letter.topic],
        lane: { use: '', units: 9, expiresAt: 1 },
      }),
    'by a read once it was delivered': ({ at, topic, recipient }, add) => {
      const sealedTopic = `/xmtp/0/sealed-${recipient}/proto`
      const deliveries = [{ at: at + 0.01, topic: sealedTopic, bytes: 1 }]
      add({ at: start - 50, path: '/v1/subscribe', wallet: recipient, topics: [sealedTopic], deliveries })
      add({ at: at + 0.02, path: '/message/v1/query', topics: [topic] })
    },
    'by a second reader': ({ at, topic }, add, dice) => {
      add({ at: start - 20 * dice.fraction(), path: '/v1/subscribe', topics: [topic] })
      add({ at: at + 0.01, path: '/v1/subscribe', topics: [topic] })
    },
    'by a message in it right after': ({ at, topic }, add) =>
      add({ at: at + 0.01, path: '/v1/publish', topics: [topic] }),
    'by a lane that ends with it': ({ at, topic }, add) => {
      const expiresAt = Math.round(at * 1000)
      add({ at: start - 10, path: '/v1/lanes', topics: [topic], lane: { use: topic, units: 1, expiresAt } })
    },
  }
  test.each<[string, string]>([
    ['by a lane opened just before', 'lane opened last before'],
    ['by a lane opened just before', 'all of it, each topic for one letter'],
    ['by a lane opened just after', 'lane opened next after'],
    ['by lanes opened long ahead, the oldest for the next letter', 'in the order of their lanes'],
    ['by a read once it was delivered', 'first read next after'],
    ['by a read once it was delivered', 'first read after the delivery'],
    ['by a second reader', 'second read next after'],
    ['by a second reader', 'any read next after'],
    ['by a message in it right after', 'first message next after'],
    ['by a lane that ends with it', 'terms of the lane'],
  ])('%s: %s', (plant, clue) => {
    const record = makeRecord(plant, [plants[plant]!])
    const ended = record.seen.map((request) => {
      const letter = record.letters.find(({ at }) => request.lane && Math.abs(at - 0.2 - request.at) < 1e-6)
      const isPlanted = letter && request.topics[0] === sealed(letter) && request.lane
      return isPlanted ? { ...request, lane: { ...request.lane!, expiresAt: Math.round(letter.at * 1000) } } : request
    })
    const { topics } = figuresOf({ ...record, seen: ended })
    expect(successOf(topics, clue), formatFigures(plant, topics)).toBe(1)
  })
})

describe('where nothing was planted', () => {
  test('every clue is at chance, over many records', () => {
    const all = Array.from({ length: 8 }, (_, i) => figuresOf(makeRecord(`nothing ${i}`)))
    for (const kind of ['senders', 'topics'] as const) {
      for (const [i, { name, chance, limit }] of all[0]![kind].entries()) {
        const success = all.reduce((sum, figures) => sum + figures[kind][i]!.success, 0) / all.length
        const deviation = (limit - chance) / 2 / Math.sqrt(all.length)
        expect(success - chance, name).toBeLessThan(3 * deviation)
      }
    }
  })
})

describe('where all is planted and the truth is shuffled', () => {
  test('every clue is at chance', () => {
    const record = makeRecord('shuffled', [
      open,
      ({ at, sender }, add) =>
        add({ at: at + 0.01, path: '/message/v1/publish', wallet: sender, topics: [log(sender)] }),
    ])
    const senders = createDice('shuffled').shuffle(record.letters.map(({ sender }) => sender))
    const topics = createDice('topics').shuffle(record.letters.map(({ topic }) => topic))
    const letters = record.letters.map((letter, i) => ({ ...letter, sender: senders[i]!, topic: topics[i]! }))
    const figures = figuresOf({ ...record, letters })
    for (const { name, success, chance, limit } of [...figures.senders, ...figures.topics]) {
      expect(success, name).toBeLessThanOrEqual(chance + 1.5 * (limit - chance))
    }
  })
})

describe('an assignment', () => {
  test('gives each row a column of its own, with the greatest sum', () => {
    const dice = createDice('assignment')
    for (let round = 0; round < 50; round++) {
      const scores = Array.from({ length: 4 }, () => Array.from({ length: 5 }, () => dice.below(20)))
      const sumOf = (columns: readonly number[]) => columns.reduce((sum, c, i) => sum + scores[i]![c]!, 0)
      const chosen = assign(scores)
      expect(new Set(chosen).size).toBe(4)
      expect(sumOf(chosen)).toBe(Math.max(...arrangements([0, 1, 2, 3, 4], 4).map(sumOf)))
    }
  })
})

function arrangements(of: readonly number[], length: number): number[][] {
  if (length === 0) return [[]]
  return of.flatMap((first) =>
    arrangements(
      of.filter((other) => other !== first),
      length - 1,
    ).map((rest) => [first, ...rest]),
  )
}
