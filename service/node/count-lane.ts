import type { LaneRequest } from '@pennypost/sdk/codec'
import { toHex } from '@pennypost/sdk/crypto'
import type { OpenedLane } from '@pennypost/sdk/verifier'
import type { NodeDeps } from './deps.ts'
import type { ResolvedTopic } from './gates/index.ts'
import { laneRecipient } from './lane-terms.ts'
import { type Refusal, refuse } from './refusal.ts'
import type { Draft } from './state/draft.ts'
import { need, type StateKey, tallyKey } from './state/node-state.ts'
import type { Tally } from './store/index.ts'

const day = 86_400

/** Of a connection in a day; each carries one envelope, and lasts a day at most. */
const lanesOfConnection = 100
/** Of one conversation in a day, on the word of a holder: 64 lanes of the size that our clients open. */
const renewedUnits = 65_536

/** A lane that is to be kept, on which nothing was decided but what it takes from others' shares. */
export type CountedLane = {
  readonly target: ResolvedTopic
  readonly request: LaneRequest
  readonly opened: OpenedLane
  /** Unix seconds, whole. */
  readonly now: number
}

type Share = { readonly key: string; readonly takes: number; readonly most: number; readonly refusal: Refusal }

/** The state that counting a lane reads. */
export const countedState = ({ state, limits }: NodeDeps, lane: CountedLane): StateKey[] =>
  sharesOf(limits, lane).map(({ key }) => need(state.tallies, key))

/** Counts what costs its sender little or nothing, and so has a bound for the day; a refusal where it is used up. */
export function countLane({ state, limits }: NodeDeps, lane: CountedLane, draft: Draft): Refusal | undefined {
  for (const { key, takes, most, refusal } of sharesOf(limits, lane)) {
    const count = draft.require(state.tallies, key) + takes
    if (count > most) return refusal
    draft.set(state.tallies, key, count)
  }
  return undefined
}

function sharesOf({ requestsPerDay }: NodeDeps['limits'], { target, request, opened, now }: CountedLane): Share[] {
  const keyOf = (kind: Tally['kind'], who: string) => tallyKey({ kind, who, day: Math.floor(now / day) })
  const { isRequest, connections, lane } = opened
  const recipient = laneRecipient(target, lane.holder)
  const shares = connections.map((serial): Share => {
    const key = keyOf('connection', `${recipient}:${toHex(serial)}`)
    return { key, takes: 1, most: lanesOfConnection, refusal: connectionUsedUp }
  })
  if (isRequest && recipient) {
    shares.push({ key: keyOf('requests', recipient), takes: 1, most: requestsPerDay, refusal: bucketFull })
  }
  if (request.renewal && target.parsed.kind === 'message') {
    const key = keyOf('renewed', target.stateKey)
    shares.push({ key, takes: lane.units, most: renewedUnits, refusal: renewalsUsedUp })
  }
  return shares
}

const connectionUsedUp = refuse('connection.used-up', `A connection opens ${lanesOfConnection} lanes in a day.`)
const renewalsUsedUp = refuse(
  'allowance.used-up',
  `Lanes of ${renewedUnits} units are renewed in a conversation a day.`,
)
const bucketFull = refuse(
  'request.bucket-full',
  'The recipient has had all its requests for today. Use a stamp, or try tomorrow.',
)
