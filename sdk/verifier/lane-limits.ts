import type { NoteClass } from '../codec/checkpoint.ts'
import { evaluateRule, type Rule } from '../policy/index.ts'

// Bounds of lanes and what evidence is worth. Nodes decide with these, and clients quote and plan with them.

/** Units and seconds that something is worth. */
export type Allowance = { readonly units: number; readonly ttl: number }

const day = 86_400

/** Seconds for which a quote is honoured: after its policy was superseded, and after a window of time in it closed. */
export const QUOTE_LIFETIME = 3600

/** Size of one unit: an envelope costs one for each started 4 KiB of its message. */
export const UNIT_BYTES = 4096

/** What an envelope costs its lane. */
export const unitsOf = (message: Pick<Uint8Array, 'length'>): number =>
  Math.max(1, Math.ceil(message.length / UNIT_BYTES))

/** Bounds of every lane, whatever its evidence: a payment's three parts meet one condition and two more. */
export const LANE_LIMITS = {
  units: 4096,
  ttl: 7 * day,
  evidence: 64,
  alsoMet: 2,
  firstContactTtl: day,
  firstContactEnvelopes: 1,
} as const

/** What lanes are worth that no ticket and no payment has opened. */
export const laneWorths = {
  /** A rule that is met only because of a request. */
  request: { units: 1, ttl: day },
  /** A connection, work, or nothing where nothing is asked. */
  small: { units: 16, ttl: day },
  /** In a conversation: on the word of a holder, or under a floor that asks for nothing. */
  conversation: { units: LANE_LIMITS.units, ttl: LANE_LIMITS.ttl },
} as const satisfies Readonly<Record<string, Allowance>>

/** What was shown for a lane, and where it leads. */
export type LaneShown = {
  /** Whether the rule is met only because of a request. */
  readonly isRequest: boolean
  readonly isConnected: boolean
  readonly isFirstContact: boolean
  /** The class of each ticket and each payment; one that was shown twice is here twice. */
  readonly classes: readonly Pick<NoteClass, 'unitsPerTicket' | 'laneTtl'>[]
  /** What the lane is worth where none of this is shown. */
  readonly allowance?: Allowance | undefined
}

/** Whether a rule is met only because of requests; then the lane is one, and takes a place among the recipient's. */
export function isRequestOnly(rule: Rule, satisfied: Iterable<number>, requests: ReadonlySet<number>): boolean {
  const others = new Set([...satisfied].filter((index) => !requests.has(index)))
  return requests.size > 0 && !evaluateRule(rule, others).ok
}

/** A request is one unit. Else tickets and payments add up, and a connection is a small lane; work alone buys nothing more. */
export function laneWorth(shown: LaneShown): Allowance {
  const { isRequest, isConnected, isFirstContact, classes, allowance = laneWorths.small } = shown
  if (isRequest) return laneWorths.request
  const ofClasses = {
    units: classes.reduce((sum, { unitsPerTicket }) => sum + unitsPerTicket, 0),
    ttl: Math.max(...classes.map(({ laneTtl }) => laneTtl)),
  }
  const paid = [...(isConnected ? [laneWorths.small] : []), ...(classes.length > 0 ? [ofClasses] : [])]
  const all = paid.length > 0 ? paid : [allowance]
  const ttl = Math.max(...all.map((worth) => worth.ttl))
  return {
    units: Math.max(...all.map((worth) => worth.units)),
    ttl: isFirstContact ? Math.min(ttl, LANE_LIMITS.firstContactTtl) : ttl,
  }
}
