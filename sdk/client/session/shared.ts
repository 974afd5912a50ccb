import type { Consents } from '../mailbox/consents.ts'
import type { Inbox } from '../mailbox/inbox.ts'
import type { ClientContext } from './context.ts'

/** What the conversations of one client share. */
export type Shared = {
  readonly context: ClientContext
  readonly inbox: Inbox
  readonly consents: Consents
  readonly mirror: boolean
}
