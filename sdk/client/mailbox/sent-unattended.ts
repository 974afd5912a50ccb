import { decodeInvitation } from '../../codec/index.ts'
import { checksumAddress } from '../../crypto/index.ts'
import type { AccountLog } from '../../log/index.ts'
import { orNothing } from '../session/peer.ts'
import { readLane, type Thread } from './thread.ts'

/** What the log has of a letter to an account that has published no keys. */
export type SentUnattended = ReturnType<typeof sentIn>[number]

/** All of them, in order; of a letter that is out there is a second entry, with its lane. */
export const sentIn = (log: Pick<AccountLog, 'all'>) => log.all('unattended')

/** The conversation that such a letter has begun; none where nobody knows whether it has left. */
export function threadOfUnattended({ invitation, message, lane, recipient, createdNs }: SentUnattended): Thread[] {
  if (!lane) return []
  return orNothing(() => {
    const peer = checksumAddress(recipient)
    const conversation = { version: 'v2' as const, ...decodeInvitation(invitation), peer, createdNs }
    const { topic } = conversation
    const first = message.length > 0 ? message : undefined
    const letter = { invitation, isOwn: true }
    return { kind: 'letter', topic, peer, createdNs, conversation, first, lane: readLane(topic, lane), letter }
  })
}
