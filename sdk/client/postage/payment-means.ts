import type { Condition, Leaf } from '../../policy/index.ts'

/** What a payment is for one letter, in the token's smallest unit. */
export type PaymentRate = { readonly base: bigint; readonly bond: bigint; readonly tip: bigint }

/** What a sender may pay with, in its name. */
export type PaymentMeans = {
  /** The least base of any payment here. */
  readonly least: bigint
  /** Whether a new payment may be made, and at least what then. */
  readonly allowed: PaymentRate | undefined
  /** The most that may be left as a bond. */
  readonly maxBond: bigint | undefined
  /** A payment to this recipient that was begun and not used yet; its money is gone where it is paid. */
  readonly begun: { readonly rate: PaymentRate; readonly isPaid: boolean } | undefined
}

const parts = { postage: 'base', bond: 'bond', tip: 'tip' } as const

type PaymentCondition = Extract<Condition, { kind: keyof typeof parts }>

/** Whether a condition is met by a payment. */
export const isPaymentCondition = (condition: Condition): condition is PaymentCondition => condition.kind in parts

/** What one condition on a payment costs by itself; undefined where it cannot be met. */
export function paymentCost(condition: PaymentCondition, means: PaymentMeans | undefined): bigint | undefined {
  const rate = means && rateFor([condition], means)
  if (!means || !rate) return undefined
  return costOfRate(rate, means)
}

/** What is spent for good by a payment: nothing more, where it is made already. */
export const costOfRate = (rate: PaymentRate, { begun }: PaymentMeans): bigint =>
  begun?.isPaid && covers(begun.rate, rate) ? 0n : rate.base + rate.tip

/**
 * The payment that meets some conditions: the one that was begun where it is enough, else a new one where that is allowed.
 * One payment meets one condition of each kind; undefined where it cannot meet all.
 */
export function rateFor(conditions: readonly Condition[], means: PaymentMeans): PaymentRate | undefined {
  const asked = askedBy(conditions)
  if (!asked) return undefined
  const { begun, allowed, least, maxBond } = means
  if (begun && (begun.isPaid || allowed) && covers(begun.rate, asked)) return begun.rate
  if (!allowed) return undefined
  const rate = {
    base: max(least, asked.base, allowed.base),
    bond: max(asked.bond, allowed.bond),
    tip: max(asked.tip, allowed.tip),
  }
  return maxBond !== undefined && rate.bond > maxBond ? undefined : rate
}

/** What some conditions ask of one payment; undefined where two ask for the same part. */
export function askedBy(conditions: readonly Condition[]): PaymentRate | undefined {
  const asked = conditions.filter(isPaymentCondition)
  const kinds = new Set(asked.map(({ kind }) => kind))
  if (kinds.size < asked.length) return undefined
  const amountOf = (kind: keyof typeof parts) => {
    const condition = asked.find((candidate) => candidate.kind === kind)
    return condition?.amount ?? 0n
  }
  return { base: amountOf('postage'), bond: amountOf('bond'), tip: amountOf('tip') }
}

/** The conditions among leaves that a payment meets. */
export const paymentLeaves = (leaves: readonly Leaf[]): readonly Leaf[] =>
  leaves.filter(({ condition }) => isPaymentCondition(condition))

/** Whether a payment is at least another, in every part. */
export const covers = (rate: PaymentRate, asked: PaymentRate): boolean =>
  rate.base >= asked.base && rate.bond >= asked.bond && rate.tip >= asked.tip

/** The highest of some amounts. */
export function max(...amounts: readonly bigint[]): bigint {
  let highest = 0n
  for (const amount of amounts) if (amount > highest) highest = amount
  return highest
}
