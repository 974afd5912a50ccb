import { type Condition, type Leaf, parseAmount } from '../../policy/index.ts'

/** What a payment is for one letter, in the token's smallest unit. */
export type PaymentUnit = { readonly base: bigint; readonly bond: bigint; readonly tip: bigint }

/** What a sender may pay with, in its name. */
export type PaymentMeans = {
  /** The least base of any payment here. */
  readonly least: bigint
  /** Whether a new payment may be made, and at least what then. */
  readonly allowed: PaymentUnit | undefined
  /** The most that may be left as a bond. */
  readonly maxBond: bigint | undefined
  /** A payment to this recipient that was begun and not used yet; its money is gone where it is paid. */
  readonly begun: { readonly unit: PaymentUnit; readonly isPaid: boolean } | undefined
}

const parts = { postage: 'base', bond: 'bond', tip: 'tip' } as const

type PaymentCondition = Extract<Condition, { kind: keyof typeof parts }>

/** Whether a condition is met by a payment. */
export const isPaymentCondition = (condition: Condition): condition is PaymentCondition => condition.kind in parts

/** What one condition on a payment costs by itself; undefined where it cannot be met. */
export function paymentCost(condition: PaymentCondition, means: PaymentMeans | undefined): bigint | undefined {
  const unit = means && unitFor([condition], means)
  if (!means || !unit) return undefined
  return costOfUnit(unit, means)
}

/** What is spent for good by a payment: nothing more, where it is made already. */
export const costOfUnit = (unit: PaymentUnit, { begun }: PaymentMeans): bigint =>
  begun?.isPaid && covers(begun.unit, unit) ? 0n : unit.base + unit.tip

/**
 * The payment that meets some conditions: the one that was begun where it is enough, else a new one where that is allowed.
 * One payment meets one condition of each kind; undefined where it cannot meet all.
 */
export function unitFor(conditions: readonly Condition[], means: PaymentMeans): PaymentUnit | undefined {
  const asked = askedBy(conditions)
  if (!asked) return undefined
  const { begun, allowed, least, maxBond } = means
  if (begun && (begun.isPaid || allowed) && covers(begun.unit, asked)) return begun.unit
  if (!allowed) return undefined
  const unit = {
    base: max(least, asked.base, allowed.base),
    bond: max(asked.bond, allowed.bond),
    tip: max(asked.tip, allowed.tip),
  }
  return maxBond !== undefined && unit.bond > maxBond ? undefined : unit
}

/** What some conditions ask of one payment; undefined where two ask for the same part. */
export function askedBy(conditions: readonly Condition[]): PaymentUnit | undefined {
  const asked = conditions.filter(isPaymentCondition)
  const kinds = new Set(asked.map(({ kind }) => kind))
  if (kinds.size < asked.length) return undefined
  const amountOf = (kind: keyof typeof parts) => {
    const condition = asked.find((candidate) => candidate.kind === kind)
    return condition ? (parseAmount(condition.amount) ?? 0n) : 0n
  }
  return { base: amountOf('postage'), bond: amountOf('bond'), tip: amountOf('tip') }
}

/** The conditions among leaves that a payment meets. */
export const paymentLeaves = (leaves: readonly Leaf[]): readonly Leaf[] =>
  leaves.filter(({ condition }) => isPaymentCondition(condition))

/** Whether a payment is at least another, in every part. */
export const covers = (unit: PaymentUnit, asked: PaymentUnit): boolean =>
  unit.base >= asked.base && unit.bond >= asked.bond && unit.tip >= asked.tip

/** The highest of some amounts. */
export function max(...amounts: readonly bigint[]): bigint {
  let highest = 0n
  for (const amount of amounts) if (amount > highest) highest = amount
  return highest
}
