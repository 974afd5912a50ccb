import type { Client } from '@pennypost/sdk'
import { findWays, type Ways } from '../money/find-ways.ts'
import type { Link } from './read-link.ts'

/** What is asked of a link's sender, and how it can be met. */
export type Asked = Ways & {
  /** For a person. */
  readonly explanation: string
  /** Whether all of it is done already. */
  readonly isOpen: boolean
}

/** Looks it up. Asks for nothing and pays nothing. */
export async function lookUp(client: Client, link: Link): Promise<Asked> {
  const [{ explanation }, found] = await Promise.all([
    client.policy.get(link.recipient),
    findWays((options) => client.quoteWalletLane(link, options)),
  ])
  return { ...found, explanation, isOpen: found.ways.some(({ quote }) => !quote.isFirst) }
}
