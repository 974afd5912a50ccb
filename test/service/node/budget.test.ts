import { expect, test } from 'vitest'
import { createBudget } from '../../../service/node/budget.ts'

test('a budget comes back steadily, and never as a whole at the turn of a minute', () => {
  let now = 59.5
  const budget = createBudget({ perMinute: 60, clock: () => now })
  const takenAt = (at: number) => {
    now = at
    let taken = 0
    while (budget.take('m')) taken++
    return taken
  }
  expect([takenAt(59.5), takenAt(60), takenAt(60.5), takenAt(70.5), takenAt(130.5)]).toEqual([60, 0, 1, 10, 60])
})

test('who has spent nothing for a minute is forgotten', () => {
  let now = 0
  const budget = createBudget({ perMinute: 10, clock: () => now })
  budget.spend('m', 25)
  expect(budget.spent('m')).toBe(25)
  now = 60
  budget.spend('a', 1)
  expect([budget.spent('m'), budget.take('m')]).toEqual([15, false])
  now = 150
  expect(budget.spent('m')).toBe(0)
})

test('a clock that is put back keeps nobody waiting for longer than a minute', () => {
  let now = 100_000
  const budget = createBudget({ perMinute: 60, clock: () => now })
  budget.spend('m', 60)
  now = 10
  expect(budget.take('m')).toBe(false)
  now = 70
  expect(budget.take('m', 60)).toBe(true)
})

test('others are not counted with whoever has spent all', () => {
  const budget = createBudget({ perMinute: 2, clock: () => 0 })
  expect([budget.take('m', 2), budget.take('m'), budget.take('a', 2), budget.take('b', 3)]).toEqual([
    true,
    false,
    true,
    false,
  ])
})
