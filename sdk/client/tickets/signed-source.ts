import type { Checkpoint } from '../../codec/index.ts'
import { BaseError } from '../../errors.ts'
import { createTrust } from '../../notes/index.ts'
import { createProverClient, type ProverClient } from '../../transport/index.ts'
import type { CheckpointTrust } from '../../verifier/index.ts'
import { trustOf } from '../session/network.ts'
import type { ClientOptions } from '../session/options.ts'

/** Where signed checkpoints come from, whose count, and the newest that is known. */
export type SignedSource = {
  readonly prover: ProverClient | undefined
  readonly trust: CheckpointTrust | undefined
  newest: () => Checkpoint | undefined
}

/** The source that was configured; nothing is known of it yet. */
export function signedSource({ prover: url, anonymousFetch: fetch, network }: ClientOptions): SignedSource {
  const prover = url ? createProverClient({ url, fetch }) : undefined
  return { prover, trust: trustOf(network), newest: () => undefined }
}

type Reading = {
  /** Unix seconds. */
  readonly now: () => number
  readonly signal?: AbortSignal | undefined
}

/** The newest checkpoint, for what it says of the network; undefined where nobody can be asked, or be believed. */
export async function readSaid(
  { prover, trust }: SignedSource,
  { now, signal }: Reading,
): Promise<Checkpoint | undefined> {
  if (!prover || !trust) return undefined
  try {
    const signed = await prover.latestCheckpoint({ signal })
    return signed && (await createTrust({ genesis: trust, source: prover, now }).verify(signed, signal))
  } catch (error) {
    if (error instanceof BaseError) return undefined
    throw error
  }
}
