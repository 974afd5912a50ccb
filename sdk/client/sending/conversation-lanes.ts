import type { ReplyLaneInit } from '../../codec/index.ts'
import type { OwnLane } from '../lanes/lane.ts'

/** The own lane in a conversation or a channel, and the one that the letter hands out. */
export type ConversationLanes = { readonly own: OwnLane; readonly reply: OwnLane; readonly isOpen: boolean }

/** A lane as a letter or the log carries it. */
export const toReplyLane = ({ topic, key, units, expiresAt }: OwnLane): ReplyLaneInit => ({
  topic,
  key,
  units,
  expiresAt,
})
