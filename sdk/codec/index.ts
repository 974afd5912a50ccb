export {
  type Block,
  type BlockList,
  blockEntryOf,
  blockListLimits,
  blockListStatement,
  decodeBlockList,
  decodeSignedBlockList,
} from './block-list.ts'
export {
  decodeBundle,
  decodeContact,
  encodeBundle,
  encodeContact,
  type PublicKeyBundle,
} from './bundle.ts'
export {
  decodeSealedMessage,
  decodeSignedContent,
  encodeHeaderV1,
  encodeHeaderV2,
  encodeSealedMessage,
  encodeSignedContent,
  type MessageHeaderV1,
  padSignedContent,
  type SealedMessage,
  type SignedContent,
} from './chat.ts'
export {
  type Checkpoint,
  CheckpointMalformedError,
  decodeCheckpoint,
  decodeSignedCheckpoint,
  encodeCheckpoint,
  encodeSignedCheckpoint,
  type Issuer,
  type NetworkTerms,
  type NodeEntry,
  type NoteClass,
  type SignedCheckpoint,
} from './checkpoint.ts'
export { readCiphertext, writeCiphertext } from './ciphertext.ts'
export {
  type ContentCompression,
  type ContentMessage,
  type ContentTypeFields,
  decodeContentMessage,
  encodeContentMessage,
} from './content.ts'
export {
  checkEnvelopeLimits,
  decodeEnvelope,
  digestEnvelope,
  type Envelope,
  EnvelopeMalformedError,
  EnvelopeTooLargeError,
  encodeEnvelope,
  endOfTimeNs,
  envelopeFromJson,
  envelopeToJson,
  maxMessageLength,
  uint64FromJson,
} from './envelope.ts'
export {
  decodeEnvelopeEvidence,
  decodeLaneEvidence,
  encodeEnvelopeEvidence,
  encodeLaneEvidence,
} from './envelope-evidence.ts'
export * from './escrow.ts'
export { createIdentityText, enableIdentityText, recoverWallet } from './identity-text.ts'
export {
  type ConsentProof,
  type ConversationContext,
  decodeInvitation,
  decodeSealedInvitation,
  encodeInvitation,
  encodeInvitationHeader,
  encodeSealedInvitation,
  type Invitation,
  type InvitationHeader,
  type SealedInvitation,
} from './invitation.ts'
export {
  type Claim,
  type CloseRequest,
  type Connection,
  type ConnectionStatement,
  type Credential,
  closeStatement,
  connectionStatement,
  decodeCloseRequest,
  decodeConnection,
  decodeConnectionStatement,
  decodeGrant,
  decodeLaneRequest,
  decodePublishRequest,
  decodePublishResponse,
  decodeSignedGrant,
  type Evidence,
  encodeCloseRequest,
  encodeConnection,
  encodeConnectionStatement,
  encodeGrant,
  encodeLaneRequest,
  encodePublishRequest,
  encodePublishResponse,
  encodeSignedGrant,
  envelopeStatement,
  type Grant,
  grantStatement,
  type Holding,
  type LaneEnvelope,
  type LaneRequest,
  type PublishRequest,
  type PublishResponse,
  type Receipt,
  type Renewal,
  receiptStatement,
  renewalStatement,
  type SignedGrant,
  type Ticket,
  unusedStatement,
} from './lane.ts'
export { closeRequestFromJson, laneRequestFromJson, signedGrantToJson } from './lane-json.ts'
export { decodeLeak, encodeLeak, type Leak } from './leak.ts'
export {
  type ConnectionHeld,
  decodeConnectionHeld,
  decodeLetter,
  decodeLogEntry,
  encodeConnectionHeld,
  encodeLetter,
  encodeLogEntry,
  type Letter,
  type LetterInit,
  type LogEntry,
  type LogEntryInit,
  type MessageBlock,
  type ReplyLane,
  type ReplyLaneInit,
  type StampBook,
} from './letter.ts'
export { decodeLogPage, encodeLogPage, type LogPage, type LogPageInit } from './log-page.ts'
export { isMalformed } from './message.ts'
export {
  type Cursor,
  type Direction,
  decodeBatchQuery,
  decodePage,
  decodeQuery,
  decodeSubscribe,
  decodeV2Publish,
  type EnvelopePage,
  encodePage,
  encodePages,
  encodeQuery,
  encodeV2Publish,
  type PageQuery,
} from './message-api.ts'
export {
  addBlocks,
  type BlockChange,
  BlocksTooManyError,
  blockName,
  createBlockList,
  type FollowedList,
  type OwnBlock,
  type OwnCopy,
  readOwnCopy,
  signBlockList,
} from './own-blocks.ts'
export { TooManyPartsError } from './parts.ts'
export {
  decodePlace,
  encodePlace,
  PaymentMalformedError,
  type PaymentPlace,
  type PaymentPlaceInit,
  placeFromMessage,
  placeToMessage,
} from './payment.ts'
export {
  conditionToMessage,
  decodePolicyDocument,
  decodeRule,
  encodeRule,
  ruleFromMessage,
  ruleToMessage,
} from './policy.ts'
export {
  type ConsentAction,
  type ConsentSubject,
  decodeConsentAction,
  decodePreferences,
  encodeConsentAction,
  encodePreferences,
} from './preferences.ts'
export {
  decodeKeyBackup,
  decodePrivateKeys,
  encodeKeyBackup,
  encodePrivateKeys,
  type PrivateKey,
  type PrivateKeyBundle,
} from './private-key.ts'
export { decodeProto, encodeProto, ProtobufMalformedError, required } from './protobuf.ts'
export {
  encodeUnsignedKey,
  readLegacyKey,
  readSignature,
  readSignedKey,
  type SignedPublicKey,
  writeLegacyKey,
  writeSignature,
} from './public-key.ts'
export { SharedListTooLongError, signSharedList } from './shared-list.ts'
export {
  decodeSignedPolicy,
  encodePolicyFields,
  encodeSignedPolicy,
  type PolicyDocument,
  policyStatement,
  type SignedPolicy,
} from './signed-policy.ts'
export {
  encodeToken,
  TokenExpiredError,
  TokenFromFutureError,
  type TokenHolder,
  TokenInvalidError,
  TokenMalformedError,
  tokenLifetimeNs,
  verifyToken,
} from './token.ts'
export {
  directTopic,
  ephemeralTopic,
  isPrivateTopic,
  leaksTopic,
  maxTopicLength,
  messageTopic,
  ownedTopic,
  parseTopic,
  preferencesTopic,
  privateTopicsOf,
  type Topic,
  TopicMalformedError,
  topicKinds,
} from './topic.ts'
