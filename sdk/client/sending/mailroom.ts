import type { LaneEdges } from '../lanes/lane.ts'
import type { Consents } from '../mailbox/consents.ts'
import type { Following } from '../mailbox/following.ts'
import type { Inbox } from '../mailbox/inbox.ts'
import type { Reading } from '../mailbox/messages.ts'
import type { OwnBlockList } from '../mailbox/own-blocks.ts'
import type { Notifier } from '../postage/notice.ts'
import type { Purse } from '../postage/purse.ts'
import type { Session } from '../session/session.ts'
import type { Prepared } from './prepared.ts'

/** What sending in the conversations of one account works with. */
export type Mailroom = {
  readonly session: Session
  readonly purse: Purse
  readonly edges: LaneEdges
  readonly inbox: Inbox
  readonly reading: Reading
  readonly consents: Consents
  /** Whom the account has blocked. */
  readonly blocks: OwnBlockList
  readonly following: Following
  readonly prepared: Prepared
  /** Tells accounts without keys that mail waits. */
  readonly notices: Notifier
  /** Shows letters to stock apps of this account, too. */
  readonly mirror: 'on' | 'off'
  /** Whether accounts that have published no keys can be written to. */
  readonly unattended: 'on' | 'off'
}
