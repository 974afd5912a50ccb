import { type Deposit, parseTopic, TopicMalformedError } from '@pennypost/sdk/codec'
import { conditionOf, isDeposit, isTimed } from '@pennypost/sdk/escrow'
import { BaseError } from '@pennypost/sdk/verifier'

/** Why a deposit is not held. */
export type DepositRefusalCode =
  | 'deposit.invalid'
  | 'deposit.condition-unsupported'
  | 'deposit.end'
  | 'deposit.taken'
  | 'deposit.full'

type Terms = {
  /** Unix seconds. */
  readonly now: number
  /** Days from then until which something may be held. */
  readonly longestDays: number
}

/** Why a deposit cannot be held, whoever else there is; undefined where it can. The curve is asked last. */
export function refusalOf(deposit: Deposit, terms: Terms): DepositRefusalCode | undefined {
  if (!isConversation(deposit.lane?.topic ?? '')) return 'deposit.invalid'
  const fault = faultOfCondition(deposit)
  if (fault) return fault
  if (!isEnd(deposit.expiresAt, terms)) return 'deposit.end'
  return isDeposit(deposit) ? undefined : 'deposit.invalid'
}

/** Of conditions, a trustee decides those of time: for others it would have to follow checkpoints as a node does. */
function faultOfCondition(deposit: Deposit): DepositRefusalCode | undefined {
  try {
    const condition = conditionOf(deposit)
    return condition && !isTimed(condition) ? 'deposit.condition-unsupported' : undefined
  } catch (error) {
    if (error instanceof BaseError) return 'deposit.invalid'
    throw error
  }
}

/** Until when anything is held at the longest, in unix seconds. */
export const latestEnd = ({ now, longestDays }: Terms): bigint => BigInt(Math.floor(now) + longestDays * 86_400)

/** Whether something may be held until then. */
export const isEnd = (expiresAt: bigint, terms: Terms): boolean =>
  expiresAt > BigInt(Math.floor(terms.now)) && expiresAt <= latestEnd(terms)

/** On any other topic nobody could answer for years. */
function isConversation(topic: string): boolean {
  try {
    const parsed = parseTopic(topic)
    return parsed.kind === 'message' && !parsed.ephemeral
  } catch (error) {
    if (error instanceof TopicMalformedError) return false
    throw error
  }
}
