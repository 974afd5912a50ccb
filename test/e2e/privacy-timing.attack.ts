import { beforeAll, describe, expect, test } from 'vitest'
import { type Figure, formatFigures } from '../helpers/guessing.ts'
import { measureHour, type Story, tellOnlineHours, tellVisits } from '../helpers/letter-hours.ts'
import type { Privacy } from '../helpers/letter-traffic.ts'

// A passive node looks at times, paths, topics and tokens of hours of letters between real clients, and guesses who wrote
// each letter and which conversation it began. Here it is told, clue by clue, how far it gets.

const named = (figures: readonly Figure[]) =>
  figures.filter(({ success, limit }) => success > limit).map(({ name, success }) => `${name}: ${success.toFixed(3)}`)

function print(story: Story): void {
  for (const hour of story.hours) {
    const { senders, topics } = measureHour(story, hour)
    console.log(`${formatFigures(`${hour.name}: senders`, senders)}\n`)
    console.log(`${formatFigures(`${hour.name}: topics`, topics)}\n`)
  }
}

describe('of letters by people who are there throughout', () => {
  let story: Story

  beforeAll(async () => {
    story = await tellOnlineHours({ seed: 'online' })
    print(story)
  })

  const ofBoth = () => measureHour(story, story.hours.find(({ name }) => name === 'both hours')!)

  test('no clue names senders better than chance', () => {
    expect(named(ofBoth().senders)).toEqual([])
  })

  test('no clue names conversations better than chance', () => {
    expect(named(ofBoth().topics)).toEqual([])
  })
})

describe('of letters by people who come, write and leave', () => {
  const settings: Record<string, Privacy> = { 'at once': { waitSeconds: 0 }, 'after a while': { waitSeconds: 600 } }
  const figures: Record<string, ReturnType<typeof measureHour>> = {}

  beforeAll(async () => {
    for (const [name, privacy] of Object.entries(settings)) {
      const story = await tellVisits({ seed: 'visits', privacy })
      console.log(`Letters leave ${name}.`)
      print(story)
      figures[name] = measureHour(story, story.hours[0]!)
    }
  })

  test('presence gives some away, and fewer where letters wait', () => {
    const success = (name: string) => figures[name]!.senders.find((figure) => figure.name === 'all of it')!.success
    expect(success('after a while')).toBeLessThan(success('at once'))
  })

  test.each(Object.keys(settings))('no clue names their conversations better than chance, %s', (name) => {
    expect(named(figures[name]!.topics)).toEqual([])
  })
})
