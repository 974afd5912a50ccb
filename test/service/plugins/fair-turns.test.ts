import { fc, test as prop } from '@fast-check/vitest'
import { expect, test } from 'vitest'
import { createFairTurns } from '../../../service/plugins/fair-turns.ts'

const nextTurn = () => new Promise(setImmediate)

/** Callers whose requests each take a millisecond. */
function makeTurns() {
  let now = 0
  const begun: string[] = []
  const turns = createFairTurns(() => now)
  const ask = async (who: string) => {
    await turns.enter(who)
    begun.push(who)
    now++
  }
  return { begun, ask }
}

test('a few go on as they come', async () => {
  const { begun, ask } = makeTurns()
  for (const who of ['a', 'b', 'a']) await ask(who)
  expect(begun).toEqual(['a', 'b', 'a'])
})

test('whoever asks little passes a hundred requests that wait, within a turn', async () => {
  const { begun, ask } = makeTurns()
  for (let i = 0; i < 3; i++) await ask('mallory')
  const flood = Promise.all(Array.from({ length: 100 }, () => ask('mallory')))
  const honest = ask('alice')
  await nextTurn()
  await honest
  expect(begun.indexOf('alice')).toBeLessThanOrEqual(4)
  expect(begun.length).toBeLessThan(10)
  await flood
  expect(begun).toHaveLength(104)
})

test('none waits for ever for those who ask less', async () => {
  const { begun, ask } = makeTurns()
  for (let i = 0; i < 20; i++) void ask('mallory')
  for (let i = 0; i < 100 && begun.filter((who) => who === 'mallory').length < 20; i++) {
    void ask(`newcomer ${i}`)
    await nextTurn()
  }
  expect(begun.filter((who) => who === 'mallory')).toHaveLength(20)
})

prop.prop([fc.array(fc.constantFrom('a', 'b', 'c'), { maxLength: 60 })])('each goes on once', async (callers) => {
  const { begun, ask } = makeTurns()
  await Promise.all(callers.map(ask))
  expect([...begun].sort()).toEqual([...callers].sort())
})
