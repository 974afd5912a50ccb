import type { Consents } from './consents.ts'
import type { ClientContext } from './context.ts'
import type { Inbox } from './inbox.ts'

/** What the conversations of one client share. */
export type Shared = {
  readonly context: ClientContext
  readonly inbox: Inbox
  readonly consents: Consents
  readonly mirror: boolean
}
