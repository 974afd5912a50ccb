import { UNIT_BYTES } from '@pennypost/sdk/verifier'
import type { Database } from '../../plugins/database/index.ts'
import { batched } from './batched.ts'
import type { UnattendedMail } from './node-store.ts'

/** So many rows are counted, of letters and of lanes: more than there is room for. */
const most = 1000

/** Reads what waits on the topics of unattended addresses: counted each time, so that no count can differ from what is kept. */
export function readUnattended(database: Database): (topic: string) => Promise<UnattendedMail> {
  const values = (topics: readonly string[]) => [[...topics]]
  const kept = batched(database, {
    name: 'unattended',
    text: `select at, count(found.units) as letters, coalesce(sum(found.units), 0) as units
      from unnest($1::text[]) with ordinality as wanted (topic, at) left join lateral (
        select greatest(1, (octet_length(message) + ${UNIT_BYTES - 1}) / ${UNIT_BYTES}) as units
        from envelopes where topic = wanted.topic order by sequence limit ${most}
      ) as found on true group by at`,
    values,
    take: ([{ letters, units } = {}]) => ({ letters: Number(letters), units: Number(units) }),
  })
  const open = batched(database, {
    name: 'unattended-lanes',
    text: `select at, found.* from unnest($1::text[]) with ordinality as wanted (topic, at), lateral (
        select use, units, expires_at from lanes
        where topic = wanted.topic and used_envelopes = 0 order by topic, holder limit ${most}
      ) as found`,
    values,
    take: (rows) => rows.map(({ use, units, expires_at }) => ({ use, units, expiresAt: Number(expires_at) })),
  })
  return async (topic) => {
    const [counts, lanes] = await Promise.all([kept(topic), open(topic)])
    return { ...counts, open: lanes }
  }
}
