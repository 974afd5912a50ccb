export { Issuer } from './issuer.ts'
export { createFileJournal, createMemoryJournal } from './journal.ts'
export type { NetworkInfo } from './make-checkpoint.ts'
export { createSigner, loadKey, makeKey, type Signer } from './signer.ts'
