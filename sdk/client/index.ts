export type { Campaign, CampaignOptions, Delivery } from './campaign.ts'
export { ChainMissingError } from './chain.ts'
export { Client } from './client.ts'
export { type ConnectionContent, connectionCodec, connectionType } from './connection-content.ts'
export type { Connections, GrantOptions } from './connections.ts'
export type { Conversation, SendOptions, SendResult } from './conversation.ts'
export {
  type Conversations,
  type ListOptions,
  type NewOptions,
  RecipientSelfError,
  RecipientUnknownError,
} from './conversations.ts'
export { NetworkMismatchError } from './create-context.ts'
export type { PostageOptions } from './first-contact.ts'
export type { SkippedCounts } from './inbox.ts'
export { GrantInvalidError } from './lanes.ts'
export type { StakeTickets } from './means.ts'
export type { Message, MessageQuery } from './messages.ts'
export { SignersMissingError } from './note-tree.ts'
export type { Notices } from './notices.ts'
export type { ChainOptions, ClientOptions, NetworkOptions, Storage } from './options.ts'
export type { PaymentUnit } from './payment-means.ts'
export {
  type LetterPaymentState,
  type LetterPrice,
  type OwnPayment,
  PaymentMissingError,
  type Payments,
  type SignedVerdict,
} from './payments.ts'
export type { Policies, PolicyView } from './policy.ts'
export type { ClientEvent, LanePurpose, StepOptions, Tell } from './progress.ts'
export type { Path } from './quote.ts'
export type { Refusal } from './refusal.ts'
export { RefusedError } from './refused-error.ts'
export type { SendQuote, Sent } from './sender.ts'
export type { StakeOptions, StakeStatus, Stakes } from './stakes.ts'
export type { BuyOptions, HeldBook, StampBalance, Stamps } from './stamps.ts'
export type { ConversationKind } from './thread.ts'
