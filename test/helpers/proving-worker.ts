import { nodeModule } from '../../sdk/crypto/node-module.ts'
import type { WorkerRequest } from '../../sdk/evidence/prove-worker.ts'
import type { VirtualTime } from './virtual-time.ts'

/** The worker's module, for clients whose proofs are not made. */
export const workerUrl = 'simulated:prover'
/** What such clients prove with. */
export const artifacts = { wasm: new Uint8Array(), zkey: new Uint8Array() }
/** Milliseconds that a proof takes, in virtual time. */
const proofMs = { least: 1000, range: 400 } as const

type Listener = (message: unknown) => void

/**
 * Puts a worker in the place of the one that proves: it answers bytes that are no proof, after as long as a proof takes in
 * virtual time. Real ones take a second each, in which virtual time could not stand still. Answers how to put things back.
 */
export function simulateProving(time: VirtualTime, below: (range: number) => number): () => void {
  const threads = nodeModule('node:worker_threads') as { Worker: unknown } | undefined
  if (!threads) throw new Error('Node only.')
  const { Worker: RealWorker } = threads as { Worker: new (url: URL, ...rest: unknown[]) => object }

  function SimulatedWorker(url: URL, ...rest: unknown[]): object {
    if (url.href !== workerUrl) return new RealWorker(url, ...rest)
    let listener: Listener = () => undefined
    const answer = (message: unknown) => {
      time.touch()
      listener(message)
    }
    return {
      on: (event: string, listen: Listener) => {
        if (event === 'message') listener = listen
      },
      async postMessage({ kind }: WorkerRequest) {
        if (kind === 'load') return answer({ kind: 'loaded' })
        await time.sleep(proofMs.least + below(proofMs.range))
        answer({ kind: 'proved', proof: new Uint8Array(256).fill(1) })
      },
      ref: () => undefined,
      unref: () => undefined,
      terminate: () => undefined,
    }
  }
  threads.Worker = SimulatedWorker
  return () => {
    threads.Worker = RealWorker
  }
}
