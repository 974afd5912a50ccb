import type { Leak } from '@pennypost/sdk/codec'
import type { LaneState } from '@pennypost/sdk/verifier'
import type { Statement } from '../../plugins/database/index.ts'
import type { Change, NewEnvelope, NewLane, Parked, ParkedKey } from './node-store.ts'
import { packEnvelopes, toColumn } from './rows.ts'

/**
 * Stores envelopes and moves their lanes on, in one statement: what nearly every transaction is. All bytes travel as one
 * parameter and are cut apart by the database, which costs a third of an array of them. Lanes are found one by one, as in
 * {@link batched}, however few there were when the plan was made.
 */
export function storeEnvelopes(
  envelopes: readonly (NewEnvelope & { readonly sequence: bigint })[],
  { lanes, last }: { readonly lanes: readonly LaneState[]; readonly last: bigint },
): Statement {
  const { blob, offsets, lengths } = packEnvelopes(envelopes)
  return {
    name: 'store-envelopes',
    text: storeText,
    values: [
      envelopes.map(({ sequence }) => sequence),
      envelopes.map(({ contentTopic }) => contentTopic),
      envelopes.map(({ timestampNs }) => toColumn(timestampNs)),
      offsets,
      lengths,
      envelopes.map(({ use, counter }) => (use ? (counter ?? 0) : null)),
      envelopes.map(({ tag }) => (tag ? 32 : 0)),
      envelopes.map(({ evidence }) => evidence?.length ?? 0),
      blob,
      lanes.map(({ usedUnits }) => usedUnits),
      lanes.map(({ usedEnvelopes }) => usedEnvelopes),
      lanes.map(({ counter }) => counter),
      Buffer.concat(lanes.map(({ use }) => use)),
      last,
    ],
  }
}

const storeText = `
  with row as (
    select *, at + 32 + case when counter is not null then 32 else 0 end as after_use
    from unnest($1::bigint[], $2::text[], $3::bigint[], $4::integer[], $5::integer[], $6::bigint[], $7::integer[], $8::integer[])
      as row (sequence, topic, time, at, length, counter, tagged, evidence)
  ), given as (
    select sequence, topic, time, counter,
      substring($9::bytea from at for 32) as digest,
      case when counter is not null then substring($9::bytea from at + 32 for 32) end as use,
      case when tagged > 0 then substring($9::bytea from after_use for 32) end as tag,
      case when evidence > 0 then substring($9::bytea from after_use + tagged for evidence) end as evidence,
      substring($9::bytea from after_use + tagged + evidence for length) as message
    from row
  ), used as (
    select units, envelopes, counter, substring($13::bytea from (at::integer - 1) * 32 + 1 for 32) as use
    from unnest($10::integer[], $11::bigint[], $12::bigint[]) with ordinality as row (units, envelopes, counter, at)
  ), moved as (
    update lanes set used_units = used.units, used_envelopes = used.envelopes, counter = used.counter
    from used, lateral (select ctid from lanes where use = used.use limit 1) as found where lanes.ctid = found.ctid
  ), counted as (
    update counters set value = $14::bigint where name = 'sequence' and value < $14::bigint
  )
  insert into envelopes (sequence, topic, time, digest, message, use, counter, tag, evidence)
  select sequence, topic, time, digest, message, use, counter, tag, evidence from given
  on conflict (topic, time, digest) do nothing
  returning sequence`

/** Counts what stores no envelope. */
export const count = (last: bigint): Statement => ({
  name: 'count',
  text: `update counters set value = $1 where name = 'sequence' and value < $1`,
  values: [last],
})

/** The rarer parts of a change. */
export function otherStatements(change: Change): Statement[] {
  return [
    ...(change.newLane ? openStatements(change.newLane) : []),
    ...(change.leak ? [keepLeak(change.leak)] : []),
    ...(change.topics ?? []).map(({ topic, owner, claimed, closed, open }) => ({
      name: 'set-topic',
      text: `insert into topics values ($1, $2, $3, $4, $5) on conflict (topic)
        do update set owner = $2, claimed = $3, closed = $4, open = $5`,
      values: [topic, owner, claimed, closed, open],
    })),
    ...(change.policies ?? []).map(({ owner, version }) => ({
      name: 'set-policy',
      text: `insert into policies values ($1, $2, $3, $4) on conflict (owner, version) do update set superseded_at = $4`,
      values: [owner, toColumn(version.version), version.document, version.supersededAt ?? null],
    })),
    ...(change.blocks ?? []).map(({ owner, list: { version, salt, entries } }) => ({
      name: 'set-blocks',
      text: `insert into blocks values ($1, $2, $3, $4) on conflict (owner)
        do update set version = $2, salt = $3, entries = $4 where blocks.version < $2`,
      values: [owner, toColumn(version), salt, entries],
    })),
    ...(change.tallies ?? []).map(({ kind, who, day, count }) => ({
      name: 'set-tally',
      text: `insert into tallies values ($1, $2, $3, $4) on conflict (kind, who, day)
        do update set count = greatest(tallies.count, $4)`,
      values: [kind, who, day, count],
    })),
    ...(change.park ? [park(change.park)] : []),
    ...(change.unpark ?? []).map(unpark),
  ]
}

function openStatements({ lane, grant, shown, nullifiers }: NewLane): Statement[] {
  const { use, topic, holder, units, expiresAt, envelopes } = lane
  const { tag = null, payers = [], evidence = null, connections = [] } = lane
  return [
    {
      name: 'open-lane',
      text: `insert into lanes (use, topic, holder, units, expires_at, envelopes, tag, payer, evidence, connection, signed_grant, shown)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
      values: [
        use,
        topic,
        holder,
        units,
        expiresAt,
        envelopes,
        tag,
        joined(payers),
        evidence,
        joined(connections),
        grant,
        shown,
      ],
    },
    ...nullifiers.map(({ nullifier, y, kind, classNumber, until = null }) => ({
      name: 'use-nullifier',
      text: 'insert into nullifiers (nullifier, use, y, kind, class, kept_until) values ($1, $2, $3, $4, $5, $6)',
      values: [nullifier, use, y, kind, classNumber, until],
    })),
  ]
}

/** Several of one length in one column. */
const joined = (parts: readonly Uint8Array[]): Buffer | null => (parts.length > 0 ? Buffer.concat(parts) : null)

/** Fails where the secret is kept already, and with it what publishes it again. */
const keepLeak = ({ secret, classNumber }: Leak): Statement => ({
  name: 'keep-leak',
  text: 'insert into leaks values ($1, $2)',
  values: [secret, classNumber],
})

const park = ({ wallet, recipient, topic, publish, caller, parkedAt }: Parked): Statement => ({
  name: 'park',
  text: `insert into parked (wallet, recipient, topic, publish, parked_at, caller) values ($1, $2, $3, $4, $5, $6)
    on conflict (wallet, recipient) do update set topic = $3, publish = $4, parked_at = $5, caller = $6`,
  values: [wallet, recipient, topic, publish, parkedAt, caller],
})

const unpark = ({ wallet, recipient }: ParkedKey): Statement => ({
  name: 'unpark',
  text: 'delete from parked where wallet = $1 and recipient = $2',
  values: [wallet, recipient],
})
