/** A whole number that a condition takes, with its bounds. */
type NumberParameter = { readonly name: string; readonly min: number; readonly max: number }

/** An amount above zero that a condition takes: a decimal of whole tokens such as `0.5` in text and JSON. */
type AmountParameter = { readonly name: string; readonly unit: 'token' }

/** Something that a condition takes. */
export type Parameter = NumberParameter | AmountParameter

/** The values of a condition by name. */
export type Values = Readonly<Record<string, number | bigint>>

/** The same with amounts in whole tokens, as people write them. */
export type WrittenValues = Readonly<Record<string, number | string>>

/** Everything the policy language knows about one kind of condition; a new kind is one more file with one of these. */
export type ConditionType = {
  readonly kind: string
  /** In the order of the text form. */
  readonly parameters: readonly Parameter[]
  /** Decided without evidence: true for `everyone`, false for `nobody`; undefined if evidence decides. */
  readonly outcome?: boolean
  /** What a person reads. */
  explain(values: WrittenValues): string
}
