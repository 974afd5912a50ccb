import { decodeSignedCheckpoint, type SignedCheckpoint } from '../codec/index.ts'
import { fromBase64, fromBytes } from '../crypto/index.ts'
import { BaseError, type ErrorOptions } from '../errors.ts'
import type { Operation } from '../notes/log.ts'
import { type Answer, exchange, type Fetch, type Peer } from './exchange.ts'
import { ownConnection } from './own-connection.ts'
import { isPage, isRecord, messageOf, ownProblemOf, safeJson, textOf } from './problem.ts'

/** A page of what a prover has: where it starts, how much at most, and a way to give up. */
export type ProverPage = { readonly from?: number; readonly limit?: number; readonly signal?: AbortSignal | undefined }

/** A page of what a prover has of one tree. */
export type TreePage = ProverPage & { /** Its number, from 0. */ readonly tree: number }

/** Leaves of one note tree, as they are after so many operations; how many it then has, and how many it has room for. */
export type LeafPage = { readonly size: number; readonly capacity: number; readonly leaves: readonly bigint[] }

/** Operations of the note log, in order, and how many the newest checkpoint covers. */
export type OperationPage = { readonly total: bigint; readonly operations: readonly Operation[] }

/** That `granter` lets `writer` write to it, by an attestation on the chain. */
export type ChainConnection = {
  readonly granter: string
  readonly writer: string
  /** Of the attestation, hex. */
  readonly uid: string
  /** Unix seconds; 0 for never. */
  readonly expiresAt: number
}

/** What a client asks a prover. Nothing that a prover says is believed here: {@link followTree} checks it. */
export type ProverClient = {
  readonly url: string
  /** Checkpoints after a sequence number, oldest first. */
  checkpoints(after: bigint, page?: ProverPage): Promise<SignedCheckpoint[]>
  /** The newest checkpoint; undefined if none is signed yet. */
  latestCheckpoint(options?: { signal?: AbortSignal | undefined }): Promise<SignedCheckpoint | undefined>
  /** Leaves of one tree after the first `operations`, from a leaf on. */
  leaves(operations: bigint, page: TreePage): Promise<LeafPage>
  /** The nodes of one tree at level 10 after the first `operations`, each over 1,024 leaves. */
  nodes(operations: bigint, page: TreePage): Promise<readonly bigint[]>
  /** Operations from number `page.from` on. */
  operations(page?: ProverPage): Promise<OperationPage>
  /** Connections on the chain that an account has granted or was granted. Tells the prover who asks about whom. */
  connections(account: string, options?: { signal?: AbortSignal | undefined }): Promise<ChainConnection[]>
}

/**
 * Talks to a prover over HTTP. Under Node each request has a connection of its own unless a fetch is given, so that a question
 * about an account is not tied to those about the tree.
 */
export function createProverClient({
  url,
  fetch = ownConnection() ?? globalThis.fetch,
}: {
  url: string
  fetch?: Fetch | undefined
}): ProverClient {
  const get = (path: string, { signal }: ProverPage = {}) => getJson({ url: new URL(path, url).href, fetch, signal })
  return {
    url,
    async checkpoints(after, page) {
      const json = await get(`/v1/checkpoints?after=${after}${limitOf(page)}`, page)
      return bounded(listOf(json, 'checkpoints'), page).map(readCheckpoint)
    },
    async latestCheckpoint(options) {
      try {
        const json = await get('/v1/checkpoints/latest', options)
        return readCheckpoint(isRecord(json) ? json.checkpoint : undefined)
      } catch (error) {
        if (error instanceof ProverRefusedError && error.reason === 'checkpoint.none') return undefined
        throw error
      }
    },
    async leaves(operations, page) {
      const query = `operations=${operations}&tree=${page.tree}&from=${page.from ?? 0}${limitOf(page)}`
      const found = readLeaves(await get(`/v1/leaves?${query}`, page))
      bounded(found.leaves, page)
      return found
    },
    async nodes(operations, page) {
      return readWords(await get(`/v1/nodes?operations=${operations}&tree=${page.tree}`, page), 'nodes')
    },
    async operations(page) {
      const json = await get(`/v1/operations?after=${page?.from ?? 0}${limitOf(page)}`, page)
      const list = bounded(listOf(json, 'operations'), page)
      const operations = list.map((entry, i) => readOperation(entry, (page?.from ?? 0) + i))
      return { total: BigInt(wholeNumber(json, 'total')), operations }
    },
    async connections(account, options) {
      const json = await get(`/v1/connections?account=${encodeURIComponent(account)}`, options)
      return listOf(json, 'connections').map(readConnection)
    },
  }
}

const limitOf = (page: ProverPage | undefined): string => (page?.limit === undefined ? '' : `&limit=${page.limit}`)

type Request = { readonly url: string; readonly fetch: Fetch; readonly signal: AbortSignal | undefined }

/** Of 16,384 leaves, or of 1,000 operations, and some air. */
const mostBytes = 32 * 1024 * 1024
/** What a page may hold where the question does not say. */
const mostEntries = 65_536

const getJson = ({ url, fetch, signal }: Request): Promise<unknown> => askProver({ url, fetch, signal })

type Question = {
  readonly url: string
  readonly fetch?: Fetch | undefined
  readonly signal?: AbortSignal | undefined
  /** Posted as JSON where it is there. */
  readonly body?: unknown
}

/** Asks a prover one thing and reads its JSON. */
export async function askProver({ url, fetch, signal, body }: Question): Promise<unknown> {
  const accept = { accept: 'application/json' }
  const posted = {
    method: 'POST',
    headers: { ...accept, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  }
  const init = body === undefined ? { headers: accept } : posted
  const own = fetch ?? ownConnection() ?? globalThis.fetch
  const answer = await exchange({ peer: proverPeer, fetch: own, url, init, mostBytes, signal })
  if (answer.status < 200 || answer.status > 299) throw errorOf(answer)
  if (isPage(answer.contentType)) throw notTheProver(answer.status)
  const json = safeJson(textOf(answer))
  if (json === undefined) throw new ProverResponseError('Expected JSON from the prover.')
  return json
}

/** Only what a prover says in its own form is its word. */
function errorOf(answer: Answer): BaseError {
  const { status } = answer
  const problem = ownProblemOf(answer)
  if (!problem) return notTheProver(status)
  const message = messageOf('prover', problem)
  if (status >= 500 || status === 429) return new ProverUnavailableError(message)
  return new ProverRefusedError(message, { reason: problem.code })
}

function notTheProver(status: number): ProverUnavailableError {
  return new ProverUnavailableError(`The answer (${status}) is not the prover's own.`, {
    hint: 'A proxy or a portal may be in between; check the URL.',
  })
}

/** What was asked for, and no more. */
function bounded<T extends { readonly length: number }>(list: T, page: ProverPage | undefined): T {
  const most = page?.limit ?? mostEntries
  if (list.length <= most) return list
  throw new ProverResponseError(`The prover's page has ${list.length} entries; it was asked for ${most}.`)
}

function readCheckpoint(json: unknown): SignedCheckpoint {
  return decodeSignedCheckpoint(bytesOf(json, 'a checkpoint'))
}

function readLeaves(json: unknown): LeafPage {
  const leaves = readWords(json, 'leaves')
  return { size: wholeNumber(json, 'size'), capacity: wholeNumber(json, 'capacity'), leaves }
}

function readWords(json: unknown, name: 'leaves' | 'nodes'): bigint[] {
  const bytes = bytesOf(isRecord(json) ? json[name] : undefined, name)
  if (bytes.length % 32 !== 0) throw new ProverResponseError(`Expected 32 bytes for each of the ${name}.`)
  return Array.from({ length: bytes.length / 32 }, (_, i) => fromBytes(bytes.subarray(32 * i, 32 * i + 32)))
}

function readOperation(json: unknown, index: number): Operation {
  if (!isRecord(json) || json.index !== index) throw new ProverResponseError(`Expected operation ${index} of the log.`)
  const leafIndex = wholeNumber(json, 'leafIndex')
  if (json.kind === 'zero') return { kind: 'zero', leafIndex }
  return {
    kind: 'append',
    leafIndex,
    commitment: wordOf(json.commitment, 'a commitment'),
    classId: wordOf(json.classId, 'a class'),
    limit: BigInt(wholeNumber(json, 'limit')),
    expiry: BigInt(wholeNumber(json, 'expiry')),
  }
}

function readConnection(json: unknown): ChainConnection {
  const { granter, writer, uid } = isRecord(json) ? json : {}
  if (typeof granter !== 'string' || typeof writer !== 'string' || typeof uid !== 'string') {
    throw new ProverResponseError('Expected a connection between two accounts.')
  }
  return { granter, writer, uid, expiresAt: wholeNumber(json, 'expiresAt') }
}

function listOf(json: unknown, name: string): unknown[] {
  const list = isRecord(json) ? json[name] : undefined
  if (!Array.isArray(list)) throw new ProverResponseError(`Expected a list of ${name}.`)
  return list
}

function bytesOf(json: unknown, name: string): Uint8Array {
  if (typeof json !== 'string') throw new ProverResponseError(`Expected ${name} in base64.`)
  return fromBase64(json)
}

function wordOf(json: unknown, name: string): bigint {
  const bytes = bytesOf(json, name)
  if (bytes.length !== 32) throw new ProverResponseError(`Expected 32 bytes of ${name}.`)
  return fromBytes(bytes)
}

/** A whole number that JSON has as a number or, where it may be large, as text. */
function wholeNumber(json: unknown, name: string): number {
  const value = Number(isRecord(json) ? json[name] : Number.NaN)
  if (!Number.isSafeInteger(value) || value < 0) throw new ProverResponseError(`Expected a whole number as ${name}.`)
  return value
}

/** A prover, for {@link exchange}. */
const proverPeer: Peer = {
  name: 'prover',
  unavailable: (message, options) => new ProverUnavailableError(message, options),
  malformed: (message, options) => new ProverResponseError(message, options),
}

/** The prover cannot be reached, is overloaded or failed; asking again may help. What is held already goes on working. */
export class ProverUnavailableError extends BaseError {
  override readonly code = 'prover.unavailable'
}

/** The prover understood and refused; asking again changes nothing. `reason` is its own code. */
export class ProverRefusedError extends BaseError {
  override readonly code = 'prover.refused'
  readonly reason: string

  constructor(message: string, { reason, ...options }: ErrorOptions & { reason: string }) {
    super(message, options)
    this.reason = reason
  }
}

/** The prover answered with something that is not the protocol. */
export class ProverResponseError extends BaseError {
  override readonly code = 'prover.response'
}
