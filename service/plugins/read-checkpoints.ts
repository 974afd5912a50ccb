import { joinSignals } from '@pennypost/sdk/async'
import { decodeSignedCheckpoint, type SignedCheckpoint } from '@pennypost/sdk/codec'
import { fromBase64 } from '@pennypost/sdk/crypto'
import { BaseError } from '@pennypost/sdk/verifier'
import { listOf, textOf } from './json.ts'
import { readObject } from './read-object.ts'

/** Most checkpoints of one answer. */
export const checkpointsPerPage = 100

const defaultTimeoutMs = 10_000
const mostOfPage = 8 * 1024 * 1024
/** One checkpoint with all its trees, terms and signatures, base64. */
const mostOfOne = 1024 * 1024

type Question = {
  readonly fetch: typeof globalThis.fetch
  /** The prover's URL. */
  readonly url: string
  /** Checkpoints with a greater number. */
  readonly after: bigint
  readonly signal: AbortSignal
  /** Milliseconds until the answer must be there. */
  readonly timeoutMs?: number | undefined
}

/** Signed checkpoints from a prover, oldest first. Nothing of it is believed here. */
export async function readCheckpoints({ after, ...where }: Question): Promise<SignedCheckpoint[]> {
  const path = `/v1/checkpoints?after=${after}&limit=${checkpointsPerPage}`
  const answer = await readJson(path, { ...where, maxBytes: mostOfPage })
  return listOf(answer?.checkpoints).map((base64) => decodeSignedCheckpoint(fromBase64(textOf(base64))))
}

/** The checkpoint for which a prover wants more signatures, with those it has; undefined if there is none. */
export async function readProposal(where: Omit<Question, 'after'>): Promise<SignedCheckpoint | undefined> {
  const answer = await readJson('/v1/checkpoints/proposed', { ...where, maxBytes: mostOfOne })
  return answer && decodeSignedCheckpoint(fromBase64(textOf(answer.checkpoint)))
}

type Reading = Omit<Question, 'after'> & { readonly maxBytes: number }

/** What a prover answers; undefined for a 404. */
async function readJson(path: string, { fetch, url, signal, maxBytes, timeoutMs = defaultTimeoutMs }: Reading) {
  const joined = joinSignals([signal], { afterMs: timeoutMs })
  try {
    const response = await fetch(url.replace(/\/$/, '') + path, { signal: joined.signal })
    if (response.status === 404) return undefined
    if (!response.ok) throw new ProverUnavailableError(`It answers ${response.status}.`)
    return await readObject(response, maxBytes)
  } finally {
    joined.release()
  }
}

/** Of encoded checkpoints in one answer, but always at least one checkpoint. */
const mostBytesServed = 2 * 1024 * 1024

/** As many checkpoints of a page as one answer takes. */
export function withinAnswer(signed: readonly Uint8Array[]): Uint8Array[] {
  let bytes = 0
  return signed.filter((one, i) => {
    bytes += one.length
    return i === 0 || bytes <= mostBytesServed
  })
}

/** A prover that does not answer as provers do. */
export class ProverUnavailableError extends BaseError {
  readonly code = 'prover.unavailable'
}
