import type { AccountLog } from '../../log/index.ts'
import { openInvitation } from '../../xmtp/index.ts'
import type { readLetterPayment } from '../postage/letter-payment.ts'
import type { Session } from '../session/session.ts'
import type { readLane, Thread } from './thread.ts'

/** A letter as the account keeps it: its invitation opens the conversation, and its message may have come with it. */
export type KeptLetter = NonNullable<Thread['letter']> & { readonly first: Uint8Array }

/** A letter of the account's log, with the lane and the payments that came with it. */
export type LoggedLetter = {
  readonly letter: KeptLetter
  readonly lane: Parameters<typeof readLane>[1] | undefined
  readonly payments?: readonly Parameters<typeof readLetterPayment>[0][]
}

/** The letters that the log has: those sent; and those received, what was answered first. */
export function loggedLetters(log: Pick<AccountLog, 'all'>): {
  readonly sent: LoggedLetter[]
  readonly received: LoggedLetter[]
} {
  const sent = log.all('sent').map(({ invitation, message, lane }) => {
    return { letter: { invitation, first: message, isOwn: true }, lane }
  })
  const accepted = log.all('accepted').map((entry) => received(entry, { isAnswered: true }))
  const opened = log.all('opened').flatMap((entry) => (entry.accepted ? [received(entry.accepted, {})] : []))
  return { sent, received: [...accepted, ...opened] }
}

type Accepted = {
  readonly lane?: LoggedLetter['lane']
  readonly invitation: Uint8Array
  readonly message: Uint8Array
  readonly tag: Uint8Array
  readonly payments: NonNullable<LoggedLetter['payments']>
}

const received = (
  { invitation, message, lane, tag, payments }: Accepted,
  known: Pick<KeptLetter, 'isAnswered'>,
): LoggedLetter => ({
  letter: { invitation, first: message, isOwn: false, ...known, tag: tag.length > 0 ? tag : undefined },
  lane,
  payments,
})

/** The conversation that a letter begins. */
export function letterThread({ keyring }: Pick<Session, 'keyring'>, { invitation, first }: KeptLetter): Thread {
  const conversation = openInvitation(keyring, invitation)
  const { topic, peer, createdNs } = conversation
  return { kind: 'letter', topic, peer, createdNs, conversation, first: first.length > 0 ? first : undefined }
}
