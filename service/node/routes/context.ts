import type { Answers } from '../answers.ts'
import type { AppSource } from '../app-source.ts'
import type { BodyBudget } from '../body-budget.ts'
import type { Budget } from '../budget.ts'
import type { ProverHealth } from '../checkpoints.ts'
import type { Departures } from '../departures.ts'
import type { NodeDeps } from '../deps.ts'
import type { LimitedCallers } from '../limited-callers.ts'
import type { Metrics } from '../metrics.ts'
import type { ProofQueue } from '../proof-queue.ts'
import type { Streams } from '../streams.ts'
import type { TokenReader } from '../tokens.ts'
import type { Decoder } from '../wire/decoder.ts'

/** What the routes work with. */
export type RouteContext = {
  readonly deps: NodeDeps
  readonly tokens: TokenReader
  readonly streams: Streams
  readonly departures: Departures
  readonly metrics: Metrics
  readonly proofs: ProofQueue
  readonly bodies: BodyBudget
  readonly answers: Answers
  readonly decoder: Decoder
  /** Topics that queries and streams look up in the store, by caller. */
  readonly lookups: Budget
  /** Lanes that took no evidence whatever the floor, by caller. */
  readonly freeLanes: Budget
  /** Lanes that another one renews, which take no evidence either, by caller. */
  readonly renewals: Budget
  /** Who was told to wait. */
  readonly limited: LimitedCallers
  /** What is served to browsers. */
  readonly app: AppSource
  /** Facts for /v1/info and /healthz that the use cases do not need. */
  readonly about: {
    readonly durability: string
    readonly verifier: string
    readonly ed25519: string
    readonly provers: () => readonly ProverHealth[]
    readonly doubt: () => string | undefined
  }
}
