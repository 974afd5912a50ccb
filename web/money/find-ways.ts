import type { PaymentRate, PostageOptions, Refusal, SendQuote } from '@pennypost/sdk'
import { isFact, leavesOf, parseRule } from '@pennypost/sdk/policy'

/** One way to meet what is asked. */
export type Way = {
  /** The conditions that it meets, in the policy language and in an order that does not depend on what they cost. */
  readonly name: string
  readonly quote: SendQuote
  /** Stamps that are still to be bought for it, and what they cost. */
  readonly toBuy: number
  readonly cost: bigint
  /** The payment that is still to be made for it. */
  readonly toPay: PaymentRate | undefined
}

/** How what is asked can be met. */
export type Ways = {
  readonly ways: readonly Way[]
  /** Facts that would help once an issuer has attested them, in the policy language and in words. */
  readonly facts: readonly { readonly condition: string; readonly explanation?: string | undefined }[]
  /** Why there is no way. */
  readonly refusal: Refusal | undefined
}

/** The most seconds of work that are offered. */
const longestWork = 1_800

/** What each kind of way is found with: free ones, stamps, work, a payment, and whatever takes several of them. */
const kinds: readonly PostageOptions[] = [
  { postage: 'none', maxEffort: 0 },
  { maxEffort: 0 },
  { postage: 'none', maxEffort: longestWork },
  { postage: 'none', maxEffort: 0, payment: true },
  { maxEffort: longestWork, payment: true },
]

/** Prices each way. Asks for nothing and pays nothing. */
export async function findWays(quote: (options: PostageOptions) => Promise<SendQuote | Refusal>): Promise<Ways> {
  const quotes = await Promise.all(kinds.map(quote))
  const ways = new Map<string, Way>()
  for (const [i, one] of quotes.entries()) {
    if (!one.ok) continue
    const way = wayOf(one, kinds[i]?.payment === true)
    if (!ways.has(way.name)) ways.set(way.name, way)
  }
  const [free] = quotes
  return {
    ways: [...ways.values()],
    facts: free && !free.ok ? free.missing.filter(({ condition }) => isFactText(condition)) : [],
    refusal: quotes.findLast((quote) => !quote.ok),
  }
}

/** Without leave to pay, a payment is quoted only where it is made already. */
function wayOf(quote: SendQuote, mayPay: boolean): Way {
  const { stamps, held, price, payment, conditions } = quote
  const toBuy = Math.max(0, stamps - (held.stamps ?? 0))
  const toPay = mayPay ? payment : undefined
  const ofStamps = toPay ? price - toPay.base - toPay.tip : price
  const cost = stamps === 0 ? 0n : (ofStamps / BigInt(stamps)) * BigInt(toBuy)
  return { name: [...conditions].sort().join(' and '), quote, toBuy, cost, toPay }
}

/** What a node says of conditions is its own word; what this page does not know is no fact. */
function isFactText(condition: string): boolean {
  try {
    return leavesOf(parseRule(condition)).some((leaf) => isFact(leaf.condition))
  } catch {
    return false
  }
}
