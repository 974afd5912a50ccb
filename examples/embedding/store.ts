import { DatabaseSync } from 'node:sqlite'
import { fromBytes, toBytes32, xOf } from '@pennypost/sdk/crypto'
import type { LaneState, OpenedLane, UsedShare } from '@pennypost/sdk/verifier'

const schema = `
  pragma journal_mode = wal;
  pragma synchronous = full;
  pragma busy_timeout = 10000;
  create table if not exists checkpoints (sequence integer primary key, signed blob not null);
  create table if not exists nullifiers (nullifier blob primary key, use blob not null, y blob not null);
  create table if not exists lanes (
    use blob primary key, shown blob not null, grant_bytes blob not null, topic text not null, holder blob not null, units integer not null,
    expires_at integer not null, envelopes integer not null, used_units integer not null default 0,
    used_envelopes integer not null default 0, counter integer not null default 0
  );
  create table if not exists letters (digest blob primary key, topic text not null, message blob not null);
`

export type Store = DatabaseSync

/** What a host must not forget. A stamp's nullifier is kept for ever: there is no other trace of its use. */
export function openStore(path: string): Store {
  const db = new DatabaseSync(path)
  db.exec(schema)
  return db
}

/** All of what is done in it is kept, or nothing; nobody else writes meanwhile, in this process or another. */
export function transact<T>(db: Store, act: () => T): T {
  db.exec('begin immediate')
  try {
    const result = act()
    db.exec('commit')
    return result
  } catch (error) {
    db.exec('rollback')
    throw error
  }
}

/** A lane's grant, and the digest of the evidence that opened it. */
type Kept = { readonly grant: Uint8Array; readonly shown: Uint8Array }

export function grantOf(db: Store, use: Uint8Array): Kept | undefined {
  const row = db.prepare('select grant_bytes as grant, shown from lanes where use = ?').get(use)
  return row as Kept | undefined
}

/** What a nullifier has shown before. */
export function shareOf(db: Store, nullifier: Uint8Array): UsedShare | undefined {
  const row = db.prepare('select use, y from nullifiers where nullifier = ?').get(nullifier)
  return row && { x: xOf(row.use as Uint8Array), y: fromBytes(row.y as Uint8Array) }
}

/** Keeps a lane, its grant, and the nullifiers that have opened it. */
export function addLane(db: Store, { lane, nullifiers }: OpenedLane, { grant, shown }: Kept): void {
  const { use, topic, holder, units, expiresAt, envelopes } = lane
  const insert = db.prepare('insert into nullifiers (nullifier, use, y) values (?, ?, ?)')
  for (const { nullifier, y } of nullifiers) insert.run(toBytes32(nullifier), use, toBytes32(y))
  db.prepare(
    `insert into lanes (use, shown, grant_bytes, topic, holder, units, expires_at, envelopes)
      values (?, ?, ?, ?, ?, ?, ?, ?)`,
  ).run(use, shown, grant, topic, holder, units, expiresAt, envelopes)
}

/** A lane, and how much of it is gone. */
export function laneOf(db: Store, use: Uint8Array): LaneState | undefined {
  const row = db
    .prepare(
      `select use, topic, holder, units, envelopes, counter,
        expires_at as expiresAt, used_units as usedUnits, used_envelopes as usedEnvelopes from lanes where use = ?`,
    )
    .get(use)
  return row as LaneState | undefined
}

/** Keeps a letter, and what is left of its lane. */
export function addLetter(db: Store, lane: LaneState, letter: { digest: Uint8Array; message: Uint8Array }): void {
  const { use, topic, usedUnits, usedEnvelopes, counter } = lane
  const update = db.prepare('update lanes set used_units = ?, used_envelopes = ?, counter = ? where use = ?')
  update.run(usedUnits, usedEnvelopes, counter, use)
  const insert = db.prepare('insert into letters (digest, topic, message) values (?, ?, ?)')
  insert.run(letter.digest, topic, letter.message)
}

export const hasLetter = (db: Store, digest: Uint8Array): boolean =>
  db.prepare('select 1 from letters where digest = ?').get(digest) !== undefined

/** Signed checkpoints, oldest first. */
export const checkpointsOf = (db: Store): Uint8Array[] =>
  db
    .prepare('select signed from checkpoints order by sequence')
    .all()
    .map(({ signed }) => signed as Uint8Array)

export function addCheckpoint(db: Store, sequence: bigint, signed: Uint8Array): void {
  db.prepare('insert into checkpoints (sequence, signed) values (?, ?)').run(sequence, signed)
}
