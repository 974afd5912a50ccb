import type { Address } from '../../crypto/index.ts'
import type { ConversationV1, ConversationV2 } from '../../xmtp/index.ts'
import { makeLane, type OwnLane } from '../lanes/lane.ts'

/** How a conversation came to be: a sealed letter, an invitation of XMTP V2, or messages of XMTP V1. */
export type ConversationKind = 'letter' | 'invitation' | 'direct'

/**
 * What a conversation is known by. The first one of a topic and a peer wins; nobody takes over the topic of others by
 * inviting to it, whatever time that claims to be of.
 */
export const threadKey = ({ topic, peer }: Pick<Thread, 'topic' | 'peer'>): string => `${peer} ${topic}`

/** A conversation as the client keeps it. */
export type Thread = {
  readonly kind: ConversationKind
  readonly topic: string
  readonly peer: Address
  readonly createdNs: bigint
  readonly conversation: ConversationV2 | ConversationV1
  /** Letters: the first message, which lies on no topic. */
  readonly first?: Uint8Array | undefined
  /** Letters: what this account writes with, or renews from. */
  readonly lane?: OwnLane | undefined
  /** Letters: the invitation, and the sender's pseudonym toward this account where this account received it. */
  readonly letter?: {
    readonly invitation: Uint8Array
    readonly isOwn: boolean
    /** Whether this account has answered it, by any of its clients. */
    readonly isAnswered?: boolean | undefined
    readonly tag?: Uint8Array | undefined
  }
}

/** The lane that came with a letter; undefined where it is not for the letter's conversation. */
export function readLane(
  topic: string,
  lane: { topic: string; key: Uint8Array; units: number; expiresAt: bigint },
): OwnLane | undefined {
  if (lane.topic !== topic || lane.key.length !== 32) return undefined
  const { key, units, expiresAt } = lane
  return makeLane(key, { topic, units, expiresAt })
}
