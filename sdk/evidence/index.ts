export { fullHour } from '../notes/epoch.ts'
export {
  ArtifactMismatchError,
  type Artifacts,
  ArtifactUnavailableError,
  type LoadOptions,
  loadCredentialArtifacts,
  loadTicketArtifacts,
} from './artifacts.ts'
export { doWork, hashRate, type WorkOptions, type WorkProgress } from './do-work.ts'
export { WorkerUnavailableError } from './platform.ts'
export {
  type CredentialFields,
  type CredentialProver,
  type CredentialRequest,
  createCredentialProver,
} from './prove-credential.ts'
export {
  createTicketProver,
  type TicketFields,
  type TicketProver,
  type TicketProverOptions,
  type TicketRequest,
} from './prove-ticket.ts'
export {
  ProofFailedError,
  ProverClosedError,
  type ProverOptions,
  type ProvingOptions,
  type ProvingStep,
} from './prover.ts'
export { type ConnectionSigner, createSerial, grantConnection } from './show-connection.ts'
export {
  createTagScope,
  NoteUnusableError,
  type UseFields,
  type UseProver,
  type UseProverOptions,
  type UseRequest,
} from './use-prover.ts'
