import type { UnattendedQuote } from '@pennypost/sdk'

/** Who keeps a letter's key, as it was quoted, and who could read it. */
export function sayKept({ escrow, threshold, trustees }: UnattendedQuote): string {
  if (escrow === 'sender') return 'Kept by your own account.'
  if (escrow === 'managed') return 'Kept by one trustee, which could read it.'
  return `Kept by ${trustees.length} trustees: any ${threshold} of them open it, and could read it together.`
}
