import { pause } from '../../async.ts'
import type { Condition } from '../../policy/index.ts'
import { type LaneEdges, type LaneTerms, openLane, useOfLane } from '../lanes/lane.ts'
import { type LanePurpose, type StepOptions, tellBoth } from '../session/events.ts'
import { type Refusal, refusalOf } from '../session/refusal.ts'
import { type EvidenceInit, type EvidenceTarget, gatherEvidence } from './gather-evidence.ts'
import type { Means } from './means.ts'
import type { Buyer, CountStamps, Offer } from './offer.ts'
import { outdated } from './outdated.ts'
import { quoteRuleFor, type RuleQuote } from './quote.ts'

/** A lane to be earned. Its terms never change: evidence is bound to them. */
export type Earning = {
  readonly lane: LaneTerms
  readonly purpose: LanePurpose
  readonly target: Omit<EvidenceTarget, 'use' | 'topic'>
  /** What was quoted and agreed to. */
  readonly quote: RuleQuote
  readonly version: bigint
  /** What the sender has, and what is asked, where it has to be looked at again. */
  readonly means: (count: CountStamps) => Promise<Means>
  readonly asked: Offer['asked']
}

/** Who earns it, and where it is opened. */
export type Earner = Buyer & { readonly edges: LaneEdges }

type Attempt = {
  quote: RuleQuote
  version: bigint
  without: Set<Condition['kind']>
  evidence: EvidenceInit | undefined
  /** From the node's first answer on: to gather the evidence may take longer. */
  until: number | undefined
}

const patienceSeconds = 30
const pauseMs = 500
const mayPass = new Set([
  'ticket.root-unknown',
  'ticket.no-checkpoint',
  'ticket.out-of-date',
  'claim.no-checkpoint',
  'claim.used',
  'credential.no-checkpoint',
  'credential.out-of-date',
  'payment.root-unknown',
  'payment.no-checkpoint',
  'payment.class-unknown',
])

/**
 * Opens a lane at the quote that was agreed to. Where what is asked changes meanwhile, only what is left of the budget can
 * meet it. Whatever the node answers, evidence is only ever made for the one use of this lane.
 */
export async function earnLane(earner: Earner, earning: Earning, options: StepOptions): Promise<EarnedLane | Refusal> {
  const { quote, version } = earning
  const attempt: Attempt = { quote, version, without: new Set(), evidence: undefined, until: undefined }
  for (;;) {
    const answer = await tryOnce(earner, earning, { attempt, options })
    if (answer.ok) return { ok: true, tag: tagOf(attempt.evidence), filed: answer.filed }
    const next = await prepareNext(earner, { earning, attempt, code: answer.code, options })
    if (next !== true) return next || answer
  }
}

/** A lane that is open, the pseudonym that was shown for it, and how many envelopes had waited for it. */
export type EarnedLane = { readonly ok: true; readonly tag: Uint8Array | undefined; readonly filed: number }

/** All tickets and credentials of a lane show one tag. */
function tagOf(evidence: EvidenceInit | undefined): Uint8Array | undefined {
  for (const { kind } of evidence ?? []) if (kind.case === 'ticket' || kind.case === 'credential') return kind.value.tag
  return undefined
}

type Trial = { readonly attempt: Attempt; readonly options: StepOptions }

async function tryOnce(
  earner: Earner,
  { lane, purpose, target }: Earning,
  { attempt, options }: Trial,
): Promise<{ readonly ok: true; readonly filed: number } | Refusal> {
  const { session, edges, purse } = earner
  if (!attempt.evidence) {
    const use = useOfLane(session.network.id, lane)
    const gathered = await gatherEvidence(earner, attempt.quote, { ...options, ...target, topic: lane.topic, use })
    if (!gathered.ok) return gathered
    attempt.evidence = gathered.evidence
  }
  tellBoth(session, options, { kind: 'lane', step: 'opening', purpose })
  const ask = { evidence: attempt.evidence, policyVersion: attempt.version }
  const answer = await openLane(edges, lane, ask, options.signal)
  if (!answer.ok) {
    const { decimals } = session.network
    return refusalOf(answer, { decimals, stampPrice: (await purse.stampTerms(options))?.price })
  }
  tellBoth(session, options, { kind: 'lane', step: 'opened', purpose })
  return answer
}

type Next = Trial & { readonly earning: Earning; readonly code: string }

/** Prepares another attempt for the same lane where one may do better; a refusal where that would cost more. */
async function prepareNext(earner: Earner, { earning, attempt, code, options }: Next): Promise<boolean | Refusal> {
  const { session, purse } = earner
  attempt.until ??= session.clock.seconds() + patienceSeconds
  if (session.clock.seconds() >= attempt.until) return false
  if (code === 'policy.version-unknown') {
    await pause(pauseMs / 5, options.signal)
    return quoteAgain(earning, attempt)
  }
  if (code === 'request.bucket-full') {
    attempt.without.add('request')
    return quoteAgain(earning, attempt)
  }
  if (!mayPass.has(code)) return false
  tellBoth(session, options, { kind: 'waiting', code })
  await pause(pauseMs, options.signal)
  attempt.evidence = undefined
  await purse.stamps.refresh(options)
  return true
}

/** What is asked now, within what is left: nothing is spent that was not agreed to. */
async function quoteAgain({ asked, means }: Earning, attempt: Attempt): Promise<true | Refusal> {
  const { rule, version } = await asked('again')
  const quote = await quoteRuleFor(rule, async (count) => {
    const all = await means(count)
    return { ...all, without: new Set([...all.without, ...attempt.without]) }
  })
  if (!quote.ok) return /\.too-high$/.test(quote.code) ? outdated() : quote
  if (keyOf(quote) !== keyOf(attempt.quote)) attempt.evidence = undefined
  attempt.quote = quote
  attempt.version = version
  return true
}

const keyOf = ({ conditions }: RuleQuote): string =>
  conditions.map(({ index, condition }) => `${index}${condition.kind}`).join()
