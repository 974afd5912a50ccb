import type { Condition } from '../../policy/index.ts'
import { type LaneTerms, openLane, useOfLane } from '../lanes/lane.ts'
import type { ClientContext } from '../session/context.ts'
import { type LanePurpose, type StepOptions, tellBoth } from '../session/events.ts'
import { type Refusal, refusalOf } from '../session/refusal.ts'
import { pause } from '../session/retry.ts'
import { type EvidenceInit, type EvidenceTarget, gatherEvidence } from './gather-evidence.ts'
import { type Asked, type Means, quoteRuleFor, type RuleQuote } from './quote.ts'

/** A lane to be earned. Its terms never change: evidence is bound to them. */
export type Earning = {
  readonly lane: LaneTerms
  readonly purpose: LanePurpose
  readonly target: Omit<EvidenceTarget, 'use' | 'payment'>
  /** What the sender has; `true` counts stamps too. */
  readonly means: (withStamps: boolean) => Promise<Means>
  /** Read again where the node says that it changed. */
  readonly asked: (again: boolean) => Promise<Asked>
}

export type EarnContext = Pick<
  ClientContext,
  'node' | 'homes' | 'network' | 'stamps' | 'stakeNotes' | 'paidLetters' | 'clock' | 'tell'
>
type Attempt = {
  asked: Asked
  without: Set<Condition['kind']>
  cached: Cached | undefined
  /** What payments have cost by now. */
  spent: bigint
  until: number
}
type Cached = { readonly key: string; readonly evidence: EvidenceInit }

const patienceSeconds = 30
const pauseMs = 500
const mayPass = new Set([
  'ticket.root-unknown',
  'ticket.no-checkpoint',
  'ticket.out-of-date',
  'payment.root-unknown',
  'payment.no-checkpoint',
  'payment.class-unknown',
])

/**
 * Opens a lane with the cheapest evidence that its topic asks for. Whatever the node answers, evidence is only ever made
 * for the one use of this lane.
 */
export async function earnLane(
  context: EarnContext,
  earning: Earning,
  options: StepOptions,
): Promise<EarnedLane | Refusal> {
  const attempt: Attempt = {
    asked: await earning.asked(false),
    without: new Set(),
    cached: undefined,
    spent: 0n,
    until: context.clock.seconds() + patienceSeconds,
  }
  for (;;) {
    const quote = await quoteRuleFor(attempt.asked.rule, meansWithout(earning.means, attempt.without))
    if (!quote.ok) return quote
    const answer = await tryOnce(context, earning, { attempt, quote, options })
    if (answer.ok) return { ok: true, quote, price: quote.stampMoney + attempt.spent }
    if (!(await prepareNext(context, { earning, attempt, code: answer.code, options }))) return answer
  }
}

/** A lane that is open, and what it took. */
export type EarnedLane = { readonly ok: true; readonly quote: RuleQuote; readonly price: bigint }

const meansWithout =
  (means: Earning['means'], without: ReadonlySet<Condition['kind']>): Earning['means'] =>
  async (withStamps) => {
    const all = await means(withStamps)
    return { ...all, without: new Set([...all.without, ...without]) }
  }

type Trial = { readonly attempt: Attempt; readonly quote: RuleQuote; readonly options: StepOptions }

async function tryOnce(
  context: EarnContext,
  { lane, purpose, target }: Earning,
  { attempt, quote, options }: Trial,
): Promise<{ ok: true } | Refusal> {
  const use = useOfLane(context.network.id, lane)
  const key = quote.conditions.map(({ index, condition }) => `${index}${condition.kind}`).join()
  if (attempt.cached?.key !== key) {
    const { payment } = quote
    const gathered = await gatherEvidence(context, quote.conditions, { ...options, ...target, use, payment })
    if (!gathered.ok) return gathered
    attempt.spent += gathered.spent
    attempt.cached = { key, evidence: gathered.evidence }
  }
  tellBoth(context, options, { kind: 'lane', step: 'opening', purpose })
  const { evidence } = attempt.cached
  const ask = { evidence, policyVersion: attempt.asked.version }
  const answer = await openLane(context, lane, ask, options.signal)
  if (!answer.ok) return refusalOf(answer)
  tellBoth(context, options, { kind: 'lane', step: 'opened', purpose })
  return answer
}

type Next = {
  readonly earning: Earning
  readonly attempt: Attempt
  readonly code: string
  readonly options: StepOptions
}

/** Whether another attempt for the same lane may do better, and prepares it. */
async function prepareNext(context: EarnContext, { earning, attempt, code, options }: Next): Promise<boolean> {
  if (context.clock.seconds() >= attempt.until) return false
  if (code === 'policy.version-unknown') {
    attempt.asked = await earning.asked(true)
    await pause(pauseMs / 5, options.signal)
    return true
  }
  if (code === 'request.bucket-full') {
    attempt.without.add('request')
    return true
  }
  if (!mayPass.has(code)) return false
  tellBoth(context, options, { kind: 'waiting', code })
  await pause(pauseMs, options.signal)
  attempt.cached = undefined
  await context.stamps.refresh(options)
  return true
}

/** Units that evidence is worth on first contact: a request is one, tickets and payments add up, anything else is a small lane. */
export function unitsWorth({ conditions, stamps, worth }: RuleQuote, unitsPerTicket: number): number {
  const kinds = new Set(conditions.map(({ condition }) => condition.kind))
  if (kinds.has('request')) return 1
  const shown = stamps * unitsPerTicket + worth.units
  return kinds.has('connection') || shown === 0 ? Math.max(smallLane, shown) : shown
}

const smallLane = 16
