/** What stands around a value in the text form: `>= 90 days`. */
type Worded = { readonly before?: string; readonly after?: string }

/** A value that need not be written: what it is then, by the values before and after it; undefined where it must be. */
type Optional<T> = { fallback?(values: WrittenValues): T | undefined }

/** A whole number that a condition takes, with its bounds. */
type NumberParameter = {
  readonly name: string
  readonly min: number
  readonly max: number
  /** What is written in place of a number and the word after it. */
  readonly word?: { readonly text: string; readonly value: number }
  /** Whether there may be none. */
  readonly isOptional?: boolean
} & Worded &
  Optional<number>

/** An amount above zero that a condition takes: a decimal such as `0.5` in text and JSON. */
type AmountParameter = { readonly name: string; readonly unit: Unit } & Worded & Optional<bigint>

/** Of the network's token, or of the asset that the condition names. */
export type Unit = 'token' | { decimalsOf(values: WrittenValues): number }

/** What a name is of: a chain (CAIP-2), an asset (CAIP-19), a contract (CAIP-10), an account, 32 bytes, a moment (ISO 8601); or tests of fields. */
export type Form = 'chain' | 'asset' | 'contract' | 'address' | 'hash' | 'time' | 'tests'

type NameParameter = { readonly name: string; readonly form: Form } & Worded & Optional<string>

/** Something that a condition takes. */
export type Parameter = NumberParameter | AmountParameter | NameParameter

/** The values of a condition by name. */
export type Values = Readonly<Record<string, number | bigint | string | undefined>>

/** The same with amounts as decimals, as people write them. */
export type WrittenValues = Readonly<Record<string, number | string | undefined>>

/** Everything the policy language knows about one kind of condition; a new kind is one more file with one of these. */
export type ConditionType = {
  readonly kind: string
  /** In the order of the text form. */
  readonly parameters: readonly Parameter[]
  /** Decided without evidence: true for `everyone`, false for `nobody`; undefined if evidence decides. */
  readonly outcome?: boolean
  /** What values that fit by themselves do not go together, as the end of a sentence; undefined where they do. */
  faultOf?(values: Values): string | undefined
  /** What a person reads. */
  explain(values: WrittenValues): string
}
