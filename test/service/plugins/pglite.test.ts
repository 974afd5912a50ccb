import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openPglite } from '../../../service/plugins/database/pglite.ts'

let directory: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'pennypost-pglite-'))
})
afterEach(() => rm(directory, { recursive: true, force: true }))

const insert = (value: string) => ({ text: 'insert into t values ($1)', values: [value] })
const codeOf = (task: Promise<unknown>) => task.then(String, ({ code }) => code)

test('a statement that the embedded database refuses is not taken for a database that is lost', async () => {
  const database = await openPglite('node', directory)
  await database.script('create table t (a text primary key)')
  await database.write([insert('once')])
  expect(await codeOf(database.write([insert('twice'), insert('once')]))).toBe('23505')
  expect(await database.read({ text: 'select a from t' })).toEqual([{ a: 'once' }])
  await database.close()
})

// A disk without room ends the embedded database in the same way: it writes its log no more.
test('an embedded database that cannot write refuses at once what comes after, and closes', async () => {
  const database = await openPglite('node', directory)
  await database.script('create table t (a text primary key)')
  await rm(join(directory, 'database', 'pg_wal'), { recursive: true })
  await database.write([{ text: 'select pg_switch_wal()' }])
  const tasks = [
    () => database.write([insert('a'), insert('b')]),
    () => database.write([insert('c')]),
    () => database.read({ text: 'select a from t' }),
    () => database.script('select 1'),
  ]
  for (const task of tasks) expect(await codeOf(task())).toBe('database.unavailable')
  await expect(database.read({ text: 'select 1' })).rejects.toThrow('The embedded database has failed.')
  await database.close()
})
