import type { Client, Conversation, LetterPaymentState, PaymentRate, Verdict } from '@pennypost/sdk'

/** A letter that somebody has paid for, as the letter and its node say, and as the chain does where it was asked. */
export type PaidLetter = {
  readonly conversation: Conversation
  readonly states: readonly LetterPaymentState[] | undefined
}

/** How a paid letter stands: whether a verdict can be given, and what it would move. */
export type Standing =
  /** The chain was not asked: the amounts are somebody's word. */
  | ({ readonly kind: 'said' } & PaymentRate)
  /** Nothing that the letter shows was ever paid. */
  | { readonly kind: 'unpaid' }
  | ({ readonly kind: 'open'; readonly closesAt: bigint } & PaymentRate)
  | ({ readonly kind: 'settled'; readonly verdict: Verdict } & PaymentRate)
  /** No verdict was given in time. */
  | ({ readonly kind: 'over' } & PaymentRate)

/** How it stands. Of several payments, those count first on which a verdict can still be given. */
export function standingOf({ conversation, states }: PaidLetter): Standing {
  if (!states) return { kind: 'said', ...sumOf(conversation.payments) }
  const paid = states.filter(({ isPaid }) => isPaid)
  const open = paid.filter(({ isSettled, isOver }) => !isSettled && !isOver)
  const [first] = open
  if (first) return { kind: 'open', closesAt: first.closesAt, ...sumOf(open) }
  const settled = paid.filter(({ isSettled }) => isSettled)
  const verdict = settled[0]?.verdict
  if (verdict) return { kind: 'settled', verdict, ...sumOf(settled) }
  return paid.length > 0 ? { kind: 'over', ...sumOf(paid) } : { kind: 'unpaid' }
}

/** All of some rates. */
export const sumOf = (rates: readonly PaymentRate[]): PaymentRate =>
  rates.reduce((sum, { base, bond, tip }) => ({ base: sum.base + base, bond: sum.bond + bond, tip: sum.tip + tip }), {
    base: 0n,
    bond: 0n,
    tip: 0n,
  })

/** The letters that were paid for, those of blocked accounts too: a verdict is due to them as well. */
export async function readPaidLetters(
  client: Pick<Client, 'conversations' | 'payments'>,
  { isOnChain }: { readonly isOnChain: boolean },
): Promise<PaidLetter[]> {
  const all = await client.conversations.list({ consent: 'any' })
  const paid = all.filter(({ payments }) => payments.length > 0).reverse()
  return Promise.all(
    paid.map(async (conversation) => ({
      conversation,
      states: isOnChain ? await client.payments.look(conversation) : undefined,
    })),
  )
}
