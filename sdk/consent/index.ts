export {
  addressesThat,
  type ConsentState,
  consentOf,
  emptyConsent,
  openConsentLog,
  replayConsent,
} from './consent.ts'
export { consentText, signConsentProof, verifyConsentProof } from './consent-proof.ts'
export { derivePreferences, openConsentAction, sealConsentAction } from './preferences.ts'
