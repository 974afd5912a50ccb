/** One line of the table: something of ours beside something known, measured in the same run. */
export type Row = {
  readonly name: string
  /** What stands beside it. */
  readonly beside: string
  /** Medians, in `unit`. */
  readonly subject: number
  readonly anchor: number
  /** subject / anchor. */
  readonly ratio: number
  /** Where the ratio must be; absent where the row only informs. */
  readonly goal?: Goal
  readonly unit: string
}

export type Goal = { readonly atMost: number } | { readonly atLeast: number }

/** Whether a row reaches its goal; one without a goal does. */
export function reachesGoal({ ratio, goal }: Pick<Row, 'ratio' | 'goal'>): boolean {
  if (!goal) return true
  return 'atMost' in goal ? ratio <= goal.atMost : ratio >= goal.atLeast
}

/** The rows as text, in columns. */
export function formatRows(rows: readonly Row[]): string {
  const lines = rows.map((row) => [
    row.name,
    formatNumber(row.subject),
    `${formatNumber(row.anchor)} ${row.unit}`,
    row.beside,
    row.ratio.toFixed(3),
    row.goal ? `${'atMost' in row.goal ? '≤' : '≥'} ${Object.values(row.goal)[0]}` : '',
    row.goal ? (reachesGoal(row) ? 'ok' : 'MISSED') : '',
  ])
  const table = [['what', 'ours', 'theirs', 'beside', 'ratio', 'goal', ''], ...lines]
  const widths = table[0]?.map((_, column) => Math.max(...table.map((line) => (line[column] ?? '').length))) ?? []
  return table
    .map((line) =>
      line
        .map((cell, i) => cell.padEnd(widths[i] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}

const formatNumber = (value: number): string => (value >= 100 ? value.toFixed(0) : value.toPrecision(3))

/** A row of two medians, in milliseconds. */
export function rowOf(name: string, subject: number, anchor: number, rest: Pick<Row, 'beside' | 'goal'>): Row {
  return { name, subject, anchor, ratio: subject / anchor, unit: 'ms', ...rest }
}

/** The middle of the values. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[sorted.length >> 1] ?? Number.NaN
}

/** Runs each of several measurements in turn, so that all see the same machine; answers their medians, in order. */
export async function interleave(rounds: number, measurements: readonly (() => Promise<number>)[]): Promise<number[]> {
  const values: number[][] = measurements.map(() => [])
  for (let round = 0; round < rounds; round++) {
    for (const [i, measure] of measurements.entries()) values[i]?.push(await measure())
  }
  return values.map(median)
}

/** Milliseconds that something takes, for each of `count` that it does. */
export async function timed(count: number, run: () => unknown): Promise<number> {
  const start = performance.now()
  await run()
  return (performance.now() - start) / count
}
