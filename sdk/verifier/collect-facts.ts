import type { Claim, Credential, Evidence } from '../codec/lane.ts'
import { equalBytes, toHex } from '../crypto/bytes.ts'
import { type FactCondition, isProven } from '../policy/index.ts'
import type { ClaimTarget, NamedUse } from './claim.ts'
import type { FactVerifiers } from './fact-verifiers.ts'
import type { LaneContext } from './lane.ts'
import { type Refusal, refuse } from './refusal.ts'
import type { UseClaim } from './ticket.ts'

/** What facts are collected into, and with. */
export type CollectingFacts = {
  readonly claims: { readonly credentials: UseClaim[]; readonly named: NamedUse[] }
  readonly request: { readonly topic: string }
  readonly context: LaneContext & { readonly use: Uint8Array }
}

/** As many issuers as the fact asks for must have attested it: each by one credential, or each by one claim about one account. */
export function collectFact(
  fact: FactCondition,
  pieces: readonly Evidence[],
  collecting: CollectingFacts,
): Refusal | undefined {
  const { facts } = collecting.context
  if (!facts) return refuse('evidence.not-asked', 'No facts are verified here.')
  if (isProven(fact)) return collectProven(pieces, { fact, facts }, collecting)
  if (pieces.length > fact.issuers)
    return refuse('evidence.malformed', `The condition takes ${fact.issuers} attestations, not ${pieces.length}.`)
  const issuers = new Set<string>()
  for (const piece of pieces) {
    const issuer = collectOne(piece, { fact, facts }, collecting)
    if (typeof issuer !== 'string') return issuer
    issuers.add(issuer)
  }
  if (issuers.size === fact.issuers) return undefined
  return refuse('credential.issuers-too-few', `${issuers.size} of ${fact.issuers} issuers have attested it.`)
}

type Asked = { readonly fact: FactCondition; readonly facts: FactVerifiers }

function collectProven(pieces: readonly Evidence[], asked: Asked, collecting: CollectingFacts): Refusal | undefined {
  const [{ kind, also } = {}, second] = pieces
  if (kind?.case !== 'holding' || second || also?.length !== 0)
    return refuse('evidence.malformed', 'The condition takes one proof of what the account holds, for it alone.')
  return collectNamed(
    { subject: kind.value.subject, check: (target) => asked.facts.checkHolding(kind.value, target, asked.fact) },
    collecting,
  )
}

/** The key of the issuer who has attested it. */
function collectOne({ kind, also }: Evidence, asked: Asked, collecting: CollectingFacts): string | Refusal {
  const isOfFact = (kind.case === 'credential' || kind.case === 'claim') && also.length === 0
  if (!isOfFact)
    return refuse('evidence.malformed', 'A fact is shown by credentials or claims, each for one condition.')
  const refusal =
    kind.case === 'credential'
      ? collectCredential(kind.value, asked, collecting)
      : collectClaim(kind.value, asked, collecting)
  return refusal ?? toHex(kind.value.issuer)
}

/** A second use gives away the secret of a note with which nothing is at stake: it is only refused. */
function collectCredential(
  credential: Credential,
  { fact, facts }: Asked,
  { claims, context }: CollectingFacts,
): Refusal | undefined {
  if (claims.named.length > 0) return otherAccount
  const claim = facts.checkCredential(credential, { ...context, recipient: context.policy.recipient }, fact)
  if ('code' in claim) return claim
  if (context.usedShare(claim.nullifier)) {
    return refuse('credential.used', 'The credential has been used. Make another one.')
  }
  claims.credentials.push(claim)
  return undefined
}

function collectClaim(claim: Claim, { fact, facts }: Asked, collecting: CollectingFacts): Refusal | undefined {
  return collectNamed({ subject: claim.subject, check: (target) => facts.checkClaim(claim, target, fact) }, collecting)
}

/** What an account shows in its own name, and what checks it. */
type Named = { readonly subject: Uint8Array; readonly check: (target: ClaimTarget) => NamedUse | Refusal }

function collectNamed({ subject, check }: Named, { claims, request, context }: CollectingFacts): Refusal | undefined {
  if (claims.credentials.length > 0 || isOfAnother(subject, claims.named)) return otherAccount
  const use = check({ ...context, topic: request.topic })
  if ('code' in use) return use
  if (context.usedShare(use.nullifier)) {
    return refuse('claim.used', 'This use of what the account shows is made. Take another number.')
  }
  claims.named.push(use)
  return undefined
}

const isOfAnother = (subject: Uint8Array, named: readonly NamedUse[]): boolean =>
  named.some((use) => !equalBytes(use.subject, subject))

/** One who owns something and one who is old must not pass for one who is both. */
const otherAccount = refuse(
  'claim.subjects-differ',
  'All facts of one lane must be of one account: show each by name, or each without one.',
)
