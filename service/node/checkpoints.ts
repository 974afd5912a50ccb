import { createQueue, joinSignals } from '@pennypost/sdk/async'
import { type Checkpoint, decodeSignedCheckpoint, encodeSignedCheckpoint } from '@pennypost/sdk/codec'
import { fromBase64 } from '@pennypost/sdk/crypto'
import {
  applyCheckpoint,
  BaseError,
  type CheckpointTrust,
  type CheckpointView,
  trustAfter,
  verifyCheckpoint,
} from '@pennypost/sdk/verifier'
import type { Clock } from '../plugins/clock.ts'
import { listOf, recordOf, textOf } from './json.ts'
import type { NodeStore } from './store/index.ts'

/** What the node knows of the chain, and how it hears of it. */
export type Checkpoints = {
  view(): CheckpointView | undefined
  health(): readonly ProverHealth[]
  /** Asks every prover once for what is new. */
  poll(): Promise<void>
  close(): Promise<void>
}

/** How following a prover goes. */
export type ProverHealth = {
  readonly url: string
  readonly ok: boolean
  readonly error?: string | undefined
  readonly lastSeen?: number | undefined
}

/** Where checkpoints come from and whose count. */
export type CheckpointSource = {
  readonly store: Pick<NodeStore, 'checkpoints' | 'addCheckpoint'>
  /** Whose first checkpoint counts; those after it name their own signers. */
  readonly trust: CheckpointTrust
  readonly provers: readonly string[]
  readonly seconds: number
  readonly clock: Clock
  readonly fetch: typeof globalThis.fetch
}

const pageSize = 100
const timeoutMs = 10_000
const maxBytes = 8 * 1024 * 1024

/** Follows provers. Each checkpoint is verified, kept and applied in order; a prover that is down or lies stops nothing. */
export async function followCheckpoints(source: CheckpointSource): Promise<Checkpoints> {
  const { store, provers, seconds, clock, fetch } = source
  let { view, trust } = restore(await store.checkpoints(), source.trust)
  const closing = new AbortController()
  const health = new Map<string, ProverHealth>(provers.map((url) => [url, { url, ok: false, error: 'not asked yet' }]))

  async function follow(url: string): Promise<void> {
    for (;;) {
      const after = view?.latest.sequence ?? 0n
      const path = `/v1/checkpoints?after=${after}&limit=${pageSize}`
      const page = await readPage(fetch, url.replace(/\/$/, '') + path, closing.signal)
      for (const signed of page) await take(signed)
      if (page.length < pageSize || view?.latest.sequence === after) return
    }
  }

  async function take(base64: string): Promise<void> {
    const signed = decodeSignedCheckpoint(fromBase64(base64))
    const checkpoint: Checkpoint = verifyCheckpoint(signed, trust)
    const next = applyCheckpoint(view, checkpoint)
    if (next === view) return
    await store.addCheckpoint(checkpoint.sequence, encodeSignedCheckpoint(signed), Number(checkpoint.issuedAt))
    view = next
    trust = trustAfter(checkpoint, trust)
  }

  async function ask(url: string): Promise<void> {
    try {
      await follow(url)
      health.set(url, { url, ok: true, lastSeen: Math.floor(clock()) })
    } catch (error) {
      const lastSeen = health.get(url)?.lastSeen
      health.set(url, { url, ok: false, error: reasonOf(error), lastSeen })
    }
  }

  async function pollOnce(): Promise<void> {
    for (const url of provers) if (!closing.signal.aborted) await ask(url)
  }

  const { poll, stop } = startPolling(pollOnce, seconds)
  return {
    view: () => view,
    health: () => [...health.values()],
    poll,
    close() {
      closing.abort()
      return stop()
    },
  }
}

/** Polls at once and from time to time, unless a poll is still under way; one that is asked for has its turn. */
function startPolling(pollOnce: () => Promise<void>, seconds: number) {
  const inTurn = createQueue()
  let polls = 0
  const poll = async (): Promise<void> => {
    polls++
    await inTurn(pollOnce).finally(() => polls--)
  }
  const timer = setInterval(() => (polls === 0 ? poll() : undefined), seconds * 1000)
  timer.unref()
  void poll()
  const stop = (): Promise<void> => {
    clearInterval(timer)
    return inTurn(async () => undefined)
  }
  return { poll, stop }
}

type Followed = { readonly view: CheckpointView | undefined; readonly trust: CheckpointTrust }

/**
 * What was kept, as far as signers stand behind it: the first checkpoint's are pinned, and each checkpoint may name those
 * of the next.
 */
function restore(kept: readonly Uint8Array[], genesis: CheckpointTrust): Followed {
  let [view, trust]: [CheckpointView | undefined, CheckpointTrust] = [undefined, genesis]
  for (const signed of kept) {
    try {
      const checkpoint = verifyCheckpoint(decodeSignedCheckpoint(signed), trust)
      view = applyCheckpoint(view, checkpoint)
      trust = trustAfter(checkpoint, trust)
    } catch (error) {
      if (!(error instanceof BaseError)) throw error
    }
  }
  return { view, trust }
}

async function readPage(fetch: typeof globalThis.fetch, url: string, closing: AbortSignal): Promise<string[]> {
  const { signal, release } = joinSignals([closing], { afterMs: timeoutMs })
  try {
    const response = await fetch(url, { signal })
    if (!response.ok) throw new ProverUnavailableError(`It answers ${response.status}.`)
    return listOf(recordOf(JSON.parse(await readText(response))).checkpoints).map(textOf)
  } finally {
    release()
  }
}

/** Reads no further than an answer may be long. */
async function readText({ body }: Response): Promise<string> {
  const decoder = new TextDecoder()
  let [text, bytes] = ['', 0]
  for await (const chunk of body ?? []) {
    bytes += chunk.length
    if (bytes > maxBytes) throw new ProverUnavailableError('Its answer is too large.')
    text += decoder.decode(chunk, { stream: true })
  }
  return text
}

function reasonOf(error: unknown): string {
  if (error instanceof BaseError) return `${error.code}: ${error.message}`
  const { message, cause } = error as Error
  return cause instanceof Error ? `${message}: ${cause.message}` : String(message)
}

/** A prover that does not answer as provers do. */
export class ProverUnavailableError extends BaseError {
  readonly code = 'prover.unavailable'
}
