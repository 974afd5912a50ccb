import { decodeInvitation, type Escrow } from '../../codec/index.ts'
import { checksumAddress, equalBytes } from '../../crypto/index.ts'
import type { AccountLog } from '../../log/index.ts'
import { orNothing } from '../session/peer.ts'
import { readLane, type Thread } from './thread.ts'

/** What the log has of a letter to an account that has published no keys. */
export type SentUnattended = ReturnType<typeof sentIn>[number]

/** All of them, in order; of a letter that is out there is a second entry, with its lane. */
export const sentIn = (log: Pick<AccountLog, 'all'>) => log.all('unattended')

/** What such a conversation began with; undefined where it began otherwise. */
export const sentAs = (log: Pick<AccountLog, 'all'>, { topic, peer }: Pick<Thread, 'topic' | 'peer'>) =>
  sentIn(log).findLast(
    ({ recipient, invitation }) =>
      recipient === peer && orNothing(() => decodeInvitation(invitation).topic).includes(topic),
  )

/** What a client of the account has said about how long the key of a letter is kept. */
export type SaidEnd = {
  readonly letter: Uint8Array
  /** Unix seconds; 0 where the letter was taken back. */
  readonly expiresAt: bigint
  readonly version: number
}

/** What holds of all that was said of a letter, in whatever order it is known; of two that are as new, the later end. */
export function endOf(all: readonly SaidEnd[], { letter, expiresAt }: Pick<Escrow, 'letter' | 'expiresAt'>) {
  const said = all.filter((one) => equalBytes(one.letter, letter))
  const ends = said.filter((one) => one.expiresAt > 0n)
  const [newest] = ends.sort((a, b) => b.version - a.version || Number(b.expiresAt - a.expiresAt))
  const { version } = newest ?? { version: 0 }
  return { expiresAt: newest?.expiresAt ?? expiresAt, version, isWithdrawn: ends.length < said.length }
}

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
