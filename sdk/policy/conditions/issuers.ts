/** How many distinct issuers must have attested a fact: ` by 2 issuers`; one where nothing is said. */
export const issuers = { name: 'issuers', min: 1, max: 8, before: 'by', after: 'issuers', fallback: () => 1 } as const

/** The same, or ` by proof`: by the state of the chain itself, whatever issuers say. */
export const issuersOrProof = { ...issuers, min: 0, word: { text: 'proof', value: 0 } } as const

/** What a person reads of it. */
export function explainIssuers(count: number | string | undefined): string {
  if (count === 0) return 'proven by the state of the chain'
  return count === 1 ? 'an issuer of the network has attested it' : `${count} issuers of the network have attested it`
}
