export {
  ArtifactMismatchError,
  type Artifacts,
  ArtifactUnavailableError,
  type LoadOptions,
  loadTicketArtifacts,
} from './artifacts.ts'
export { doWork, hashRate, type WorkOptions, type WorkProgress } from './do-work.ts'
export { WorkerUnavailableError } from './platform.ts'
export {
  createTagScope,
  createTicketProver,
  fullHour,
  NoteUnusableError,
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
