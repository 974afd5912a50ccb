import { createGate, exponentialDelay, joinSignals } from '../../async.ts'
import { randomConversation } from '../../xmtp/index.ts'
import {
  conversationLane,
  expiryOf,
  type LaneEdges,
  makeLane,
  makeRenewal,
  type OwnLane,
  openLane,
} from '../lanes/lane.ts'
import { beat } from '../session/beat.ts'
import { RefusedError } from '../session/refused-error.ts'
import type { Session } from '../session/session.ts'

/** A conversation whose lanes are open, and that no letter has named yet. */
export type PreparedConversation = {
  readonly keys: ReturnType<typeof randomConversation>
  readonly own: OwnLane
  readonly reply: OwnLane
}

/** Conversations that were opened ahead, at times that have nothing to do with any letter. */
export type Prepared = {
  /** One for a letter; undefined where none is ready. Where letters wait anyway, waits for one, or for the node to refuse it. */
  take(signal?: AbortSignal): Promise<PreparedConversation | undefined>
  /** Topics of all that were opened in this run. */
  topics(): readonly string[]
  /** Tells of topics as they are opened. Answers how to stop. */
  onReady(listener: (topics: readonly string[]) => void): () => void
}

type Options = {
  readonly session: Session
  readonly edges: LaneEdges
  /** The random while after logging in: the first ones come at times of their own after its end. */
  readonly awake: Promise<void>
}

/** So many wait at the most; the oldest makes room. */
const most = 6
/** The first ones come so much faster. */
const haste = 10
/** Of so many is remembered which ones they were. */
const mostTopics = 500
/** A lane that is nearly over is no good to answer with. */
const leastSeconds = 3 * 86_400

/**
 * Opens conversations ahead, where opening them is free. Were they opened with the letter, the node would see which
 * conversation a letter begins.
 */
export function createPrepared({ session, edges, awake }: Options): Prepared {
  const { network, privacy, clock, sleep, random, signal } = session
  const ready: PreparedConversation[] = []
  const topics: string[] = []
  const listeners = new Set<(topics: readonly string[]) => void>()
  const gate = createGate()

  async function prepare(): Promise<void> {
    const conversation = await openAhead(session, edges)
    ready.push(conversation)
    topics.push(conversation.keys.topic)
    for (const listener of listeners) listener([conversation.keys.topic])
    gate.open()
    if (ready.length > most) ready.shift()
    if (topics.length > mostTopics) topics.shift()
  }

  function pick(): PreparedConversation | undefined {
    const least = BigInt(clock.seconds() + leastSeconds)
    while (ready[0] && ready[0].own.expiresAt <= least) ready.shift()
    return ready.shift()
  }

  const isPreparing = privacy.prepareSeconds > 0 && network.floor.kind === 'everyone'
  const start = () => run(session, { prepare, isLow: () => ready.length < most / 2, onRefused: gate.open })
  if (isPreparing) awake.then(start, () => undefined)

  return {
    topics: () => topics,
    onReady(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    async take(ending) {
      const found = pick()
      if (found || privacy.waitSeconds === 0 || !isPreparing) return found
      const delay = exponentialDelay((privacy.prepareSeconds / haste) * 1000, random)
      const either = joinSignals([ending, signal])
      try {
        await gate.wait(either.signal)
        await sleep(delay, either.signal) // not right behind what was opened just now
      } finally {
        either.release()
      }
      return pick()
    },
  }
}

/** A new conversation with its two lanes, in nobody's name. */
async function openAhead({ random, clock, signal }: Session, edges: LaneEdges): Promise<PreparedConversation> {
  const keys = randomConversation(random)
  const { units, ttl } = conversationLane
  const fields = { topic: keys.topic, units, expiresAt: expiryOf(clock.seconds(), ttl) }
  const own = makeLane(random(32), fields)
  const reply = makeRenewal(edges, { renews: own, random, ...fields })
  const opened = await openLane(edges, own, {}, signal)
  const answer = opened.ok ? await openLane(edges, reply, { renews: own }, signal) : opened
  if (!answer.ok) throw new RefusedError(answer)
  return { keys, own, reply }
}

type Running = {
  readonly prepare: () => Promise<void>
  readonly isLow: () => boolean
  /** Who waits for a conversation gets none while the node refuses what the network's floor allows. */
  readonly onRefused: () => void
}

/** At a steady rate, and faster while few are ready: the node sees that some are used, not by whom. */
function run({ privacy, sleep, random, signal, tell }: Session, { prepare, isLow, onRefused }: Running): void {
  const onError = (error: unknown) => {
    if (error instanceof RefusedError) onRefused()
    if (!signal.aborted) tell({ kind: 'degraded', code: 'conversations.not-prepared' })
  }
  const seconds = privacy.prepareSeconds
  const options = { sleep, random, signal, onError }
  void beat(prepare, { ...options, seconds })
  void beat(async () => (isLow() ? prepare() : undefined), { ...options, seconds: seconds / haste })
}
