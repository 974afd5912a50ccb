/**
 * The tables. Times of envelopes and versions of policies are uint64: the columns hold them less 2^63, which keeps their
 * order in a bigint. Text is compared by bytes.
 */
const first = `
  create table if not exists envelopes (
    sequence bigint not null,
    topic text collate "C" not null,
    time bigint not null,
    digest bytea not null,
    message bytea not null,
    use bytea,
    counter bigint,
    tag bytea,
    primary key (topic, sequence),
    unique (topic, time, digest)
  );
  alter table envelopes alter column message set storage external;
  alter table envelopes add column if not exists paid bytea;
  create table if not exists counters (name text primary key, value bigint not null) with (fillfactor = 50);
  insert into counters values ('sequence', 0) on conflict do nothing;
  create table if not exists lanes (
    use bytea primary key,
    topic text collate "C" not null,
    holder bytea not null,
    units integer not null,
    expires_at bigint not null,
    envelopes bigint not null,
    tag bytea,
    signed_grant bytea not null,
    used_units integer not null default 0,
    used_envelopes bigint not null default 0,
    counter bigint not null default 0
  ) with (fillfactor = 60);
  create index if not exists lanes_of_holder on lanes (topic, holder);
  create index if not exists lanes_by_end on lanes (expires_at);
  alter table lanes add column if not exists payer bytea;
  alter table lanes add column if not exists connection bytea;
  alter table lanes add column if not exists paid bytea;
  create table if not exists nullifiers (nullifier bytea primary key, use bytea not null);
  alter table nullifiers add column if not exists y bytea;
  alter table nullifiers add column if not exists kind smallint;
  alter table nullifiers add column if not exists class integer;
  alter table nullifiers add column if not exists kept_until bigint;
  create table if not exists leaks (secret bytea primary key, class integer not null);
  create table if not exists topics (
    topic text collate "C" primary key,
    owner text not null,
    claimed boolean not null,
    closed boolean not null,
    open boolean not null
  );
  create table if not exists policies (
    owner text collate "C" not null,
    version bigint not null,
    document bytea not null,
    superseded_at bigint,
    primary key (owner, version)
  );
  create table if not exists blocks (
    owner text collate "C" primary key,
    version bigint not null,
    salt bytea not null,
    entries bytea not null
  );
  create table if not exists tallies (
    kind text not null,
    who text collate "C" not null,
    day integer not null,
    count bigint not null,
    primary key (kind, who, day)
  );
  create table if not exists parked (
    wallet text collate "C" not null,
    recipient text collate "C" not null,
    topic text collate "C" not null,
    publish bytea not null,
    parked_at bigint not null,
    primary key (wallet, recipient)
  );
  alter table parked add column if not exists caller text not null default '';
  drop index if exists parked_for_recipient;
  create table if not exists checkpoints (sequence bigint primary key, signed bytea not null, issued_at bigint not null);
  create table if not exists marks (day integer primary key, sequence bigint not null);
  create table if not exists secrets (name text primary key, value bytea not null);
`

/** What makes the tables what they are, from each version to the next; a step that was published never changes. */
export const steps: readonly string[] = [
  first,
  'alter table lanes add column shown bytea',
  'alter table envelopes rename column paid to evidence; alter table lanes rename column paid to evidence',
]
