/**
 * The tables. What is held of a deposit is encrypted, as are answers and claims; recipients and channels are blinded. `state` is
 * 0 while a share is there, 1 once it is released, 2 once it is withdrawn.
 */
const first = `
  create table if not exists deposits (
    number bigserial primary key,
    id bytea not null unique,
    channel bytea not null unique,
    recipient bytea not null,
    expires_at bigint not null,
    sealed bytea not null,
    state smallint not null default 0,
    version bigint not null default 0,
    is_acknowledged boolean not null default false
  );
  create index if not exists deposits_by_end on deposits (expires_at);
  create table if not exists answers (
    number bigint primary key references deposits on delete cascade,
    key_id bytea not null,
    sealed bytea not null,
    is_published boolean not null default false,
    attempts integer not null default 0,
    next_at bigint not null
  );
  create table if not exists claims (
    number bigint not null references deposits on delete cascade,
    key_id bytea not null,
    sealed bytea not null,
    attempts integer not null default 0,
    next_at bigint not null,
    primary key (number, key_id)
  );
  create table if not exists positions (name text primary key, sequence bigint not null);
`

/** What makes the tables what they are, from each version to the next; a step that was published never changes. */
export const steps: readonly string[] = [first]
