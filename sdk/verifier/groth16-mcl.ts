import { type RandomBytes, randomBytes } from '../crypto/bytes.ts'
import type { Groth16, ProofItem, VerifyingKeyJson } from './groth16.ts'
import { BatchVerifier } from './groth16-mcl-batch.ts'
import { loadMcl, MclUnusableError } from './groth16-mcl-curve.ts'

export { MclUnusableError }

export type MclOptions = {
  /** How many proofs share one equation at most, while nobody else needs the thread: it is held for a millisecond each. */
  readonly maxBatch?: number
  /** Must be unpredictable: whoever knows a batch's weights beforehand can forge. */
  readonly random?: RandomBytes
}

/** A verifier that holds memory outside of the garbage collector's reach. */
export type MclGroth16 = Groth16 & { close(): void }

type Waiting = {
  readonly item: ProofItem
  readonly settle: (isValid: boolean) => void
  readonly fail: (reason: unknown) => void
}

/** So many are verified at once where others wait for the thread, and at first: it is held for some milliseconds. */
const few = 4
/** Others wait where their turn takes longer. */
const busyMs = 1

/**
 * The fast back end, for nodes: mcl-wasm, an optional peer. Proofs that are asked for at the same time, in one call or in
 * several, are verified together.
 *
 * A false proof makes its whole batch slower, so a batch is halved after one and grows again after good ones: under a
 * flood of false proofs they are verified one by one. Finding them is done in steps, with others in between.
 */
export async function createMclGroth16(
  key: VerifyingKeyJson,
  { maxBatch = 32, random = randomBytes }: MclOptions = {},
): Promise<MclGroth16> {
  const batch = new BatchVerifier(await loadMcl(), key, { capacity: maxBatch, random })
  const waiting: Waiting[] = []
  let size = few
  let isRunning = false
  let isClosed = false

  async function verifyAll(): Promise<void> {
    isRunning = true
    while (waiting.length > 0) {
      const most = (await turn()) > busyMs ? few : maxBatch
      await verifyNext(waiting.splice(0, Math.min(size, most)))
    }
    isRunning = false
    if (isClosed) batch.free()
  }

  async function verifyNext(next: readonly Waiting[]): Promise<void> {
    try {
      const results = await runInSteps(batch.verifyInSteps(next.map(({ item }) => item)))
      size = results.every(Boolean) ? Math.min(maxBatch, size * 2) : Math.max(1, size >> 1)
      next.forEach(({ settle }, i) => {
        settle(results[i] ?? false)
      })
    } catch (error) {
      for (const { fail } of next) fail(error)
    }
  }

  function verifyOne(item: ProofItem): Promise<boolean> {
    return new Promise((settle, fail) => {
      if (isClosed) throw closed()
      waiting.push({ item, settle, fail })
      if (!isRunning) void verifyAll()
    })
  }

  return {
    verify: async (items) => Promise.all(items.map(verifyOne)),
    close() {
      if (isClosed) return
      isClosed = true
      if (!isRunning) batch.free() // or once what runs is over
      for (const { fail } of waiting.splice(0)) fail(closed())
    },
  }
}

const closed = (): MclUnusableError => new MclUnusableError('The verifier was closed.')

/** The turns of everybody else; answers how many milliseconds they took. */
async function turn(): Promise<number> {
  const before = performance.now()
  await new Promise(setImmediate)
  return performance.now() - before
}

async function runInSteps<T>(steps: Generator<undefined, T>): Promise<T> {
  for (let step = steps.next(); ; step = steps.next()) {
    if (step.done) return step.value
    await turn()
  }
}
