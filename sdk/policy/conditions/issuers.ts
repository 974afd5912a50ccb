/** How many distinct issuers must have attested a fact: ` by 2 issuers`; one where nothing is said. */
export const issuers = { name: 'issuers', min: 1, max: 8, before: 'by', after: 'issuers', fallback: () => 1 } as const

/** What a person reads of it. */
export const explainIssuers = (count: number | string | undefined): string =>
  count === 1 ? 'an issuer of the network has attested it' : `${count} issuers of the network have attested it`
