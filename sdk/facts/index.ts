export type { NoteSignature } from '../crypto/index.ts'
export { type AskOptions, askIssuer, type FactProgress } from './ask-issuer.ts'
export { type FactNoteName, factSecretOf } from './fact-note.ts'
export { type FactRequest, factTypedData } from './fact-request.ts'
