import type { Database, Row } from '../../plugins/database/index.ts'
import { inPieces } from '../in-pieces.ts'
import type { StoreAfter, StoreQuery } from './node-store.ts'
import { toColumn } from './rows.ts'

/** So many topics are looked up in one statement: an embedded database does nothing else meanwhile. */
export const topicsAtOnce = 250

/**
 * Of more topics than are looked up at once those that a page is made of, found a part at a time, so that others have their
 * turn in between: the page of these few is the page of all.
 */
export async function topicsOfPage(database: Database, query: StoreQuery): Promise<readonly string[]> {
  const order = orderByTime(query.descending)
  return narrow(query, { most: query.limit + 1, order, look: (topics) => database.read(pageKeys(query, topics)) })
}

/** The same of a stream; `upTo` is the newest that is looked for: what is stored between two parts would leave a gap. */
export async function topicsAfter(
  database: Database,
  query: StoreAfter & { readonly upTo: bigint },
): Promise<readonly string[]> {
  const look = (topics: readonly string[]): Promise<Row[]> => database.read(keysAfter(query, topics))
  return narrow(query, { most: query.limit, order: bySequence, look })
}

type Order = (a: Row, b: Row) => number

async function narrow(
  { topics }: { readonly topics: readonly string[] },
  { most, order, look }: { most: number; order: Order; look: (topics: readonly string[]) => Promise<Row[]> },
): Promise<readonly string[]> {
  const all = [...new Set(topics)]
  if (all.length <= topicsAtOnce) return all
  let found: Row[] = []
  for await (const piece of inPieces(all, topicsAtOnce)) {
    const rows = await look(piece)
    found = [...found, ...rows].sort(order).slice(0, most)
  }
  return [...new Set(found.map(({ topic }) => topic as string))]
}

const orderByTime =
  (descending: boolean): Order =>
  (a, b) => {
    const byTime = Number(BigInt(a.time) - BigInt(b.time)) || Buffer.compare(a.digest, b.digest)
    return descending ? -byTime : byTime
  }

const bySequence: Order = (a, b) => Number(BigInt(a.sequence) - BigInt(b.sequence))

const maxTime = (1n << 64n) - 1n

function pageKeys({ startTimeNs, endTimeNs, cursor, descending, limit }: StoreQuery, topics: readonly string[]) {
  const direction = descending ? 'desc' : 'asc'
  const beyond = cursor && `and (time, digest) ${descending ? '<' : '>'} ($5::bigint, $6::bytea)`
  return {
    name: `page-topics-${direction}${cursor ? '-after' : ''}`,
    text: `
      select found.* from unnest($1::text[]) as wanted (topic), lateral (
        select topic, time, digest from envelopes
        where topic = wanted.topic and time >= $2::bigint and time <= $3::bigint
          ${beyond ?? 'and $5::bigint is null and $6::bytea is null'}
        order by time ${direction}, digest ${direction} limit $4::bigint + 1
      ) as found
      order by time ${direction}, digest ${direction} limit $4::bigint + 1`,
    values: [
      topics,
      toColumn(startTimeNs),
      toColumn(endTimeNs === 0n ? maxTime : endTimeNs),
      limit,
      cursor ? toColumn(cursor.senderTimeNs) : null,
      cursor?.digest ?? null,
    ],
  }
}

function keysAfter({ sequence, limit, upTo }: StoreAfter & { readonly upTo: bigint }, topics: readonly string[]) {
  return {
    name: 'after-topics',
    text: `
      select found.* from unnest($1::text[]) as wanted (topic), lateral (
        select topic, sequence from envelopes
        where topic = wanted.topic and sequence > $2::bigint and sequence <= $4::bigint
        order by sequence limit $3::bigint
      ) as found
      order by sequence limit $3::bigint`,
    values: [topics, sequence, limit, upTo],
  }
}
