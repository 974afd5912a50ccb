import type { Clue } from './traffic-analysis.ts'

/** How well a clue guesses, and how well anybody does without one. */
export type Figure = {
  readonly name: string
  readonly letters: number
  /** Shares of letters. Of several candidates that a clue cannot tell apart it names one at random. */
  readonly success: number
  readonly chance: number
  /** Chance and two standard deviations. */
  readonly limit: number
}

/** For each letter the column of its truth, and which columns are possible at all. */
export type Truth = {
  readonly columns: readonly number[]
  readonly isPossible: readonly (readonly boolean[])[]
  /** Columns of others like it, where candidates are not alike: what names these as often does not name the truth. */
  readonly others?: readonly (readonly number[])[]
}

/** Compares what a clue says with the truth. */
export function measureClue({ name, scores }: Clue, { columns, isPossible, others = [] }: Truth): Figure {
  const letters = columns.length
  const hits = columns.map((truth, i) => shareOf(scores[i] ?? [], isPossible[i] ?? [], truth))
  const even = sum(isPossible.map((row) => 1 / Math.max(1, row.filter(Boolean).length))) / letters
  const wrong = others.flatMap((row, i) => row.map((other) => shareOf(scores[i] ?? [], isPossible[i] ?? [], other)))
  const chance = Math.max(even, wrong.length > 0 ? sum(wrong) / wrong.length : 0)
  const deviation = Math.sqrt((chance * (1 - chance)) / letters)
  return { name, letters, success: sum(hits) / letters, chance, limit: chance + 2 * deviation }
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0)

/** 1 where the truth alone is best, 1/k where k are. */
function shareOf(scores: readonly number[], isPossible: readonly boolean[], truth: number): number {
  const possible = scores.map((score, c) => (isPossible[c] ? score : Number.NEGATIVE_INFINITY))
  const best = Math.max(...possible)
  const equals = possible.filter((score, c) => isPossible[c] && isEqual(score, best)).length
  return isEqual(possible[truth] ?? Number.NaN, best) ? 1 / equals : 0
}

const isEqual = (a: number, b: number): boolean => a === b || Math.abs(a - b) < 1e-9

/** A table of figures in per cent; what beats chance is marked. */
export function formatFigures(title: string, figures: readonly Figure[]): string {
  const percent = (value: number) => `${(100 * value).toFixed(1)} %`.padStart(9)
  const lines = figures.map(({ name, success, chance, limit }) => {
    const mark = success > limit ? '  ← named' : ''
    return `  ${name.padEnd(42)}${percent(success)}${percent(chance)}${percent(limit)}${mark}`
  })
  const head = `  ${'clue'.padEnd(42)}${'success'.padStart(9)}${'chance'.padStart(9)}${'+ 2 sd'.padStart(9)}`
  return [`${title} (${figures[0]?.letters ?? 0} letters)`, head, ...lines].join('\n')
}
