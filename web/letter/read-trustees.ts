import type { TrusteeChoice } from '@pennypost/sdk'

/** Trustees as people write them: addresses with spaces or commas between. What is wrong with them the client says. */
export function readTrustees(text: string, enough: string): TrusteeChoice {
  const trustees = text.split(/[\s,]+/).filter((address) => address !== '')
  return { trustees, threshold: enough.trim() === '' ? undefined : Number(enough) }
}
