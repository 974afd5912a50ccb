import type { Thread } from '../mailbox/thread.ts'
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
}

/** What sends in one conversation. */
export type Sender = {
  thread(): Thread
  /** Whether the first message is still to be sent. */
  isNew(): boolean
  quote(options: PostageOptions): Promise<SendQuote | Refusal>
  send(content: Content, options: PostageOptions): Promise<Sent | Refusal>
}
