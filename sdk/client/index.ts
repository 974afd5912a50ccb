export type { Connections, GrantedConnection, GrantOptions } from './account/connections.ts'
export { FactMalformedError, IssuerMissingError } from './account/fact-errors.ts'
export type { FactForm, Facts, ObtainedFact, ObtainOptions } from './account/facts.ts'
export type { Notices } from './account/notices.ts'
export { PaymentMissingError } from './account/payment-missing.ts'
export type {
  Collected,
  LetterPaymentState,
  OwnPayment,
  Payments,
  Refunded,
  SignedVerdict,
} from './account/payments.ts'
export type { Policies, PolicyView } from './account/policies.ts'
export { type SharedLists, SharedListWentBackError, type SubscribedList } from './account/shared-lists.ts'
export type { ReceivedDeposit, TrusteeAccount, TrusteeChannel, TrusteeChannelsOptions } from './account/trustee.ts'
export { Client, type WalletLane } from './client.ts'
export type { Campaign, CampaignOptions } from './conversations/campaign.ts'
export { CampaignMalformedError, CampaignRunningError } from './conversations/campaign-errors.ts'
export type { Conversation, QuoteOptions, SendOptions, SendResult } from './conversations/conversation.ts'
export {
  type Conversations,
  type ListOptions,
  type NewOptions,
  RecipientAttendedError,
  RecipientSelfError,
  RecipientUnknownError,
} from './conversations/conversations.ts'
export type { Delivery, DeliveryOptions } from './conversations/deliver-campaign.ts'
export type { OwnEscrow } from './conversations/own-escrow.ts'
export type { CampaignQuote } from './conversations/quote-campaign.ts'
export { GrantInvalidError } from './lanes/lane.ts'
export type { EnvelopeReceipt, LaneGrant, NodeReceipts } from './lanes/receipts.ts'
export { type ConnectionContent, connectionCodec, connectionType } from './mailbox/connection-content.ts'
export type { SkippedCounts } from './mailbox/inbox.ts'
export type { Message, MessageQuery } from './mailbox/messages.ts'
export type { LetterEvidence } from './mailbox/received-evidence.ts'
export type { ConversationKind } from './mailbox/thread.ts'
export { openTrustee } from './open-trustee.ts'
export type { LetterPrice } from './postage/letter-payment.ts'
export type { NoticeChoice, NoticeOutcome, NoticeQuote, TokenNotice, TransferNotice } from './postage/notice.ts'
export type { EscrowChoice, OwnChoice, PostageOptions, TrusteeChoice } from './postage/options.ts'
export type { PaymentRate } from './postage/payment-means.ts'
export type { SendQuote, UnattendedQuote } from './postage/quote.ts'
export { LimitMalformedError } from './postage/require-limits.ts'
export type { Reveals } from './postage/reveals.ts'
export type { OpenedWalletLane } from './postage/wallet-lanes.ts'
export type { Sent } from './sending/sender.ts'
export { ChainMissingError } from './session/chain.ts'
export { ClockWrongError } from './session/check-clock.ts'
export type { ClientEvent, LanePurpose, Path, StepOptions, Tell } from './session/events.ts'
export { PolicyJumpedError, PolicyWentBackError } from './session/known-peers.ts'
export { BackupMissingError } from './session/login.ts'
export { NetworkMismatchError, NetworkTermsError } from './session/network.ts'
export type {
  ChainOffer,
  ChainOptions,
  ClientOptions,
  GivenChain,
  NetworkOptions,
  Privacy,
  Storage,
} from './session/options.ts'
export type { ClientRefusalCode, Refusal, RefusalCode } from './session/refusal.ts'
export { RefusedError } from './session/refused-error.ts'
export type { Usable } from './tickets/afterwards.ts'
export { CheckpointStaleError } from './tickets/checkpoint-age.ts'
export type { ClientTrust } from './tickets/learn-network.ts'
export { NoteFileMalformedError, NoteForeignError, NoteMissingError } from './tickets/note-file.ts'
export type { StakeTickets } from './tickets/stake-notes.ts'
export type { StakeOptions, StakeStatus, Stakes } from './tickets/stakes.ts'
export type { BalanceOptions, BuyOptions, HeldBook, StampBalance, Stamps } from './tickets/stamps.ts'
export { SignersMissingError } from './tickets/tree-keeper.ts'
