import { beforeAll, describe, expect, test } from 'vitest'
import { type Figure, formatFigures } from '../helpers/guessing.ts'
import { measureHour, type Story, tellOnlineHours, tellVisits } from '../helpers/letter-hours.ts'
import { atOnce } from '../helpers/network.ts'

// A passive node looks at times, paths, topics and tokens of hours of letters between real clients, and guesses who wrote
// each letter and which conversation it began. Half of those who write pay for some letters with stamps, so that they read the
// prover's tree; half of the letters are answered. Here it is told, clue by clue, how far it gets. What bytes say is in
// privacy-bytes.test.ts.

/**
 * Clues that name more than chance does. What all of it together says of senders is held to two standard deviations. Of some
 * thirty clues one or two pass that by chance, so each is held to what chance alone comes to once in a thousand times, exactly:
 * of few letters, two standard deviations are no measure. One clue is known to say something (docs/privacy.md): it is held to
 * so many times what chance names.
 */
const named = (figures: readonly Figure[]) =>
  figures
    .filter(({ name, letters, success, chance }) => {
      const known = name === 'where the recipient is named beside' ? 2.5 : 1
      return atLeast(Math.round(success * letters), letters, chance * known) < 0.001
    })
    .map(({ name, success }) => `${name}: ${success.toFixed(3)}`)

/** How likely it is to name so many of some letters by chance. */
function atLeast(count: number, letters: number, chance: number): number {
  let [term, below] = [(1 - chance) ** letters, 0]
  for (let k = 0; k < count; k++) {
    below += term
    term *= ((letters - k) / (k + 1)) * (chance / (1 - chance))
  }
  return 1 - below
}

/** The figures of all of a story's letters. */
function measure(title: string, story: Story, among?: 'begun'): ReturnType<typeof measureHour> {
  const figures = measureHour(story, story.hours.at(-1)!, among)
  for (const [what, list] of Object.entries(figures)) console.log(`${formatFigures(`${title}: ${what}`, list)}\n`)
  return figures
}

const wholeOf = (figures: readonly Figure[]): number => figures.find(({ name }) => name === 'all of it')?.success ?? 0

/** The same clues about the letters of several stories, as one figure each. */
function pool(stories: readonly (readonly Figure[])[]): Figure[] {
  const [first = []] = stories
  return first.map(({ name }, i) => {
    const parts = stories.map((figures) => figures[i]!)
    const letters = parts.reduce((sum, part) => sum + part.letters, 0)
    const mean = (of: (part: Figure) => number) =>
      parts.reduce((sum, part) => sum + of(part) * part.letters, 0) / letters
    const chance = mean((part) => part.chance)
    const limit = chance + 2 * Math.sqrt((chance * (1 - chance)) / letters)
    return { name, letters, success: mean((part) => part.success), chance, limit }
  })
}

describe('of letters by people who are there throughout', { timeout: 300_000 }, () => {
  const figures: Record<'senders' | 'topics', Figure[]> = { senders: [], topics: [] }

  beforeAll(async () => {
    const stories: ReturnType<typeof measureHour>[] = []
    const answers = { share: 0.5, seconds: 900 }
    const privacy = { answerSeconds: 3600 }
    // In one of them the books are so small that letters have to wait for the next page of the log.
    for (const [seed, stamps] of Object.entries({ one: 200, another: 32 })) {
      const story = await tellOnlineHours({ seed, stamps, answers, privacy })
      stories.push(measure(`there throughout (${seed})`, story, 'begun'))
    }
    for (const what of ['senders', 'topics'] as const) figures[what] = pool(stories.map((story) => story[what]))
    console.log(formatFigures('there throughout, all of it: senders', figures.senders))
    console.log(formatFigures('there throughout, all of it: topics', figures.topics))
  }, 300_000)

  test('no clue names senders better than chance', () => {
    const { senders } = figures
    expect(named(senders)).toEqual([])
    expect(wholeOf(senders)).toBeLessThan(senders.find(({ name }) => name === 'all of it')?.limit ?? 0)
  })

  test('no clue names conversations better than chance, but for one that does so seldom', () => {
    expect(named(figures.topics)).toEqual([])
  })

  test('the same clues name nearly all of them where nothing waits', async () => {
    const { senders, topics } = measure(
      'nothing waits',
      await tellOnlineHours({ seed: 'one', privacy: atOnce, isQuiet: true }),
    )
    expect(wholeOf(senders)).toBeGreaterThan(0.9)
    expect(wholeOf(topics)).toBeGreaterThan(0.9)
  })
})

describe('of letters by people who come, write and leave', { timeout: 300_000 }, () => {
  const waits: Record<string, number> = { 'at once': 0, 'after a while': 600 }
  const figures: Record<string, ReturnType<typeof measureHour>> = {}

  beforeAll(async () => {
    for (const [name, waitSeconds] of Object.entries(waits)) {
      const story = await tellVisits({ seed: 'visits', privacy: { waitSeconds } })
      figures[name] = measure(`letters leave ${name}`, story)
    }
  }, 300_000)

  test.each(['senders', 'topics'] as const)('presence gives %s away, and far fewer where letters wait', (what) => {
    const [atOnceFigures = [], waiting = []] = Object.keys(waits).map((name) => figures[name]?.[what])
    expect(wholeOf(atOnceFigures)).toBeGreaterThan(0.3)
    expect(wholeOf(waiting)).toBeLessThan(wholeOf(atOnceFigures) * 0.75)
  })
})
