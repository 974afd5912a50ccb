/**
 * The tables. `operations` is the note log with what follows from it: the leaf, the chain and the roots after each operation,
 * of all trees (`root`), of the leaf's tree, and of its subtree there (`node`). `blocks` are the newest blocks that were
 * read to their end. A row of `checkpoints` without `signed` was made and waits for signatures. `stakes`, `leaks`,
 * `registry` (offices and terms) and `connections` are events of the contracts in `ledger_source`, read up to the newest of
 * `ledger_blocks`.
 */
const first = `
  create table if not exists deployment (
    id integer primary key check (id = 1),
    description text not null
  );
  create table if not exists operations (
    index bigint primary key,
    kind smallint not null,
    leaf_index bigint not null,
    commitment bytea not null,
    class_id bytea not null,
    ticket_limit integer not null,
    expiry bigint not null,
    leaf bytea not null,
    chain bytea not null,
    root bytea not null,
    block bigint not null,
    tree integer not null,
    subtree integer not null,
    tree_root bytea not null,
    node bytea not null
  );
  create index if not exists operations_of_tree on operations (tree, index);
  create index if not exists operations_of_subtree on operations (tree, subtree, index);
  create index if not exists operations_of_leaf on operations (leaf_index, kind);
  create index if not exists operations_of_block on operations (block);
  create table if not exists blocks (number bigint primary key, hash text not null);
  create table if not exists checkpoints (
    sequence bigint primary key,
    checkpoint bytea not null,
    operations bigint not null,
    log_hash bytea not null,
    signed bytea
  );
  create table if not exists ledger_source (id integer primary key check (id = 1), description text not null);
  create table if not exists ledger_blocks (number bigint primary key, hash text not null);
  create table if not exists stakes (
    block bigint not null,
    log_index integer not null,
    contract text not null,
    staker text not null,
    class integer not null,
    leaf_index bigint not null,
    commitment bytea not null,
    secret_hash bytea not null,
    person_hash bytea not null,
    is_false boolean not null,
    primary key (block, log_index)
  );
  create index if not exists stakes_of_secret on stakes (secret_hash);
  create index if not exists stakes_that_are_false on stakes (block) where is_false;
  create table if not exists leaks (
    block bigint not null,
    log_index integer not null,
    secret bytea not null,
    until bigint not null,
    primary key (block, log_index)
  );
  create table if not exists registry (
    block bigint not null,
    log_index integer not null,
    kind text not null,
    body text not null,
    primary key (block, log_index)
  );
  create table if not exists connections (
    block bigint not null,
    log_index integer not null,
    kind text not null,
    granter text not null,
    writer text not null,
    uid text not null,
    expires_at numeric not null,
    primary key (block, log_index)
  );
  create index if not exists connections_of_granter on connections (granter);
  create index if not exists connections_of_writer on connections (writer);
  create index if not exists connections_of_uid on connections (uid);
`

/** What the notes of stakes are compared by. */
const second = 'create index if not exists stakes_of_leaf on stakes (leaf_index);'

/** Terms that were read before they had issuers: those had none. */
const third = `update registry set body = '{"issuers":[],' || substr(body, 2) where kind = 'terms'`

/**
 * What an issuer of facts keeps: by which block a chain's facts are judged in an epoch, who each account says that it is, and
 * everything signed, one note of an account, class and epoch.
 */
const facts = `
  create table if not exists fact_salt (id integer primary key check (id = 1), salt bytea not null);
  create table if not exists fact_blocks (
    chain_id numeric not null,
    epoch bigint not null,
    number bigint not null,
    hash text not null,
    time bigint not null,
    primary key (chain_id, epoch)
  );
  create table if not exists fact_persons (subject text primary key, person_hash bytea not null, since bigint not null);
  create table if not exists fact_notes (
    number bigint primary key,
    id text not null unique,
    subject text not null,
    alias bytea not null,
    class_id bytea not null,
    epoch bigint not null,
    condition text not null,
    secret_hash bytea not null,
    person_hash bytea not null,
    commitment bytea not null,
    block_number bigint not null,
    block_hash text not null,
    r8x bytea not null,
    r8y bytea not null,
    s bytea not null,
    chain bytea not null,
    unique (subject, epoch, class_id)
  );
`

/** Where long looks for facts were left off. */
const scans = `
  create table if not exists fact_scans (
    subject text not null,
    class_id bytea not null,
    epoch bigint not null,
    place text not null,
    primary key (subject, epoch, class_id)
  );
`

/** Claims by name are in one log with notes: of an account, class and epoch one in each form. */
const claims = `
  alter table fact_notes add column if not exists form text not null default 'note';
  alter table fact_notes add column if not exists salt bytea;
  alter table fact_notes add column if not exists digest bytea;
  alter table fact_notes add column if not exists document text;
  alter table fact_notes alter column secret_hash drop not null;
  alter table fact_notes alter column person_hash drop not null;
  alter table fact_notes alter column commitment drop not null;
  alter table fact_notes alter column r8x drop not null;
  alter table fact_notes alter column r8y drop not null;
  alter table fact_notes alter column s drop not null;
  alter table fact_notes add column if not exists signature bytea;
  alter table fact_notes drop constraint if exists fact_notes_subject_epoch_class_id_key;
  create unique index if not exists fact_notes_by_form on fact_notes (subject, epoch, class_id, form);
`

/** What makes the tables what they are, from each version to the next; a step that was published never changes. */
export const steps: readonly string[] = [first, second, third, facts, scans, claims]
