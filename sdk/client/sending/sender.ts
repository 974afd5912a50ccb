import type { Thread } from '../mailbox/thread.ts'
import type { NoticeOutcome } from '../postage/notice.ts'
import type { PostageOptions } from '../postage/options.ts'
import type { PaymentRate } from '../postage/payment-means.ts'
import type { SendQuote } from '../postage/quote.ts'
import type { Path } from '../session/events.ts'
import type { Refusal } from '../session/refusal.ts'
import type { Content } from './content.ts'

/** A message that was delivered. */
export type Sent = {
  readonly ok: true
  readonly id: string
  readonly topic: string
  readonly path: Path
  /** What it cost in the token's smallest unit: stamps, base and tip; 0 in a conversation that is under way. */
  readonly price: bigint
  /** What was paid for it in the sender's name; the bond usually comes back. */
  readonly payment?: (PaymentRate & { readonly id: Uint8Array }) | undefined
  /** What came of the notice that was to go with it; where it did not, `notices.send` can be called. */
  readonly notice?: NoticeOutcome | undefined
}

/** What sends in one conversation. */
export type Sender = {
  thread(): Thread
  /** Whether the first message is still to be sent. */
  isNew(): boolean
  /** Whether that is a letter to an account without keys, which a notice can go with. */
  takesNotice(): boolean
  quote(options: PostageOptions): Promise<SendQuote | Refusal>
  send(content: Content, options: PostageOptions): Promise<Sent | Refusal>
}
