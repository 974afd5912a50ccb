/** A whole number that a condition takes, with its bounds. */
export type Parameter = { readonly name: string; readonly min: number; readonly max: number }

/** Everything the policy language knows about one kind of condition; a new kind is one more file with one of these. */
export type ConditionType = {
  readonly kind: string
  /** In the order of the text form. */
  readonly parameters: readonly Parameter[]
  /** Decided without evidence: true for `everyone`, false for `nobody`; undefined where evidence decides. */
  readonly verdict?: boolean
  /** What a person reads. */
  explain(values: Readonly<Record<string, number>>): string
}
