import type { LetterEvidence } from '@pennypost/sdk'

/** By what a stranger has met a condition. */
const kinds: Readonly<Record<LetterEvidence['evidence'], string>> = {
  ticket: 'by a ticket, which has no name on it',
  credential: 'attested without its name',
  claim: 'attested in its name',
  holding: 'by a proof of the chain, in its name',
  payment: 'by a payment in its name',
  connection: 'by the leave that you have given',
  work: 'by the work of a computer',
}

/** What a stranger has shown: each condition as a rule says it, and in words by what it was met and how sure that is. */
export const sayEvidence = (evidence: readonly LetterEvidence[]) =>
  evidence.map(({ text: condition, evidence: kind, issuers, isProven }) => ({
    condition,
    words: `${kinds[kind]}${sayIssuers(issuers.length)}. ${isProven ? 'The chain can be asked about it.' : 'Your node says so.'}`,
  }))

const sayIssuers = (count: number): string => {
  if (count === 0) return ''
  return count === 1 ? ' by one issuer' : ` by ${count} issuers`
}
