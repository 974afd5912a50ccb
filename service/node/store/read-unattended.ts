import { UNIT_BYTES } from '@pennypost/sdk/verifier'
import type { Database, Row } from '../../plugins/database/index.ts'
import { batched } from './batched.ts'
import type { UnattendedMail } from './node-store.ts'

/** So many rows are counted, of letters and of lanes: more than there is room for. */
const most = 1000

/**
 * Reads what waits on the topics of unattended addresses: counted each time, so that no count can differ from what is kept.
 * There is a row for each lane, or one where there is none.
 */
export const readUnattended = (database: Database): ((topic: string) => Promise<UnattendedMail>) =>
  batched(database, {
    name: 'unattended',
    text: `select at, kept.*, lane.* from unnest($1::text[]) with ordinality as wanted (topic, at), lateral (
        select count(*) as letters, coalesce(sum(greatest(1, (size + ${UNIT_BYTES - 1}) / ${UNIT_BYTES})), 0) as letter_units from (
          select octet_length(message) as size from envelopes where topic = wanted.topic order by sequence limit ${most}
        ) as letter
      ) as kept left join lateral (
        select use, units, expires_at from lanes
        where topic = wanted.topic and used_envelopes = 0 order by topic, holder limit ${most}
      ) as lane on true`,
    values: (topics: readonly string[]) => [[...topics]],
    take: (rows) => {
      const [{ letters, letter_units: units } = {}] = rows
      return { letters: Number(letters), units: Number(units), open: rows.filter(({ use }) => use).map(laneOf) }
    },
  })

const laneOf = ({ use, units, expires_at }: Row) => ({ use, units, expiresAt: Number(expires_at) })
