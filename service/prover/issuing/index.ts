export { type ClaimSigner, createClaimSigner } from './claim-signer.ts'
export { createIssuerKey, type IssuerKey, loadIssuerKey, makeIssuerKey } from './issuer-key.ts'
