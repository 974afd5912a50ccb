import type { Thread } from '../mailbox/thread.ts'
import { whenAsked } from '../session/when-asked.ts'
import type { Mailroom } from './mailroom.ts'
import type { Sender } from './sender.ts'

/** What sends in a conversation that exists. Its code is fetched when something is to be sent: most conversations are only read. */
export function senderWhenAsked(mailroom: Mailroom, thread: Thread): Sender {
  let made: Sender | undefined
  const { quote, send } = whenAsked<Pick<Sender, 'quote' | 'send'>>(async () => {
    const { createSender } = await import('./create-sender.ts')
    made = createSender(mailroom, { thread })
    return made
  })
  return {
    thread: () => made?.thread() ?? thread,
    isNew: () => made?.isNew() ?? false,
    takesNotice: () => false, // it has begun
    quote,
    send,
  }
}
