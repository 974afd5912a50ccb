import { expect, test } from 'vitest'
import { logDatabase, measureDatabase } from '../../../service/plugins/database/index.ts'
import { DatabaseUnavailableError } from '../../../service/plugins/database/postgres.ts'
import { createMetrics } from '../../../service/prover/metrics.ts'

test('a log says once that the database is lost, with why, and once that it is back', async () => {
  const state: { fault: Error | undefined } = { fault: undefined }
  const task = async () => {
    if (state.fault) throw state.fault
    return [{ bytes: '1' }]
  }
  const { registry } = createMetrics()
  const database = measureDatabase(
    { read: task, write: async () => [await task()], script: async () => {}, close: async () => {} },
    registry,
  )
  const lines: string[] = []
  const error = (...args: unknown[]) => void lines.push(`error ${(args[0] as { err: Error }).err.message} ${args[1]}`)
  logDatabase(database, { error, info: (...args: unknown[]) => void lines.push(`info ${args[0]}`) })

  const ask = () => database.read({ text: 'select 1' }).catch(() => undefined)
  await ask()
  state.fault = new Error('a statement is wrong')
  await ask()
  expect(lines).toEqual([])
  state.fault = new DatabaseUnavailableError('It cannot be reached.')
  for (let i = 0; i < 3; i++) await Promise.all([ask(), database.write([]).catch(() => undefined)])
  expect(lines).toEqual(['error It cannot be reached. The database is lost.'])
  state.fault = undefined
  await Promise.all([ask(), ask()])
  expect(lines.slice(1)).toEqual(['info The database answers again.'])
  expect(await registry.metrics()).toContain('pennypost_database_failures_total 7')
})
