import type { VerificationKey } from 'snarkjs'
import { nodeModule } from '../crypto/node-module.ts'
import type { VerifyingKeyJson } from '../verifier/groth16.ts'
import { encodeProof } from './proof.ts'
import { type CircuitInputs, createWitnessCalculator, type WitnessCalculator } from './witness.ts'

// Runs as a worker: loads one circuit, then proves as often as asked. See prover.ts for the other end.

/** What the prover asks. Jobs come one at a time. */
export type WorkerRequest =
  | { readonly kind: 'load'; readonly wasm: Uint8Array; readonly zkey: Uint8Array; readonly key: VerifyingKeyJson }
  | { readonly kind: 'prove'; readonly inputs: CircuitInputs; readonly signals: readonly bigint[] }

/** What the worker answers: steps on the way, then one of the others. */
export type WorkerResponse =
  | { readonly kind: 'step'; readonly step: 'loading-key' | 'witness' | 'proving' }
  | { readonly kind: 'loaded' }
  | { readonly kind: 'proved'; readonly proof: Uint8Array }
  | { readonly kind: 'failed'; readonly code: string; readonly message: string }

type Loaded = { calculator: WitnessCalculator; zkey: Uint8Array; key: VerifyingKeyJson }

const threads = nodeModule('node:worker_threads')
// The thread pool of snarkjs starts threads only where it takes itself to be on the main one. This changes what this
// worker's own modules see, nothing else.
if (threads) Object.assign(threads, { isMainThread: true })

// Awaited by each job, not here: a browser would lose what is posted before this module has ended.
const snarkjs = import('snarkjs').catch((cause: unknown) => {
  const message = cause instanceof Error ? cause.message : String(cause)
  throw Object.assign(new Error(`snarkjs cannot be loaded: ${message}`), { code: 'worker.unavailable' })
})
snarkjs.catch(() => undefined) // the job says so
let loaded: Loaded | undefined

const answer = (response: WorkerResponse): void =>
  threads ? threads.parentPort?.postMessage(response) : self.postMessage(response)

async function handle(request: WorkerRequest): Promise<void> {
  try {
    answer(request.kind === 'load' ? await load(request) : await prove(request))
  } catch (error) {
    const { code = 'proof.failed', message = String(error) } = error as { code?: string; message?: string }
    answer({ kind: 'failed', code, message })
  }
}

async function load({ wasm, zkey, key }: WorkerRequest & { kind: 'load' }): Promise<WorkerResponse> {
  answer({ kind: 'step', step: 'loading-key' })
  const { curves } = await snarkjs
  const [calculator] = await Promise.all([createWitnessCalculator(wasm), curves.getCurveFromName('bn128')])
  loaded = { calculator, zkey, key }
  return { kind: 'loaded' }
}

async function prove({ inputs, signals }: WorkerRequest & { kind: 'prove' }): Promise<WorkerResponse> {
  if (!loaded) throw new Error('No circuit is loaded.')
  answer({ kind: 'step', step: 'witness' })
  const witness = loaded.calculator.calculate(inputs)
  answer({ kind: 'step', step: 'proving' })
  const { groth16 } = await snarkjs
  const { proof, publicSignals } = await groth16.prove(loaded.zkey, witness)

  const isAsExpected = publicSignals.join() === signals.join()
  if (!isAsExpected || !(await groth16.verify(toSnarkjsKey(loaded.key), publicSignals, proof))) {
    throw new Error('The proof does not prove what it should.')
  }
  return { kind: 'proved', proof: encodeProof(proof) }
}

const toSnarkjsKey = (key: VerifyingKeyJson) =>
  ({ ...key, protocol: 'groth16', curve: 'bn128' }) as unknown as VerificationKey

if (threads) threads.parentPort?.on('message', handle)
else self.onmessage = ({ data }: { data: WorkerRequest }) => handle(data)
