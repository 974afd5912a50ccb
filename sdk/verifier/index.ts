export { BaseError } from '../errors.ts'
export { credentialKey, ticketKey } from '../generated/keys.ts'
export { BlocksInvalidError, type CheckedBlocks, isBlocked, verifyBlockList } from './block-list.ts'
export {
  type CertificateContent,
  certificateMessage,
  isCertified,
} from './certificate.ts'
export {
  type CheckedEnvelope,
  checkEnvelope,
  checkRenewal,
  type LaneState,
} from './check-envelope.ts'
export {
  applyCheckpoint,
  CheckpointInvalidError,
  type CheckpointTrust,
  type CheckpointView,
  isRootValid,
  isStale,
  signersOf,
  trustAfter,
  verifyCheckpoint,
  withoutRest,
} from './checkpoint.ts'
export { checkpointDigest, signersHash, termsHash } from './checkpoint-digest.ts'
export {
  type ClaimTarget,
  checkClaim,
  claimDigestOf,
  isShownBy,
  type NamedUse,
  type NamedUseName,
  namedNullifierOf,
  type ShownBy,
} from './claim.ts'
export { type ClaimContent, type ClaimForm, claimForms, claimLifeOf } from './claim-content.ts'
export { type ConnectionTarget, checkConnection } from './connection.ts'
export { type Contradiction, contradicts } from './contradicts.ts'
export {
  decideLane,
  type Lane,
  type LaneContext,
  nullifiersOf,
  type OpenedLane,
  type TopicPolicy,
  type UsedNullifier,
  type UsedShare,
  type UseGroth16,
  useOfRequest,
} from './decide-lane.ts'
export { digestEvidence } from './digest-evidence.ts'
export { easDataOf, easDigestOf, easSchema, easSchemaId, easVersion } from './eas-attestation.ts'
export {
  type EvidenceTarget,
  isPaidTo,
  type OpenedPayment,
  readEnvelopeEvidence,
  type ShownEvidence,
} from './envelope-evidence.ts'
export { factBeginOf, factClass, factEpochOf, factExpiryOf, factScopeOf } from './fact-class.ts'
export { type FactVerifiers, factVerifiers } from './fact-verifiers.ts'
export {
  areSignals,
  assertSoundKey,
  createPortableGroth16,
  type Groth16,
  KeyUnsoundError,
  type ProofItem,
  proofLength,
  readCoordinates,
  type VerifyingKeyJson,
} from './groth16.ts'
export { checkHolding, type HoldingProof, noIssuer, placeOf, provenAmount } from './holding.ts'
export { formerHomesOf, homeOf, type NodeSet } from './home.ts'
export { issuersOf } from './issuers.ts'
export {
  type Allowance,
  isRequestOnly,
  LANE_LIMITS,
  type LaneShown,
  laneWorth,
  laneWorths,
  QUOTE_LIFETIME,
  UNIT_BYTES,
  unitsOf,
} from './lane-limits.ts'
export { type EvidenceKind, type MetCondition, metConditions } from './met-condition.ts'
export { defaultRuleOn, defaultTerms, unattendedRule, unsaidTerms } from './network-terms.ts'
export { checkGrant, checkReceipt, type KeptGrant, type KeptReceipt, provesDoubleGrant } from './node-evidence.ts'
export { isNodeRefusalCode, type NodeRefusalCode } from './node-refusal.ts'
export { paymentClass } from './payment.ts'
export type { Cheat, Refusal, RefusalCode, Share } from './refusal.ts'
export { SharedListInvalidError, type VerifiedSharedList, verifySharedList } from './shared-list.ts'
export { type Shown, shownDigestOf, shownDomain, shownTypes } from './shown.ts'
export {
  PolicyInvalidError,
  type PolicyTarget,
  readPolicyDocument,
  type VerifiedPolicy,
  verifySignedPolicy,
} from './signed-policy.ts'
export { itemsOfRepeat, periodOf } from './ticket.ts'
export { issuerDidOf, vcDigestOf, vcTextOf } from './vc-jwt.ts'
export { faultOfVersion, lastVersion, maxVersionStep } from './versions.ts'
export { type WorkTarget, workOf } from './work.ts'
