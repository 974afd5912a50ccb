import type { Client, PostageOptions, Refusal, SendQuote } from '@pennypost/sdk'
import { isFact, leavesOf, parseRule } from '@pennypost/sdk/policy'
import type { Link } from './read-link.ts'

/** One way to meet what is asked. */
export type Way = {
  /** The conditions that it meets, in the policy language. */
  readonly name: string
  readonly quote: SendQuote
  /** Stamps that are still to be bought for it, and what they cost. */
  readonly toBuy: number
  readonly cost: bigint
}

/** What is asked of a link's sender, and how it can be met. */
export type Asked = {
  /** For a person. */
  readonly explanation: string
  readonly ways: readonly Way[]
  /** Facts that would help once an issuer has attested them, in the policy language and in words. */
  readonly facts: readonly { readonly condition: string; readonly explanation?: string | undefined }[]
  /** Why there is no way. */
  readonly refusal: Refusal | undefined
  /** Whether all of it is done already. */
  readonly isOpen: boolean
}

/** The most seconds of work that are offered. */
const longestWork = 1_800

/** What each kind of way is found with: free ones, stamps, work, and whatever takes several of them. */
const kinds: readonly PostageOptions[] = [
  { postage: 'none', maxEffort: 0 },
  { maxEffort: 0 },
  { postage: 'none', maxEffort: longestWork },
  { maxEffort: longestWork },
]

/** Looks up what is asked, and prices each way. Asks for nothing and pays nothing. */
export async function findWays(client: Client, link: Link): Promise<Asked> {
  const [policy, ...quotes] = await Promise.all([
    client.policy.get(link.recipient),
    ...kinds.map((options) => client.quoteWalletLane(link, options)),
  ])
  const found = quotes.filter((quote) => quote.ok)
  const ways = new Map(found.map((quote) => [quote.conditions.join(' and '), wayOf(quote)]))
  const [free] = quotes
  return {
    explanation: policy.explanation,
    ways: [...ways.values()],
    facts: free && !free.ok ? free.missing.filter(({ condition }) => isFactText(condition)) : [],
    refusal: quotes.findLast((quote) => !quote.ok),
    isOpen: found.some(({ isFirst }) => !isFirst),
  }
}

function wayOf(quote: SendQuote): Way {
  const { stamps, held, price, conditions } = quote
  const toBuy = Math.max(0, stamps - (held.stamps ?? 0))
  const cost = stamps === 0 ? 0n : (price / BigInt(stamps)) * BigInt(toBuy)
  return { name: conditions.join(' and '), quote, toBuy, cost }
}

/** What a node says of conditions is its own word; what this page does not know is no fact. */
function isFactText(condition: string): boolean {
  try {
    return leavesOf(parseRule(condition)).some((leaf) => isFact(leaf.condition))
  } catch {
    return false
  }
}
