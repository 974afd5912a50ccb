import { type Checkpoint, decodeCheckpoint, encodeCheckpoint } from '../../codec/index.ts'
import { toHex } from '../../crypto/index.ts'
import { BaseError } from '../../errors.ts'
import { createTrust, restoreTrust, type Trust } from '../../notes/index.ts'
import { createProverClient, type ProverClient } from '../../transport/index.ts'
import type { CheckpointTrust } from '../../verifier/index.ts'
import type { Tell } from '../session/events.ts'
import { trustOf } from '../session/network.ts'
import type { ClientOptions } from '../session/options.ts'
import type { SafeStorage } from '../session/storage.ts'
import { treeKey } from './tree-keeper.ts'

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
  /** Where the trees of the last run lie, with them who has signed since the pinned ones, and the newest of the last login. */
  readonly storage: Pick<SafeStorage, 'get' | 'set'>
  readonly tell: Tell
}

/**
 * The newest checkpoint, for what it says of the network. Where nobody answers, or what they answer counts for nothing, which
 * is told, or is older than that of the last login, it is that one: who keeps a prover from answering must not bring back
 * terms that are gone. Undefined where nobody is asked, and where nothing was ever answered.
 */
export async function readSaid({ prover, trust }: SignedSource, reading: Reading): Promise<Checkpoint | undefined> {
  if (!prover || !trust) return undefined
  const { storage } = reading
  const key = `pennypost/said/${toHex(trust.networkId)}`
  const kept = decodeKept(await storage.get(key))
  const told = await askNewest({ prover, trust }, reading)
  if (!told || (kept && kept.sequence >= told.sequence)) return kept
  await storage.set(key, encodeCheckpoint(told))
  return told
}

type Pinned = { readonly prover: ProverClient; readonly trust: CheckpointTrust }

async function askNewest(pinned: Pinned, reading: Reading): Promise<Checkpoint | undefined> {
  const { signal, tell } = reading
  try {
    const signed = await pinned.prover.latestCheckpoint({ signal })
    return signed && (await (await openTrust(pinned, reading)).verify(signed, signal))
  } catch (error) {
    if (!(error instanceof BaseError)) throw error
    tell({ kind: 'degraded', code: error.code })
    return undefined
  }
}

function decodeKept(bytes: Uint8Array | undefined): Checkpoint | undefined {
  try {
    return bytes && decodeCheckpoint(bytes)
  } catch (error) {
    if (error instanceof BaseError) return undefined // what was kept is no checkpoint
    throw error
  }
}

/** On from where the last run was: who signed once and does no longer must not be believed again. */
export async function openTrust(
  { prover, trust }: Pinned,
  { now, storage }: Pick<Reading, 'now' | 'storage'>,
): Promise<Trust> {
  const begin = { genesis: trust, source: prover, now }
  const saved = await storage.get(treeKey(trust))
  try {
    return saved && saved.length > 0 ? restoreTrust(saved, begin).trust : createTrust(begin)
  } catch (error) {
    if (error instanceof BaseError) return createTrust(begin) // what was saved is no trust
    throw error
  }
}
