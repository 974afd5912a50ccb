import { beforeAll, describe, expect, test } from 'vitest'
import { type Figure, formatFigures } from '../helpers/guessing.ts'
import { measureHour, type Story, tellOnlineHours, tellVisits } from '../helpers/letter-hours.ts'
import { atOnce } from '../helpers/network.ts'

// A passive node looks at times, paths, topics and tokens of hours of letters between real clients, and guesses who wrote
// each letter and which conversation it began. Here it is told, clue by clue, how far it gets. What bytes say is in
// privacy-bytes.test.ts.

/** What all clues come to together. */
const wholes = new Set(['all of it', 'habits, learned', 'all of it, each topic for one letter'])

/**
 * Clues that name more than chance does. The guesses that use all of it are held to two standard deviations; of some thirty
 * single clues, one or two pass that by chance, so each is held to three.
 */
const named = (figures: readonly Figure[]) =>
  figures
    .filter(
      ({ name, success, chance, limit }) => success > (wholes.has(name) ? limit : chance + (limit - chance) * 1.5),
    )
    .map(({ name, success }) => `${name}: ${success.toFixed(3)}`)

function print(title: string, story: Story): void {
  for (const hour of story.hours) {
    const { senders, topics } = measureHour(story, hour)
    console.log(`${formatFigures(`${title}, ${hour.name}: senders`, senders)}\n`)
    console.log(`${formatFigures(`${title}, ${hour.name}: topics`, topics)}\n`)
  }
}

const ofBoth = (story: Story) => measureHour(story, story.hours.find(({ name }) => name === 'both hours')!)

const wholeOf = (figures: readonly Figure[]): number => figures.find(({ name }) => name === 'all of it')?.success ?? 0

describe('of letters by people who are there throughout', { timeout: 300_000 }, () => {
  let story: Story

  beforeAll(async () => {
    story = await tellOnlineHours({ seed: 'online' })
    print('there throughout', story)
  }, 300_000)

  test('no clue names senders better than chance', () => {
    expect(named(ofBoth(story).senders)).toEqual([])
  })

  test('no clue names conversations better than chance', () => {
    expect(named(ofBoth(story).topics)).toEqual([])
  })

  test('the same clues name nearly all of them where nothing waits', async () => {
    const { senders, topics } = ofBoth(await tellOnlineHours({ seed: 'online', privacy: atOnce }))
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
      print(`letters leave ${name}`, story)
      figures[name] = measureHour(story, story.hours[0]!)
    }
  }, 300_000)

  test.each(['senders', 'topics'] as const)('presence gives %s away, and far fewer where letters wait', (what) => {
    const [atOnceFigures = [], waiting = []] = Object.keys(waits).map((name) => figures[name]?.[what])
    expect(wholeOf(atOnceFigures)).toBeGreaterThan(0.3)
    expect(wholeOf(waiting)).toBeLessThan(wholeOf(atOnceFigures) * 0.75)
  })
})
