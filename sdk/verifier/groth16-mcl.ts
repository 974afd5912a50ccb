import { type RandomBytes, randomBytes } from '../crypto/bytes.ts'
import type { Groth16, ProofItem, VerifyingKeyJson } from './groth16.ts'
import { BatchVerifier } from './groth16-mcl-batch.ts'
import { loadMcl, MclUnusableError } from './groth16-mcl-curve.ts'

export { MclUnusableError }

export type MclOptions = {
  /** How many proofs share one equation at most. It is also how long the thread is held: about a millisecond each. */
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

/**
 * The fast back end, for nodes: mcl-wasm, an optional peer. Proofs that are asked for at the same time, in one call or in
 * several, are verified together.
 *
 * A false proof makes its whole batch slower, so a batch is halved after one and grows again after good ones: under a
 * flood of false proofs they are verified one by one.
 */
export async function createMclGroth16(
  key: VerifyingKeyJson,
  { maxBatch = 32, random = randomBytes }: MclOptions = {},
): Promise<MclGroth16> {
  const batch = new BatchVerifier(await loadMcl(), key, { capacity: maxBatch, random })
  const waiting: Waiting[] = []
  let size = maxBatch
  let isClosed = false

  function verifyNext(): void {
    const next = waiting.splice(0, size)
    try {
      const results = batch.verify(next.map(({ item }) => item))
      size = results.every(Boolean) ? Math.min(maxBatch, size * 2) : Math.max(1, size >> 1)
      next.forEach(({ settle }, i) => {
        settle(results[i] ?? false)
      })
    } catch (error) {
      for (const { fail } of next) fail(error)
    }
    if (waiting.length > 0) setImmediate(verifyNext)
  }

  function verifyOne(item: ProofItem): Promise<boolean> {
    return new Promise((settle, fail) => {
      if (isClosed) throw new MclUnusableError('The verifier was closed.')
      if (waiting.push({ item, settle, fail }) === 1) setImmediate(verifyNext)
    })
  }

  return {
    verify: async (items) => Promise.all(items.map(verifyOne)),
    close() {
      if (isClosed) return
      isClosed = true
      batch.free()
      for (const { fail } of waiting.splice(0)) fail(new MclUnusableError('The verifier was closed.'))
    },
  }
}
