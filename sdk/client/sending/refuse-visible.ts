import type { Address } from '../../crypto/index.ts'
import type { PostageOptions } from '../postage/options.ts'
import { rememberedPeer } from '../session/known-peers.ts'
import { type Refusal, refuse } from '../session/refusal.ts'
import type { Mailroom } from './mailroom.ts'

type Ask = Pick<PostageOptions, 'path' | 'quote'> & {
  readonly peer: Address
  /** Whether there is a conversation in the open with the peer, which the node has seen begin. */
  readonly begun: 'begun' | 'new'
}

/**
 * Refuses the visible path unless the caller has said so: to begin there, and wherever the peer could once be written to in
 * letters. A node that hides the peer's key, or a peer that invites in the open, must not draw anybody out.
 */
export function refuseVisible(
  { session, inbox }: Pick<Mailroom, 'session' | 'inbox'>,
  { quote, path = quote?.path, peer, begun }: Ask,
): Refusal | undefined {
  if (path === 'visible') return undefined
  const isInLetters = inbox.threads().some((thread) => thread.peer === peer && thread.kind === 'letter')
  const wasSealed = isInLetters || rememberedPeer(session.log, peer).isSealed
  if (path !== 'sealed' && begun === 'begun' && !wasSealed) return undefined
  return refuse(
    'path.visible',
    `The node would learn that you deal with ${peer}. Pass \`path: 'visible'\`, or a quote that says so.`,
  )
}
