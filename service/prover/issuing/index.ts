export { createIssuerKey, type IssuerKey, loadIssuerKey, makeIssuerKey } from './issuer-key.ts'
