import { randomConversation } from '../../xmtp/index.ts'
import { conversationLane, expiryOf, type LaneEdges, makeLane, type OwnLane, openLane } from '../lanes/lane.ts'
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
  /** One for a letter; undefined where none is ready. */
  take(): PreparedConversation | undefined
  /** Topics of all that were opened in this run. */
  topics(): readonly string[]
  /** Tells of topics as they are opened. Answers how to stop. */
  onReady(listener: (topics: readonly string[]) => void): () => void
}

type Options = { readonly session: Session; readonly edges: LaneEdges }

/** So many wait at the most; the oldest makes room. */
const most = 6
/** The first ones come so much faster. */
const haste = 10
/** A lane that is nearly over is no good to answer with. */
const leastSeconds = 3 * 86_400

/**
 * Opens conversations ahead, where opening them is free. Were they opened with the letter, the node would see which
 * conversation a letter begins.
 */
export function createPrepared({ session, edges }: Options): Prepared {
  const { network, privacy, sleep, random, clock, signal, tell } = session
  const ready: PreparedConversation[] = []
  const topics: string[] = []
  const listeners = new Set<(topics: readonly string[]) => void>()

  async function prepare(): Promise<void> {
    const keys = randomConversation(random)
    const { units, ttl } = conversationLane
    const fields = { topic: keys.topic, units, expiresAt: expiryOf(clock.seconds(), ttl) }
    const [own, reply] = [makeLane(random(32), fields), makeLane(random(32), fields)]
    const opened = await openLane(edges, own, {}, signal)
    const answer = opened.ok ? await openLane(edges, reply, { renews: own }, signal) : opened
    if (!answer.ok) throw new RefusedError(answer)
    ready.push({ keys, own, reply })
    topics.push(keys.topic)
    for (const listener of listeners) listener([keys.topic])
    if (ready.length > most) ready.shift()
  }

  if (privacy.prepareSeconds > 0 && network.floor.kind === 'everyone') {
    const onError = () => {
      if (!signal.aborted) tell({ kind: 'degraded', code: 'conversations.not-prepared' })
    }
    const seconds = privacy.prepareSeconds
    const options = { sleep, random, signal, onError }
    void beat(prepare, { ...options, seconds })
    void beat(() => (ready.length < most / 2 ? prepare() : Promise.resolve()), { ...options, seconds: seconds / haste })
  }

  return {
    topics: () => topics,
    onReady(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    take() {
      const least = BigInt(clock.seconds() + leastSeconds)
      return ready.splice(0).reduce<PreparedConversation | undefined>((taken, conversation) => {
        if (taken) ready.push(conversation)
        return taken ?? (conversation.own.expiresAt > least ? conversation : undefined)
      }, undefined)
    },
  }
}
