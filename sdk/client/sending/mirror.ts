import { decodeSealedInvitation, ownedTopic } from '../../codec/index.ts'
import { addressToBytes, walletHolder } from '../../crypto/index.ts'
import { isOwnBundle } from '../../identity/index.ts'
import { sealInvitation } from '../../xmtp/index.ts'
import { conversationLane, expiryOf } from '../lanes/lane.ts'
import type { ThreadLane } from '../lanes/thread-lane.ts'
import type { Thread } from '../mailbox/thread.ts'
import { publishOpenly } from '../session/publish-openly.ts'
import type { Refusal } from '../session/refusal.ts'
import type { Mailroom } from './mailroom.ts'

/**
 * Shows a letter's conversation to stock clients of this account: an invitation by itself on its own invite topic, a lane
 * for its wallet, and the first message where they look for it. The node learns from it who is in the conversation.
 */
export async function mirrorThread(
  mailroom: Mailroom,
  thread: Thread,
  lane: ThreadLane,
): Promise<{ ok: true } | Refusal> {
  const { session, inbox } = mailroom
  const opened = await lane.open(walletLane(mailroom, thread))
  if (!opened.ok) return opened
  if (inbox.isMirrored(thread.topic)) return opened
  if (thread.first) {
    const { contentTopic, message, timestampNs } = firstEnvelope(thread, thread.first)
    const published = await lane.publish({ contentTopic, message, timestampNs })
    if (!published.ok) return published
  }
  const { keyring, clock, random } = session
  const peer = peerBundle(mailroom, thread)
  if (!peer || thread.conversation.version !== 'v2') return { ok: true }
  const { topic, keyMaterial, context } = thread.conversation
  const invitation = { topic, keyMaterial, context }
  const createdNs = clock.nextNs()
  const message = sealInvitation(keyring, peer, { invitation, createdNs, randomBytes: random })
  const contentTopic = ownedTopic('invite', keyring.identity.address)
  const answer = await publishOpenly(session.named, [{ contentTopic, timestampNs: createdNs, message }])
  if (answer.ok) inbox.receiveInvitation({ contentTopic, timestampNs: createdNs, message })
  return answer
}

function walletLane({ session }: Mailroom, { topic }: Thread) {
  const { keyring, clock } = session
  const holder = walletHolder(addressToBytes(keyring.identity.address))
  return { topic, holder, units: conversationLane.units, expiresAt: expiryOf(clock.seconds(), conversationLane.ttl) }
}

const firstEnvelope = ({ topic, createdNs }: Thread, message: Uint8Array) => ({
  contentTopic: topic,
  timestampNs: createdNs + 1n,
  message,
})

function peerBundle({ session }: Mailroom, { letter }: Thread) {
  if (!letter) return undefined
  const { header } = decodeSealedInvitation(letter.invitation)
  return isOwnBundle(session.keyring.identity, header.sender) ? header.recipient : header.sender
}
