import type { Database, Statement } from '../../plugins/database/index.ts'
import { batched } from './batched.ts'
import { topicsAfter, topicsOfPage } from './narrow.ts'
import type { EnvelopeKey, StoreAfter, StoredEnvelope, StorePage, StoreQuery } from './node-store.ts'
import { envelopeColumns, envelopeOf, toColumn } from './rows.ts'

/** A page ends where its messages, and what was shown for them, would exceed this; it has one envelope at least. */
const pageBytes = 1024 * 1024

const sizeColumn = 'octet_length(message) + coalesce(octet_length(evidence), 0)'

const maxTime = (1n << 64n) - 1n

/** One page; each topic is walked by its own index, so that the page costs its rows, not the topics' lengths. */
export async function readPage(database: Database, query: StoreQuery): Promise<StorePage> {
  const topics = await topicsOfPage(database, query)
  const rows = await database.read(pageStatement({ ...query, topics }))
  const envelopes = rows.map(envelopeOf)
  return { envelopes, more: rows.at(-1)?.total > rows.length }
}

function pageStatement(query: StoreQuery): Statement {
  const { topics, startTimeNs, endTimeNs, cursor, descending, limit, bytes = pageBytes } = query
  const direction = descending ? 'desc' : 'asc'
  const beyond = descending ? '<' : '>'
  const digest = cursor?.digest ?? null
  return {
    name: `page-${direction}${cursor ? '-after' : ''}`,
    text: `
      with keys as (
        select found.* from unnest($1::text[]) as wanted (topic), lateral (
          select sequence, topic, time, digest, ${sizeColumn} as size from envelopes
          where topic = wanted.topic and time >= $2::bigint and time <= $3::bigint
            ${cursor ? `and (time, digest) ${beyond} ($5::bigint, $6::bytea)` : 'and $5::bigint is null and $6::bytea is null'}
          order by time ${direction}, digest ${direction} limit $4::bigint + 1
        ) as found
        order by time ${direction}, digest ${direction} limit $4::bigint + 1
      ), page as (
        select *, row_number() over walk as target, sum(size) over walk as bytes, count(*) over () as total
        from keys window walk as (order by time ${direction}, digest ${direction})
      )
      select page.total, envelopes.* from page join envelopes using (topic, sequence)
      where target <= $4::bigint and (target = 1 or bytes <= $7::bigint)
      order by target`,
    values: [
      topics,
      toColumn(startTimeNs),
      toColumn(endTimeNs === 0n ? maxTime : endTimeNs),
      limit,
      cursor ? toColumn(cursor.senderTimeNs) : null,
      digest,
      bytes,
    ],
  }
}

/** Envelopes after a sequence, over all topics in the order of sequences; none if there are no more up to another one. */
export async function readAfter(
  database: Database,
  query: StoreAfter & { readonly upTo: bigint },
): Promise<StoredEnvelope[]> {
  const { sequence, limit, upTo, bytes = pageBytes } = query
  const topics = await topicsAfter(database, query)
  const rows = await database.read({
    name: 'after',
    text: `
      with keys as (
        select found.* from unnest($1::text[]) as wanted (topic), lateral (
          select topic, sequence, ${sizeColumn} as size from envelopes
          where topic = wanted.topic and sequence > $2::bigint and sequence <= $5::bigint
          order by sequence limit $3::bigint
        ) as found
        order by sequence limit $3::bigint
      ), page as (select *, sum(size) over (order by sequence) - size as before from keys)
      select ${envelopeColumns} from page join envelopes using (topic, sequence)
      where before < $4::bigint order by sequence`,
    values: [topics, sequence, limit, bytes, upTo],
  })
  return rows.map(envelopeOf)
}

/** Reads the envelope of a key. */
export const readEnvelope = (database: Database) =>
  batched(database, {
    name: 'find',
    text: `select at, found.*
      from unnest($1::text[], $2::bigint[], $3::bytea[]) with ordinality as wanted (topic, time, digest, at), lateral (
        select ${envelopeColumns} from envelopes
        where topic = wanted.topic and time = wanted.time and digest = wanted.digest limit 1
      ) as found`,
    values: (keys: readonly EnvelopeKey[]) => [
      keys.map(({ contentTopic }) => contentTopic),
      keys.map(({ timestampNs }) => toColumn(timestampNs)),
      keys.map(({ digest }) => Buffer.from(digest)),
    ],
    take: ([row]): StoredEnvelope | undefined => row && envelopeOf(row),
  })
