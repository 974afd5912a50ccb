import { expect, test } from 'vitest'
import type { LetterEvidence } from '../../sdk/index.ts'
import { sayEvidence } from '../../web/words/say-evidence.ts'

const issuer = new Uint8Array(64)

test.each<[Partial<LetterEvidence>, string]>([
  [{ text: 'stamp 1', evidence: 'ticket' }, 'by a ticket, which has no name on it. Your node says so.'],
  [{ evidence: 'credential', issuers: [issuer] }, 'attested without its name by one issuer. Your node says so.'],
  [{ evidence: 'claim', issuers: [issuer, issuer] }, 'attested in its name by 2 issuers. Your node says so.'],
  [{ evidence: 'holding' }, 'by a proof of the chain, in its name. Your node says so.'],
  [{ evidence: 'payment', isProven: true }, 'by a payment in its name. The chain can be asked about it.'],
  [{ evidence: 'connection' }, 'by the leave that you have given. Your node says so.'],
  [{ evidence: 'work' }, 'by the work of a computer. Your node says so.'],
])('%o is said as: %s', (evidence, words) => {
  const one = { text: 'a condition', issuers: [], isProven: false, ...evidence } as unknown as LetterEvidence
  expect(sayEvidence([one])).toEqual([{ condition: one.text, words }])
})
