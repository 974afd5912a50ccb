import { createQueue, orAborted } from '../async.ts'
import { BaseError } from '../errors.ts'
import type { VerifyingKeyJson } from '../verifier/groth16.ts'
import type { Artifacts } from './artifacts.ts'
import { defaultWorker, startWorker, WorkerUnavailableError } from './platform.ts'
import type { WorkerRequest, WorkerResponse } from './prove-worker.ts'
import { type CircuitInputs, WitnessError } from './witness.ts'

/** Where a proof is in its making. */
export type ProvingStep = 'loading-key' | 'witness' | 'proving' | 'done'

export type ProvingOptions = {
  /** Aborting ends the worker at once; the next proof starts a new one. */
  readonly signal?: AbortSignal | undefined
  readonly onProgress?: (step: ProvingStep) => void
}

export type ProverOptions = {
  /** Called when the first proof, or the first after an abort, needs them; see `loadTicketArtifacts`. */
  readonly artifacts: (options: { signal?: AbortSignal | undefined }) => Promise<Artifacts>
  /** The module `@pennypost/sdk/evidence/worker`, where a bundler has moved it. */
  readonly workerUrl?: URL | string | undefined
}

/** Proves in a worker of its own, one proof at a time; the worker stays warm until `close`. */
export type Prover = {
  /** Starts the worker and loads the key, so that the first proof is as fast as the next. */
  warmUp(options?: ProvingOptions): Promise<void>
  /** Proves one statement; `signals` are what it must come to, and are checked with the proof before it is returned. */
  prove(statement: Statement, options?: ProvingOptions): Promise<Uint8Array>
  close(): void
}

export type Statement = { readonly inputs: CircuitInputs; readonly signals: readonly bigint[] }

/** A prover of the circuit that `key` verifies. */
export function createProver(key: VerifyingKeyJson, { artifacts, workerUrl = defaultWorker() }: ProverOptions): Prover {
  let session: Session | undefined
  let isClosed = false
  const inTurn = createQueue()

  async function ready({ signal, onProgress }: ProvingOptions): Promise<Session> {
    if (session?.isAlive()) return session
    const { wasm, zkey } = await artifacts(signal ? { signal } : {})
    signal?.throwIfAborted()
    assertOpen(isClosed)
    const started = startSession(workerUrl)
    session = started
    try {
      await started.ask({ kind: 'load', wasm, zkey, key }, onProgress)
    } catch (error) {
      started.end(error) // a worker without a key is of no use to the next proof
      throw error
    }
    return started
  }

  async function run<T>(job: (session: Session) => Promise<T>, options: ProvingOptions): Promise<T> {
    const { signal } = options
    assertOpen(isClosed)
    signal?.throwIfAborted()
    const stop = () => session?.end(signal?.reason)
    signal?.addEventListener('abort', stop)
    try {
      return await job(await ready(options))
    } finally {
      signal?.removeEventListener('abort', stop)
    }
  }

  function queue<T>(job: (session: Session) => Promise<T>, options: ProvingOptions): Promise<T> {
    return orAborted(
      inTurn(() => run(job, options), options.signal),
      options.signal,
    )
  }

  return {
    warmUp: (options = {}) => queue(async () => undefined, options),
    prove: ({ inputs, signals }, options = {}) =>
      queue(async ({ ask }) => {
        const response = await ask({ kind: 'prove', inputs, signals }, options.onProgress)
        if (response.kind !== 'proved') throw new ProofFailedError('The worker answered something else.')
        return response.proof
      }, options),
    close() {
      isClosed = true
      session?.end(new ProverClosedError('The prover was closed.'))
    },
  }
}

type Session = ReturnType<typeof startSession>
type Pending = {
  resolve: (response: WorkerResponse) => void
  reject: (reason: unknown) => void
  onProgress: ((step: ProvingStep) => void) | undefined
}

/** One worker and the one question it is busy with. */
function startSession(url: URL | string) {
  const port = startWorker(url)
  let pending: Pending | undefined
  let isOver = false

  const settle = (finish: (pending: Pending) => void) => {
    const settled = pending
    pending = undefined
    if (!isOver) port.hold(false)
    if (settled) finish(settled)
  }
  const end = (reason: unknown) => {
    if (isOver) return
    isOver = true
    port.terminate()
    settle(({ reject }) => reject(reason))
  }
  const receive = (response: WorkerResponse) => {
    if (response.kind === 'step') pending?.onProgress?.(response.step)
    else if (response.kind === 'failed') settle(({ reject }) => reject(toError(response)))
    else settle(({ resolve }) => resolve(response))
  }
  port.listen(
    (message) => receive(message as WorkerResponse),
    (cause) => end(toTyped(cause)),
  )
  port.hold(false)

  return {
    isAlive: () => !isOver,
    end,
    ask(request: WorkerRequest, onProgress?: (step: ProvingStep) => void): Promise<WorkerResponse> {
      return new Promise((resolve, reject) => {
        pending = { resolve, reject, onProgress }
        port.hold(true)
        port.post(request)
      })
    },
  }
}

/** A worker may die of anything: of a module that is not there, or for want of memory. */
const toTyped = (cause: Error): BaseError =>
  cause instanceof BaseError
    ? cause
    : new WorkerUnavailableError(`The worker died: ${cause.message}`, { cause, hint: 'Is snarkjs installed?' })

/** Errors cross from the worker as text. */
function toError({ code, message }: WorkerResponse & { kind: 'failed' }): BaseError {
  if (code === 'proof.inputs-refused') return new WitnessError(message)
  if (code === 'worker.unavailable') return new WorkerUnavailableError(message, { hint: 'npm install snarkjs' })
  return new ProofFailedError(message)
}

function assertOpen(isClosed: boolean): void {
  if (isClosed) throw new ProverClosedError('The prover was closed.')
}

/** A proof that could not be made, or did not prove what it should. */
export class ProofFailedError extends BaseError {
  override readonly code = 'proof.failed'
}

/** A prover used after its end. */
export class ProverClosedError extends BaseError {
  override readonly code = 'prover.closed'
}
