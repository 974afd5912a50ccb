import { fromBytes, keccak256, utf8 } from '../../sdk/crypto/index.ts'
import { nodeModule } from '../../sdk/crypto/node-module.ts'
import type { WorkerRequest, WorkerResponse } from '../../sdk/evidence/prove-worker.ts'
import { createWitnessCalculator, type WitnessCalculator } from '../../sdk/evidence/witness.ts'
import { credentialKey, ticketKey } from '../../sdk/generated/keys.ts'
import type { VerifyingKeyJson } from '../../sdk/verifier/index.ts'
import { createTrapdoor, keyOf, simulateProof, type Trapdoor } from './trapdoor.ts'

/** By the number of signals, which each circuit has of its own. */
const known = new Map<number, { readonly key: VerifyingKeyJson; readonly trapdoor: Trapdoor }>()
for (const key of [ticketKey, credentialKey])
  known.set(key.nPublic, { key, trapdoor: createTrapdoor(key.nPublic, elementsOf(key.nPublic)) })

/** The same in every process, so that one verifies what another has proved. */
function elementsOf(count: number): () => bigint {
  let at = 0
  return () => fromBytes(keccak256(utf8(`a known setup ${count} ${at++}`)).subarray(1)) + 1n
}

/**
 * From here on this process proves and verifies by keys whose setup it knows, so that a proof takes milliseconds instead of a
 * second and a half: for tests of what is done with proofs, not of how they are made. All else is as it is: the circuit runs on
 * the inputs and refuses a false statement, the worker's answers are checked, and nodes verify with the back end they have.
 *
 * Called before the file's first network starts; processes that a test starts have the keys of the repository, unless
 * `--import` has them load `know-setup.ts`.
 */
export function knowSetup(): void {
  const threads = nodeModule('node:worker_threads') as { Worker: unknown } | undefined
  if (!threads) throw new Error('Node only.')
  if (process.env.KEEPS_KEYS) throw new Error('Whoever knows the setup is a story or alone: see vitest.config.ts.')
  for (const { key, trapdoor } of known.values()) Object.assign(key, keyOf(trapdoor))
  const { Worker: RealWorker } = threads as { Worker: new (url: URL, ...rest: unknown[]) => object }
  threads.Worker = function KnowingWorker(url: URL, ...rest: unknown[]): object {
    return url.href.endsWith('/prove-worker.ts') ? startKnowing() : new RealWorker(url, ...rest)
  }
}

/** What the prover takes for a thread. Answers come later than questions, as from one. */
function startKnowing() {
  let listener: (message: WorkerResponse) => void = () => undefined
  let isOver = false
  let calculator: WitnessCalculator | undefined
  const answer = (response: WorkerResponse) => {
    if (!isOver) listener(response)
  }

  async function handle(request: WorkerRequest): Promise<void> {
    try {
      answer(await respond(request))
    } catch (error) {
      const { code = 'proof.failed', message } = error as { code?: string; message: string }
      answer({ kind: 'failed', code, message })
    }
  }

  async function respond(request: WorkerRequest): Promise<WorkerResponse> {
    answer({ kind: 'step', step: request.kind === 'load' ? 'loading-key' : 'witness' })
    if (request.kind === 'load') {
      calculator = await createWitnessCalculator(request.wasm)
      return { kind: 'loaded' }
    }
    if (!calculator || request.kind !== 'prove') throw new Error('No circuit is loaded.')
    const { inputs, signals } = request
    if (readSignals(calculator.calculate(inputs), signals.length).join() !== signals.join()) {
      throw new Error('The proof does not prove what it should.')
    }
    answer({ kind: 'step', step: 'proving' })
    return { kind: 'proved', proof: simulateProof(known.get(signals.length)!.trapdoor, signals) }
  }

  return {
    on(event: string, listen: typeof listener) {
      if (event === 'message') listener = listen
    },
    postMessage: (request: WorkerRequest) => void setImmediate(() => void handle(request)),
    ref: () => undefined,
    unref: () => undefined,
    terminate() {
      isOver = true
    },
  }
}

/** The public signals of an encoded witness: what follows its headers and the constant one. */
function readSignals(witness: Uint8Array, count: number): bigint[] {
  const start = 76 + 32
  return Array.from({ length: count }, (_, i) => {
    const littleEndian = witness.slice(start + 32 * i, start + 32 * (i + 1))
    return fromBytes(littleEndian.reverse())
  })
}
