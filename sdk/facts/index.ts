export type { NoteSignature } from '../crypto/index.ts'
export { type FactNoteName, factSecretOf } from '../notes/index.ts'
export { type AskForClaimOptions, askForClaim, type IssuedClaim } from './ask-for-claim.ts'
export { type AskOptions, askIssuer } from './ask-issuer.ts'
export { type ClaimRequest, claimTypedData } from './claim-request.ts'
export { type FactRequest, factTypedData } from './fact-request.ts'
export { isMember, longestPath, type MemberList, makeMemberList } from './member-list.ts'
export {
  FactNotHeldError,
  type HoldingFields,
  HoldingUnprovenError,
  type ProofChain,
  type ProvenHolding,
  proveHolding,
  showHolding,
} from './prove-holding.ts'
export { type ClaimFields, showClaim, shownTypedData } from './show-claim.ts'
export type { FactProgress, IssuerAnswers } from './wait-for-issuer.ts'
