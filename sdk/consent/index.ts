export * from './consent.ts'
export * from './consent-proof.ts'
export * from './preferences.ts'
