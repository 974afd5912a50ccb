export { type Clock, createClock } from './clock.ts'
export {
  type Conversation,
  type ConversationV1,
  type ConversationV2,
  deriveConversation,
  legacyConversation,
  randomConversation,
} from './conversation.ts'
export {
  InvitationRefusedError,
  openInvitation,
  openInvitationEnvelope,
  sealInvitation,
} from './invitation.ts'
export {
  type DecryptedMessage,
  MessageRefusedError,
  messageId,
} from './message.ts'
export { legacyTopics, makeLegacyMessage, openLegacyMessage } from './message-v1.ts'
export { makeMessage, mostRoundedNs, openMessage } from './message-v2.ts'
export { hmacPeriod, senderHmacKeys, signSender } from './sender-hmac.ts'
