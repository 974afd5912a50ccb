import { createQueue } from '@pennypost/sdk/async'
import {
  type Checkpoint,
  decodeSignedCheckpoint,
  encodeSignedCheckpoint,
  type SignedCheckpoint,
} from '@pennypost/sdk/codec'
import {
  applyCheckpoint,
  BaseError,
  type CheckpointTrust,
  type CheckpointView,
  trustAfter,
  verifyCheckpoint,
} from '@pennypost/sdk/verifier'
import type { Clock } from '../plugins/clock.ts'
import { checkpointsPerPage, readCheckpoints } from '../plugins/read-checkpoints.ts'
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

/** Follows provers. Each checkpoint is verified, kept and applied in order; a prover that is down or lies stops nothing. */
export async function followCheckpoints(source: CheckpointSource): Promise<Checkpoints> {
  const { store, provers, seconds, clock, fetch } = source
  let { view, trust } = restore(await store.checkpoints(), source.trust, clock())
  const closing = new AbortController()
  const health = new Map<string, ProverHealth>(provers.map((url) => [url, { url, ok: false, error: 'not asked yet' }]))

  async function follow(url: string): Promise<void> {
    for (;;) {
      const after = view?.latest.sequence ?? 0n
      const page = await readCheckpoints({ fetch, url, after, signal: closing.signal })
      for (const signed of page) await take(signed)
      if (page.length < checkpointsPerPage || view?.latest.sequence === after) return
    }
  }

  async function take(signed: SignedCheckpoint): Promise<void> {
    const checkpoint: Checkpoint = verifyCheckpoint(signed, trust, { now: clock() })
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
function restore(kept: readonly Uint8Array[], genesis: CheckpointTrust, now: number): Followed {
  let [view, trust]: [CheckpointView | undefined, CheckpointTrust] = [undefined, genesis]
  for (const signed of kept) {
    try {
      const checkpoint = verifyCheckpoint(decodeSignedCheckpoint(signed), trust, { now })
      view = applyCheckpoint(view, checkpoint)
      trust = trustAfter(checkpoint, trust)
    } catch (error) {
      if (!(error instanceof BaseError)) throw error
    }
  }
  return { view, trust }
}

function reasonOf(error: unknown): string {
  if (error instanceof BaseError) return `${error.code}: ${error.message}`
  const { message, cause } = error as Error
  return cause instanceof Error ? `${message}: ${cause.message}` : String(message)
}
