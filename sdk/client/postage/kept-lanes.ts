import { type Address, fromHex, toHex, utf8 } from '../../crypto/index.ts'
import type { LaneTerms } from '../lanes/lane.ts'
import type { Clock } from '../session/clock.ts'
import type { SealedStorage } from '../session/sealed-storage.ts'
import type { KeptUses, NamedUse } from '../tickets/ticket-maker.ts'

/** A lane that is planned for a wallet: its terms, the tickets that were drawn for it, and what became of it. */
export type KeptLane = {
  readonly lane: LaneTerms
  readonly uses: readonly NamedUse[]
  readonly isOpen: boolean
  /** Whether something had waited for it; undefined where nobody has heard. */
  readonly isDelivered: boolean | undefined
}

/** Whose lane it is, and on which topic. */
export type LaneFor = { readonly wallet: Address; readonly topic: string }

type Edges = {
  readonly clock: Pick<Clock, 'seconds'>
  /** Where the lanes last beyond this run; without it they are for this run only. */
  readonly memory: SealedStorage | undefined
}

const marginSeconds = 60

/** Lanes that are planned for wallets, each until it ends. */
export function createKeptLanes({ clock, memory }: Edges) {
  const planned = new Map<string, KeptLane>()

  /** As far as this run knows. */
  function known(key: LaneFor): KeptLane | undefined {
    const found = planned.get(nameOf(key))
    return found && found.lane.expiresAt > BigInt(clock.seconds() + marginSeconds) ? found : undefined
  }

  /** Written down before anything is made for the lane. */
  async function keep(key: LaneFor, kept: KeptLane): Promise<KeptLane> {
    planned.set(nameOf(key), kept)
    await memory?.set(nameOf(key), encode(kept))
    return kept
  }

  return {
    known,
    keep,
    /** As another run has left it, too. */
    async recall(key: LaneFor): Promise<KeptLane | undefined> {
      const bytes = planned.has(nameOf(key)) ? undefined : await memory?.get(nameOf(key))
      if (bytes) planned.set(nameOf(key), decode(bytes, key))
      return known(key)
    },
    /** What remembers the tickets of one. */
    usesOf: (key: LaneFor): KeptUses => ({
      known: known(key)?.uses ?? [],
      async keep(uses) {
        const kept = known(key)
        if (kept) await keep(key, { ...kept, uses })
      },
    }),
  }
}

const nameOf = ({ wallet, topic }: LaneFor) => `wallet-lane/${wallet}/${topic}`

function encode({ lane: { holder, units, expiresAt }, ...rest }: KeptLane): Uint8Array {
  return utf8(JSON.stringify({ ...rest, holder: toHex(holder), units, expiresAt: expiresAt.toString() }))
}

/** It was sealed by this account's client: what it holds is as it was written. */
function decode(bytes: Uint8Array, { topic }: LaneFor): KeptLane {
  const { holder, units, expiresAt, ...rest } = JSON.parse(new TextDecoder().decode(bytes))
  const lane = { topic, holder: fromHex(holder), units, expiresAt: BigInt(expiresAt) }
  return { isDelivered: undefined, ...rest, lane }
}
