import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type Database, migrate, openPglite, openPostgres } from '../../../service/plugins/database/index.ts'
import { startPostgres } from '../../helpers/postgres.ts'

let postgres: Awaited<ReturnType<typeof startPostgres>>
beforeAll(async () => {
  postgres = await startPostgres()
})
afterAll(() => postgres.stop())

const first = 'create table if not exists letters (id integer primary key)'
const second = `alter table letters add column body text; update letters set body = 'of before'`

describe.each<[string, () => Promise<Database>]>([
  ['PGlite', () => openPglite('test', undefined)],
  ['PostgreSQL', async () => openPostgres('test', await postgres.database())],
])('the tables of a database on %s', (_, open) => {
  let database: Database
  const versionOf = async () => (await database.read({ text: 'select version from schema_version' }))[0]?.version
  beforeEach(async () => {
    database = await open()
    return () => database.close()
  })

  test('a database from before there were versions is taken over with what it holds', async () => {
    await database.script(`${first}; insert into letters values (7)`)
    await migrate(database, [first, second])
    expect(await database.read({ text: 'select * from letters' })).toEqual([{ id: 7, body: 'of before' }])
    expect(await versionOf()).toBe(2)
  })

  test('each step is taken once, however often a program starts', async () => {
    for (const steps of [[first], [first], [first, second], [first, second]]) await migrate(database, steps)
    expect(await versionOf()).toBe(2)
  })

  test('a step that fails leaves nothing behind, and is taken when it can be', async () => {
    await migrate(database, [first])
    await expect(migrate(database, [first, `${second}; select 1 / 0`])).rejects.toThrow()
    expect(await versionOf()).toBe(1)
    await migrate(database, [first, second])
    expect(await versionOf()).toBe(2)
  })

  test('an older program refuses it in one sentence, and changes nothing', async () => {
    await migrate(database, [first, second])
    await expect(migrate(database, [first])).rejects.toMatchObject({
      code: 'database.newer',
      message: expect.stringMatching(/^The database is of version 2, this program knows 1\. Start/),
    })
    expect(await versionOf()).toBe(2)
  })
})
