import { type RandomBytes, randomBytes } from '../crypto/bytes.ts'
import type { Groth16, VerifyingKeyJson } from './groth16.ts'
import { BatchVerifier, type KeyedItem } from './groth16-mcl-batch.ts'
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
  readonly item: KeyedItem
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
export async function createMclGroth16(key: VerifyingKeyJson, options: MclOptions = {}): Promise<MclGroth16> {
  const { only, close } = await createMclGroth16Of({ only: key }, options)
  return { verify: only.verify, close }
}

/**
 * The same for several circuits: proofs by all keys that are asked for at the same time share one equation.
 *
 * @example
 * ```ts
 * import { credentialKey, ticketKey } from '@pennypost/sdk/verifier'
 * import { createMclGroth16Of } from '@pennypost/sdk/verifier/mcl'
 *
 * const groth16 = await createMclGroth16Of({ ticket: ticketKey, credential: credentialKey })
 * ```
 */
export async function createMclGroth16Of<K extends string>(
  keys: Readonly<Record<K, VerifyingKeyJson>>,
  { maxBatch = 32, random = randomBytes }: MclOptions = {},
): Promise<Readonly<Record<K, Groth16>> & { close(): void }> {
  const named = Object.entries<VerifyingKeyJson>(keys)
  const batch = new BatchVerifier(
    await loadMcl(),
    named.map(([, key]) => key),
    { capacity: maxBatch, random },
  )
  const waiting: Waiting[] = []
  let size = Math.min(few, maxBatch)
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

  function verifyOne(item: KeyedItem): Promise<boolean> {
    return new Promise((settle, fail) => {
      if (isClosed) throw closed()
      waiting.push({ item, settle, fail })
      if (!isRunning) void verifyAll()
    })
  }

  const backEnds = named.map(([name], key): [string, Groth16] => [
    name,
    { verify: async (items) => Promise.all(items.map((item) => verifyOne({ ...item, key }))) },
  ])
  return {
    ...(Object.fromEntries(backEnds) as Record<K, Groth16>),
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
