import { fc, test as prop } from '@fast-check/vitest'
import { expect, test } from 'vitest'
import { createTurns } from '../../../service/plugins/database/turns.ts'

/** Turns with tasks that note their names, and a clock that stands still unless it is set. */
function makeTurns() {
  const state = { now: 0, cost: 0, running: 0, most: 0 }
  const done: string[] = []
  const turns = createTurns(() => state.now)
  const ask = (name: string, patience: number) =>
    turns(async () => {
      state.most = Math.max(state.most, ++state.running)
      await undefined
      state.running--
      state.now += state.cost
      done.push(name)
      if (name.startsWith('bad')) throw new Error(name)
      return name
    }, patience)
  return { state, done, ask }
}

test('a small question passes large ones that wait, and none passes another of its size', async () => {
  const { done, ask } = makeTurns()
  await Promise.all([ask('first', 9), ask('large', 9), ask('larger', 10), ask('small', 1), ask('small too', 1)])
  expect(done).toEqual(['first', 'small', 'small too', 'large', 'larger'])
})

test('a large one waits no longer than its patience for those that come after it', async () => {
  const { state, done, ask } = makeTurns()
  const asked = [ask('first', 0), ask('large', 10)]
  for (const at of [0, 5, 9, 10, 11, 20]) {
    state.now = at
    asked.push(ask(`small at ${at}`, 0))
  }
  await Promise.all(asked)
  expect(done.indexOf('large')).toBe(4) // after the first, and those at 0, 5 and 9
})

test('what fails is told to whoever asked, and the next one runs', async () => {
  const { done, ask } = makeTurns()
  const answers = await Promise.allSettled([ask('bad', 0), ask('good', 0)])
  expect(answers.map(({ status }) => status)).toEqual(['rejected', 'fulfilled'])
  expect(await ask('later', 0)).toBe('later')
  expect(done).toEqual(['bad', 'good', 'later'])
})

test('long tasks leave the event loop its turn after each', async () => {
  const { state, done, ask } = makeTurns()
  state.cost = 5
  const asked = Promise.all(Array.from({ length: 5 }, (_, i) => ask(`${i}`, 0)))
  const seen = new Set<number>()
  while (done.length < 5) {
    seen.add(done.length)
    await new Promise(setImmediate)
  }
  await asked
  expect(seen.size).toBeGreaterThanOrEqual(4)
})

prop.prop([fc.array(fc.nat({ max: 20 }), { maxLength: 30 })])(
  'one runs at a time, and each once',
  async (patiences) => {
    const { state, done, ask } = makeTurns()
    await Promise.all(patiences.map((patience, i) => ask(`${i}`, patience)))
    expect([...done].sort()).toEqual(patiences.map((_, i) => `${i}`).sort())
    expect(state.most).toBeLessThanOrEqual(1)
  },
)
