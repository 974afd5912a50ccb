export {
  type AnswerEdges,
  answerClaim,
  type Claim,
  type ClaimRefusalCode,
  claimKeyId,
  type Held,
  isAnswerOf,
  isClaimBundle,
} from './answer-claim.ts'
export { type Author, AuthorRefusedError, readAuthor, signAuthor } from './author.ts'
export { type Channel, ChannelRefusedError, openOnChannel, sealOnChannel } from './channel.ts'
export { conditionOf, isDue, isTimed } from './condition.ts'
export {
  depositorKey,
  isChange,
  isDeposit,
  isEndRefused,
  isHeld,
  letterSecret,
  signChange,
  signEndRefused,
  signHeld,
} from './deposit.ts'
export { isReleased, mostReleased, type ReleaseTerms, releaseDigest, releaseTypedData, toRelease } from './release.ts'
export { openShare, sealShare } from './seal-share.ts'
export {
  combineShares,
  type Dealt,
  dealSecret,
  EscrowMalformedError,
  isShareOf,
  isThreshold,
  mostTrustees,
  type Share,
  type SharedBy,
  secretOf,
} from './share.ts'
