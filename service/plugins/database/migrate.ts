import { BaseError } from '@pennypost/sdk/verifier'
import type { Database } from './database.ts'

const versions = `create table if not exists schema_version (
  id integer primary key check (id = 1), version integer not null
);`

/**
 * Brings a database to the newest version of its tables: step by step, each in one transaction with the number that says
 * it was done. A database from before there were numbers is at none: the first step must be one that it may have behind it.
 */
export async function migrate(database: Database, steps: readonly string[]): Promise<void> {
  await database.script(versions)
  const [row] = await database.read({ text: 'select version from schema_version' })
  const version = row?.version ?? 0
  if (version > steps.length) {
    throw new DatabaseNewerError(`The database is of version ${version}, this program knows ${steps.length}.`, {
      hint: 'Start the program that wrote it, or a newer one.',
    })
  }
  for (const [at, step] of steps.entries()) {
    if (at < version) continue
    const numbered = `insert into schema_version values (1, ${at + 1}) on conflict (id) do update set version = ${at + 1}`
    await database.write([{ text: step }, { text: numbered }])
  }
}

/** A newer program has changed the tables; what an older one would write there, nobody could rely on. */
export class DatabaseNewerError extends BaseError {
  readonly code = 'database.newer'
}
