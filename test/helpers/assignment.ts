import type { Scores } from './lag-model.ts'

/** What is impossible, as a finite cost. */
const dearest = 1e7

/**
 * The candidates (columns) of all rows together, no candidate twice, with the greatest sum of scores: the Hungarian
 * method. Needs at least as many columns as rows.
 */
export function assign(scores: Scores): number[] {
  const [rows, columns] = [scores.length, scores[0]?.length ?? 0]
  if (columns < rows) throw new Error('There are fewer candidates than letters.')
  const cost = (i: number, j: number) => Math.min(dearest, -(scores[i - 1]?.[j - 1] ?? -dearest))
  const state: State = {
    potential: new Array<number>(rows + 1).fill(0),
    price: new Array<number>(columns + 1).fill(0),
    rowOf: new Array<number>(columns + 1).fill(0),
    way: new Array<number>(columns + 1).fill(0),
    cost,
  }
  for (let row = 1; row <= rows; row++) augment(state, row)
  const chosen = new Array<number>(rows).fill(-1)
  for (let j = 1; j <= columns; j++) if (state.rowOf[j]! > 0) chosen[state.rowOf[j]! - 1] = j - 1
  return chosen
}

type State = {
  readonly potential: number[]
  readonly price: number[]
  readonly rowOf: number[]
  readonly way: number[]
  readonly cost: (row: number, column: number) => number
}

/** Gives one more row a column, moving others along the cheapest path. */
function augment(state: State, row: number): void {
  const { rowOf, way } = state
  const columns = rowOf.length - 1
  const least = new Array<number>(columns + 1).fill(Number.POSITIVE_INFINITY)
  const isUsed = new Array<boolean>(columns + 1).fill(false)
  rowOf[0] = row
  let column = 0
  do {
    isUsed[column] = true
    column = advance(state, { column, least, isUsed })
  } while (rowOf[column] !== 0)
  while (column !== 0) {
    const before = way[column]!
    rowOf[column] = rowOf[before]!
    column = before
  }
}

type Search = { readonly column: number; readonly least: number[]; readonly isUsed: readonly boolean[] }

/** The nearest column that the path does not have yet. */
function advance({ potential, price, rowOf, way, cost }: State, { column, least, isUsed }: Search): number {
  const row = rowOf[column]!
  let [delta, next] = [Number.POSITIVE_INFINITY, 0]
  for (let j = 1; j < rowOf.length; j++) {
    if (isUsed[j]) continue
    const reduced = cost(row, j) - potential[row]! - price[j]!
    if (reduced < least[j]!) [least[j], way[j]] = [reduced, column]
    if (least[j]! < delta) [delta, next] = [least[j]!, j]
  }
  pay({ potential, price, rowOf }, { least, isUsed, delta })
  return next
}

/** Moves what rows may spend and columns cost, so that the nearest column is free. */
function pay(
  { potential, price, rowOf }: Pick<State, 'potential' | 'price' | 'rowOf'>,
  { least, isUsed, delta }: Omit<Search, 'column'> & { readonly delta: number },
): void {
  for (let j = 0; j < rowOf.length; j++) {
    if (isUsed[j]) {
      potential[rowOf[j]!] = potential[rowOf[j]!]! + delta
      price[j] = price[j]! - delta
    } else least[j] = least[j]! - delta
  }
}
