import type { VerificationKey } from 'snarkjs'
import { nodeModule } from '../crypto/node-module.ts'
import type { VerifyingKeyJson } from '../verifier/groth16.ts'
import { type WorkTarget, workOf } from '../verifier/work.ts'
import { encodeProof } from './proof.ts'
import { type CircuitInputs, createWitnessCalculator, type WitnessCalculator } from './witness.ts'

// Runs as a worker: loads one circuit, then proves as often as asked (prover.ts is the other end), or searches for a nonce
// until it is found or ended (search-in-workers.ts). One module for both, so that an application has one to export.

/** What is asked. Jobs come one at a time. */
export type WorkerRequest =
  | SearchRequest
  | { readonly kind: 'load'; readonly wasm: Uint8Array; readonly zkey: Uint8Array; readonly key: VerifyingKeyJson }
  | { readonly kind: 'prove'; readonly inputs: CircuitInputs; readonly signals: readonly bigint[] }

/** What the worker answers: steps on the way, then one of the others. */
export type WorkerResponse =
  | { readonly kind: 'step'; readonly step: 'loading-key' | 'witness' | 'proving' }
  | { readonly kind: 'loaded' }
  | { readonly kind: 'proved'; readonly proof: Uint8Array }
  | { readonly kind: 'failed'; readonly code: string; readonly message: string }
  | SearchResponse

/** Every `step`-th nonce from `start` on is tried until one shows `bits` of work. */
export type SearchRequest = {
  readonly kind: 'search'
  readonly target: WorkTarget
  readonly bits: number
  readonly start: bigint
  readonly step: bigint
}

/** Hashes since the last answer, and now and then so many more; at last the nonce. */
export type SearchResponse =
  | { readonly kind: 'tried'; readonly tried: number }
  | { readonly kind: 'found'; readonly nonce: bigint }

type Loaded = { calculator: WitnessCalculator; zkey: Uint8Array; key: VerifyingKeyJson }

const threads = nodeModule('node:worker_threads')
// The thread pool of snarkjs starts threads only where it takes itself to be on the main one. This changes what this
// worker's own modules see, nothing else.
if (threads) Object.assign(threads, { isMainThread: true })

// By the jobs that need it, not here: a search does without, and a browser would lose what is posted before this module has ended.
const loadSnarkjs = () =>
  import('snarkjs').catch((cause: unknown) => {
    const message = cause instanceof Error ? cause.message : String(cause)
    throw Object.assign(new Error(`snarkjs cannot be loaded: ${message}`), { code: 'worker.unavailable' })
  })
let loaded: Loaded | undefined

const answer = (response: WorkerResponse): void =>
  threads ? threads.parentPort?.postMessage(response) : self.postMessage(response)

async function handle(request: WorkerRequest): Promise<void> {
  try {
    if (request.kind === 'search') answer(search(request))
    else answer(request.kind === 'load' ? await load(request) : await prove(request))
  } catch (error) {
    const { code = 'proof.failed', message = String(error) } = error as { code?: string; message?: string }
    answer({ kind: 'failed', code, message })
  }
}

async function load({ wasm, zkey, key }: WorkerRequest & { kind: 'load' }): Promise<WorkerResponse> {
  answer({ kind: 'step', step: 'loading-key' })
  const { curves } = await loadSnarkjs()
  const [calculator] = await Promise.all([createWitnessCalculator(wasm), curves.getCurveFromName('bn128')])
  loaded = { calculator, zkey, key }
  return { kind: 'loaded' }
}

async function prove({ inputs, signals }: WorkerRequest & { kind: 'prove' }): Promise<WorkerResponse> {
  if (!loaded) throw new Error('No circuit is loaded.')
  answer({ kind: 'step', step: 'witness' })
  const witness = loaded.calculator.calculate(inputs)
  answer({ kind: 'step', step: 'proving' })
  const { groth16 } = await loadSnarkjs()
  const { proof, publicSignals } = await groth16.prove(loaded.zkey, witness)

  const isAsExpected = publicSignals.join() === signals.join()
  if (!isAsExpected || !(await groth16.verify(toSnarkjsKey(loaded.key), publicSignals, proof))) {
    throw new Error('The proof does not prove what it should.')
  }
  return { kind: 'proved', proof: encodeProof(proof) }
}

/** Hashes between two looks at the clock, and milliseconds between two answers: half the time after which progress is told. */
const [hashesAtOnce, answerMs] = [1024, 125]

/** Holds this worker until the end; whoever has started it ends it. */
function search({ target, bits, start, step }: SearchRequest): SearchResponse {
  let [tried, answered] = [0, performance.now()]
  for (let nonce = start; ; nonce += step) {
    if (workOf(target, nonce) >= bits) return { kind: 'found', nonce }
    tried++
    if (tried % hashesAtOnce !== 0 || performance.now() - answered < answerMs) continue
    answer({ kind: 'tried', tried })
    tried = 0
    answered = performance.now()
  }
}

const toSnarkjsKey = (key: VerifyingKeyJson) =>
  ({ ...key, protocol: 'groth16', curve: 'bn128' }) as unknown as VerificationKey

if (threads) threads.parentPort?.on('message', handle)
else self.onmessage = ({ data }: { data: WorkerRequest }) => handle(data)
