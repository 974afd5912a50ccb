import { bn254 } from '@noble/curves/bn254.js'
import { fromBytes } from '../../sdk/crypto/abi.ts'
import { nodeModule } from '../../sdk/crypto/node-module.ts'
import { encodeProof } from '../../sdk/evidence/proof.ts'
import type { WorkerRequest, WorkerResponse } from '../../sdk/evidence/prove-worker.ts'
import { createWitnessCalculator, type WitnessCalculator } from '../../sdk/evidence/witness.ts'
import { credentialKey, ticketKey } from '../../sdk/generated/keys.ts'
import type { VerifyingKeyJson } from '../../sdk/verifier/index.ts'

const { Point: G1 } = bn254.G1
const { Point: G2 } = bn254.G2
const { Fr } = bn254.fields

/** The scalars behind a key's points, in the order of its inputs: what a ceremony destroys. */
const secret = { alpha: 11n, beta: 13n, gamma: 17n, delta: 19n, input: (i: number) => BigInt(1009 + 2 * i) }

/**
 * From here on this process proves and verifies by keys whose setup it knows, so that a proof takes milliseconds instead of a
 * second and a half: for tests of what is done with proofs, not of how they are made. All else is as it is: the circuit runs on
 * the inputs and refuses a false statement, the worker's answers are checked, and nodes verify with the back end they have.
 *
 * Called before the file's first network starts; processes that a test starts have the keys of the repository.
 */
export function knowSetup(): void {
  const threads = nodeModule('node:worker_threads') as { Worker: unknown } | undefined
  if (!threads) throw new Error('Node only.')
  for (const key of [ticketKey, credentialKey]) Object.assign(key, knownKey(key.nPublic))
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
    return { kind: 'proved', proof: proveKnowing(signals) }
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

/** c of the equation ab = αβ + γ·input + δc, for an a and a b of one's choice (Groth 2016, section 3.2, the simulator). */
function proveKnowing(signals: readonly bigint[]): Uint8Array {
  const { alpha, beta, gamma, delta } = secret
  const random = () => Fr.create(fromBytes(crypto.getRandomValues(new Uint8Array(31)))) + 1n
  const [a, b] = [random(), random()]
  const input = signals.reduce((sum, signal, i) => sum + signal * secret.input(i + 1), secret.input(0))
  const c = Fr.div(Fr.create(a * b - alpha * beta - gamma * input), delta)
  return encodeProof({ pi_a: pointG1(a), pi_b: pointG2(b), pi_c: pointG1(c) })
}

function knownKey(nPublic: number): VerifyingKeyJson {
  const { alpha, beta, gamma, delta, input } = secret
  return {
    nPublic,
    vk_alpha_1: pointG1(alpha),
    vk_beta_2: pointG2(beta),
    vk_gamma_2: pointG2(gamma),
    vk_delta_2: pointG2(delta),
    IC: Array.from({ length: nPublic + 1 }, (_, i) => pointG1(input(i))),
  }
}

function pointG1(scalar: bigint): string[] {
  const { x, y } = G1.BASE.multiply(scalar)
  return [x, y, 1n].map(String)
}

function pointG2(scalar: bigint): string[][] {
  const { x, y } = G2.BASE.multiply(scalar)
  return [
    [x.c0, x.c1],
    [y.c0, y.c1],
    [1n, 0n],
  ].map((pair) => pair.map(String))
}
