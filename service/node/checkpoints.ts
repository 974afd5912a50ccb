import { createQueue } from '@pennypost/sdk/async'
import type { SignedCheckpoint } from '@pennypost/sdk/codec'
import { zeroAddress } from '@pennypost/sdk/crypto'
import { BaseError, type CheckpointTrust, type CheckpointView, type NodeSet } from '@pennypost/sdk/verifier'
import type { Clock } from '../plugins/clock.ts'
import { checkpointsPerPage, readCheckpoints } from '../plugins/read-checkpoints.ts'
import { createDoubts } from './doubts.ts'
import { type Followed, openFollowed, type Successors } from './followed.ts'
import type { NodeStore } from './store/index.ts'

/** What the node knows of the chain, and how it hears of it. */
export type Checkpoints = {
  view(): CheckpointView | undefined
  /** Every set of nodes that was named, the newest last. */
  sets(): readonly NodeSet[]
  health(): readonly ProverHealth[]
  /** Why nothing more is followed, while signers contradict each other. */
  doubt(): string | undefined
  /** Hears of each such doubt, and of its end. */
  onDoubt(listener: (doubt: string | undefined) => void): void
  /** Hears how each question to a prover went, and how the one before; first how the last ones went until now. */
  onAsked(listener: (now: ProverHealth, before: ProverHealth) => void): void
  /** Asks every prover once for what is new. */
  poll(): Promise<void>
  close(): Promise<void>
}

/** How following a prover goes. */
export type ProverHealth = {
  readonly url: string
  readonly ok: boolean
  /** Of an error that has one: `checkpoint.invalid` of who serves what may not be followed. */
  readonly code?: string | undefined
  readonly error?: string | undefined
  readonly lastSeen?: number | undefined
}

/** Where checkpoints come from and whose count. */
export type CheckpointSource = {
  readonly store: Pick<NodeStore, 'checkpoints' | 'checkpoint' | 'addCheckpoint'>
  /** Whose first checkpoint counts; those after it name their own signers. */
  readonly trust: CheckpointTrust
  /** Whose count from a later checkpoint on, whatever is said before. */
  readonly successors?: readonly Successors[] | undefined
  readonly provers: readonly string[]
  readonly seconds: number
  readonly clock: Clock
  readonly fetch: typeof globalThis.fetch
}

/**
 * Follows provers. Each checkpoint is verified, kept and applied in order; a prover that is down or lies stops nothing. While
 * signers contradict each other, nothing more is followed, and what is kept grows old.
 */
export async function followCheckpoints(source: CheckpointSource): Promise<Checkpoints> {
  const { provers, seconds, clock } = source
  const closing = new AbortController()
  const followed = await openFollowed(source)
  const bonded = source.trust.registry === zeroAddress ? [] : provers // without bonds a contradiction proves nothing
  const doubts = createDoubts({ ...source, followed, provers: bonded, signal: closing.signal })
  const listeners: Parameters<Checkpoints['onDoubt']>[0][] = []
  const askListeners: Parameters<Checkpoints['onAsked']>[0][] = []
  const health = new Map(provers.map((url) => [url, notAsked(url)]))
  let doubt: string | undefined

  function note(now: ProverHealth): void {
    const before = health.get(now.url) ?? now
    health.set(now.url, now)
    for (const listener of askListeners) listener(now, before)
  }

  async function ask(url: string): Promise<string | undefined> {
    try {
      const found = await followProver(url, { ...source, followed, doubts, signal: closing.signal })
      note({ url, ok: true, lastSeen: Math.floor(clock()) })
      return found
    } catch (error) {
      if (!closing.signal.aborted) note({ url, ok: false, ...reasonOf(error), lastSeen: health.get(url)?.lastSeen })
      return undefined
    }
  }

  async function pollOnce(): Promise<void> {
    let found = await doubts.inquire()
    for (const url of provers) if (!closing.signal.aborted) found = (await ask(url)) ?? found
    if (found === doubt) return
    doubt = found
    for (const listener of listeners) listener(doubt)
  }

  const { poll, stop } = startPolling(pollOnce, seconds)
  return {
    view: followed.view,
    sets: followed.sets,
    health: () => [...health.values()],
    doubt: () => doubt,
    onDoubt: (listener) => void listeners.push(listener),
    onAsked(listener) {
      askListeners.push(listener)
      for (const now of health.values()) if (now.error !== notAsked(now.url).error) listener(now, notAsked(now.url))
    },
    poll,
    close() {
      closing.abort()
      return stop()
    },
  }
}

const notAsked = (url: string): ProverHealth => ({ url, ok: false, error: 'not asked yet' })

type Following = Pick<CheckpointSource, 'fetch'> & {
  readonly followed: Followed
  readonly doubts: ReturnType<typeof createDoubts>
  readonly signal: AbortSignal
}

/** Follows what a prover has that is new; answers why it stopped, where signers contradict each other. */
async function followProver(url: string, following: Following): Promise<string | undefined> {
  const { followed, fetch, signal } = following
  for (;;) {
    const after = followed.view()?.latest.sequence ?? 0n
    const page = await readCheckpoints({ fetch, url, after, signal })
    const doubt = await takePage(page, following)
    if (doubt) return doubt
    if (page.length < checkpointsPerPage || followed.view()?.latest.sequence === after) return undefined
  }
}

async function takePage(page: readonly SignedCheckpoint[], { followed, doubts }: Following) {
  for (const signed of page) {
    const candidate = followed.judge(signed)
    if (!candidate) continue
    const doubt = doubts.about(candidate)
    if (doubt) return doubt
    await followed.add(candidate)
  }
  return undefined
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

function reasonOf(failure: unknown): Pick<ProverHealth, 'code' | 'error'> {
  if (failure instanceof BaseError) return { code: failure.code, error: `${failure.code}: ${failure.message}` }
  const { message, cause } = failure as Error
  return { error: cause instanceof Error ? `${message}: ${cause.message}` : String(message) }
}
