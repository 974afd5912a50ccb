import { toHex } from '../crypto/bytes.ts'
import { sha256 } from '../crypto/hash.ts'
import { nodeModule } from '../crypto/node-module.ts'
import { BaseError } from '../errors.ts'
import { credentialArtifacts, ticketArtifacts } from '../generated/keys.ts'

/** What proves: the circuit's witness program and its proving key. */
export type Artifacts = { readonly wasm: Uint8Array; readonly zkey: Uint8Array }

export type LoadOptions = {
  /**
   * The folder that holds the circuits' `.wasm` and `.zkey`, in browsers relative to the page; in Node, unless told, the one
   * that comes with the SDK.
   */
  readonly folder?: string | URL
  readonly fetch?: typeof fetch | undefined
  readonly signal?: AbortSignal | undefined
}

const pinned = { ticket: ticketArtifacts, credential: credentialArtifacts } as const

/**
 * Loads what proves tickets, from a file or over HTTP, and holds it to the pinned hashes: a forged proving key could make
 * proofs that tell who made them.
 */
export const loadTicketArtifacts = (options: LoadOptions = {}): Promise<Artifacts> => loadArtifacts('ticket', options)

/** The same of what proves credentials. */
export const loadCredentialArtifacts = (options: LoadOptions = {}): Promise<Artifacts> =>
  loadArtifacts('credential', options)

async function loadArtifacts(circuit: keyof typeof pinned, options: LoadOptions): Promise<Artifacts> {
  const load = async (name: keyof Artifacts) => {
    const url = new URL(
      `${circuit}.${name}`,
      new URL(withSlash(options.folder ?? defaultFolder()), globalThis.location?.href),
    )
    const bytes = url.protocol === 'file:' ? await readFile(url, options) : await fetchBytes(url, options)
    const hash = toHex(await digest(bytes))
    if (hash === pinned[circuit][name]) return bytes
    throw new ArtifactMismatchError(`${url} is not the pinned ${circuit}.${name}: its SHA-256 is ${hash}.`)
  }
  const [wasm, zkey] = await Promise.all([load('wasm'), load('zkey')])
  return { wasm, zkey }
}

/** Beside the sources in development, beside the built modules when published. */
function defaultFolder(): URL {
  return new URL(import.meta.url.endsWith('.ts') ? '../../circuits/keys/' : '../keys/', import.meta.url)
}

const withSlash = (folder: string | URL) => (String(folder).endsWith('/') ? folder : `${folder}/`)

async function readFile(url: URL, { signal }: LoadOptions): Promise<Uint8Array> {
  const files = nodeModule('node:fs/promises')
  if (!files) throw new ArtifactUnavailableError(`${url} cannot be read here.`, { hint: 'Give an HTTP URL.' })
  try {
    return await files.readFile(url, { signal })
  } catch (cause) {
    signal?.throwIfAborted()
    throw new ArtifactUnavailableError(`${url} cannot be read.`, { cause })
  }
}

async function fetchBytes(url: URL, { fetch = globalThis.fetch, signal }: LoadOptions): Promise<Uint8Array> {
  try {
    const response = await fetch(url, { signal: signal ?? null })
    if (response.ok) return new Uint8Array(await response.arrayBuffer())
    throw new ArtifactUnavailableError(`${url} answered ${response.status}.`)
  } catch (cause) {
    signal?.throwIfAborted()
    if (cause instanceof ArtifactUnavailableError) throw cause
    throw new ArtifactUnavailableError(`${url} cannot be fetched.`, { cause })
  }
}

/** By the platform where it can (secure contexts), which takes a tenth of the time. */
async function digest(bytes: Uint8Array): Promise<Uint8Array> {
  const subtle = globalThis.crypto?.subtle
  return subtle ? new Uint8Array(await subtle.digest('SHA-256', bytes as BufferSource)) : sha256(bytes)
}

/** A file of the prover that cannot be had. */
export class ArtifactUnavailableError extends BaseError {
  override readonly code = 'artifacts.unavailable'
}

/** A file of the prover that is not the one this version was made with. */
export class ArtifactMismatchError extends BaseError {
  override readonly code = 'artifacts.mismatch'
}
