import type { Topic } from '@pennypost/sdk/codec'
import { QUOTE_LIFETIME } from '@pennypost/sdk/verifier'
import type { Database, Statement } from '../../plugins/database/index.ts'

const day = 86_400

/** Kinds whose envelopes an operator may let go; what an account is recovered from, or judged by, is not among them. */
export const mailKinds = [
  'sealed',
  'unattended',
  'invite',
  'intro',
  'groupInvite',
  'dm',
  'message',
  'free',
] as const satisfies readonly Topic['kind'][]

/** For how many days envelopes are kept, by kind of topic; for ever where nothing is said, but for {@link unattendedDays}. */
export type Retention = Readonly<Partial<Record<(typeof mailKinds)[number], number>>>

/** Mail for unattended addresses goes though nobody has said so: nobody may ever come for it. */
export const unattendedDays = ({ unattended = 365 }: Retention): number => unattended

/** The longest that may be asked for, in days. */
export const longestRetention = 3650

/** How long a lane is of use after its end: its holder signs for another one in a conversation, however late. */
const lanesAfterEnd = { others: day, conversations: 400 * day } as const
/** Of each conversation, so many of the first lanes are kept for ever: letters hold their keys. */
const firstLanes = 4

/** Forgets what is over, and envelopes that have been kept for long enough. */
export async function sweep(database: Database, now: number, retention: Retention): Promise<void> {
  const today = Math.floor(now / day)
  await database.write([...stateStatements(now), ...laneStatements(now), ...markStatements(today)])
  for (const kind of mailKinds) {
    const days = kind === 'unattended' ? unattendedDays(retention) : retention[kind]
    if (days !== undefined) await forgetMail(database, kind, today - days)
  }
}

const stateStatements = (now: number): Statement[] => [
  { text: 'delete from parked where parked_at < $1', values: [now - 7 * day] },
  { text: `delete from tallies where day < $1 and kind <> 'held'`, values: [Math.floor(now / day) - 1] },
  { text: 'delete from policies where superseded_at < $1', values: [now - QUOTE_LIFETIME] },
  { text: 'delete from nullifiers where kept_until < $1', values: [now] },
]

const inConversation = `lanes.topic ~ '^/xmtp/0/mE?-'`

const laneStatements = (now: number): Statement[] => [
  {
    text: `delete from lanes where expires_at < $1 and (not ${inConversation}
      or exists (
        select from topics where topics.topic = regexp_replace(lanes.topic, '^/xmtp/0/mE-', '/xmtp/0/m-') and closed))`,
    values: [now - lanesAfterEnd.others],
  },
  {
    text: `delete from lanes using (
        select use as which, row_number() over (partition by topic order by expires_at, use) as place from lanes
        where topic in (select topic from lanes where expires_at < $1 and ${inConversation})
      ) as ordered
      where lanes.use = which and place > $2 and expires_at < $1`,
    values: [now - lanesAfterEnd.conversations, firstLanes],
  },
]

/** Envelopes carry their senders' times only: when the node had got how far stands here, once a day. */
const markStatements = (today: number): Statement[] => [
  {
    text: `insert into marks select $1, value from counters where name = 'sequence' on conflict do nothing`,
    values: [today],
  },
  { text: 'delete from marks where day < $1', values: [today - longestRetention - 1] },
]

/** So many at once, so that others write in between. */
const portion = 10_000

/** Forgets envelopes of a kind that were stored before a day. Where wallets have written, that stays known. */
async function forgetMail(database: Database, kind: (typeof mailKinds)[number], before: number): Promise<void> {
  const statement: Statement = {
    text: `with old as (
        select ctid from envelopes where ${topicsOf[kind]}
          and sequence <= (select sequence from marks where day <= $1 order by day desc limit 1) limit ${portion}
      ), gone as (
        delete from envelopes using old where envelopes.ctid = old.ctid returning topic
      ), known as (
        insert into topics select distinct topic, '', false, false, true from gone
        where topic ~ '^/xmtp/0/m-' on conflict do nothing
      )
      select count(*) as count from gone`,
    values: [before],
  }
  for (;;) {
    const [[row] = []] = await database.write([statement])
    if (Number(row?.count ?? 0) < portion) return
  }
}

/** All that start with a name: a range of the index. */
const named = (name: string): string => `topic >= '/xmtp/0/${name}-' and topic < '/xmtp/0/${name}.'`

const topicsOf: Readonly<Record<(typeof mailKinds)[number], string>> = {
  sealed: named('sealed'),
  unattended: named('unattended'),
  invite: named('invite'),
  intro: named('intro'),
  groupInvite: named('groupInvite'),
  dm: named('dm'),
  message: named('m'),
  free: `topic !~ '^/xmtp/0/(contact|privatestore|policy|blocks|sharedlist|log|userpreferences|leaks|sealed|unattended|invite|intro|groupInvite|dm|m)-'`,
}
