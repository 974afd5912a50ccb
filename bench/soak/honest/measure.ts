/** What the honest load met in one phase. */
export type Measured = {
  /** Milliseconds until a publish was acknowledged, and until it arrived in a stream. */
  readonly acknowledged: number[]
  readonly arrived: number[]
  /** How many requests got no answer, or a refusal, by code. */
  readonly failed: Map<string, number>
}

export const createMeasured = (): Measured => ({ acknowledged: [], arrived: [], failed: new Map() })

/** One more of a code. */
export function count(codes: Map<string, number>, code: string): void {
  codes.set(code, (codes.get(code) ?? 0) + 1)
}

/** The value that so large a part of all is not above. */
export function quantile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN
}
