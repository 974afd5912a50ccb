/** One row for each letter, one column for each candidate; the higher, the likelier. */
export type Scores = readonly (readonly number[])[]

/** Times of letters, and for each candidate the times of its events, in their order. */
export type LagQuestion = {
  readonly letters: readonly number[]
  readonly events: readonly (readonly number[])[]
}

export type Side = 'before' | 'after'

/** Seconds to the nearest event on one side of a moment; infinite where there is none. */
export function lagOf(events: readonly number[], at: number, side: Side): number {
  const next = countBelow(events, at)
  const following = events[next] ?? Number.POSITIVE_INFINITY
  if (side === 'after' || following === at) return Math.abs(following - at)
  return at - (events[next - 1] ?? Number.NEGATIVE_INFINITY)
}

/** How many of some times in their order are before a moment. */
function countBelow(events: readonly number[], at: number): number {
  let [low, high] = [0, events.length]
  while (low < high) {
    const middle = (low + high) >>> 1
    if (events[middle]! < at) low = middle + 1
    else high = middle
  }
  return low
}

/** The nearer, the likelier. */
export const scoreNearest = ({ letters, events }: LagQuestion, side: Side): Scores =>
  letters.map((at) => events.map((times) => -lagOf(times, at, side)))

/** The nearer on either side, the likelier. */
export const scoreNear = ({ letters, events }: LagQuestion): Scores =>
  letters.map((at) => events.map((times) => -Math.min(lagOf(times, at, 'before'), lagOf(times, at, 'after'))))

const edges = [
  0.05, 0.1, 0.15, 0.2, 0.3, 0.5, 0.75, 1, 2, 5, 10, 20, 40, 60, 120, 240, 480, 960, 1920, 3600, 7200,
] as const
const binCount = edges.length + 2
const gridSize = 400
const rounds = 12

function binOf(lag: number): number {
  if (lag === Number.POSITIVE_INFINITY) return binCount - 1
  const index = edges.findIndex((edge) => lag < edge)
  return index < 0 ? edges.length : index
}

const widthOf = (bin: number): number => (edges[bin] ?? 0) - (edges[bin - 1] ?? 0)

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0)

/** How often a candidate's lag falls into each bin at any moment, letter or not. */
function backgroundOf(events: readonly number[], letters: readonly number[], side: Side): number[] {
  const [first, last] = [Math.min(...letters), Math.max(...letters)]
  const span = Math.max(1, last - first)
  const counts = new Array<number>(binCount).fill(0)
  for (let i = 0; i < gridSize; i++) {
    const bin = binOf(lagOf(events, first + (span * (i + 0.5)) / gridSize, side))
    counts[bin] = (counts[bin] ?? 0) + 1
  }
  const floors = counts.map((count, bin) => Math.max(count / gridSize, widthOf(bin) / span, 0.5 / gridSize / binCount))
  const total = sum(floors)
  return floors.map((value) => value / total)
}

type Fit = { readonly likelihood: number; readonly own: readonly number[] }

/**
 * Learns how long after (or before) a letter its own candidate's event comes, without being told whose any letter is: by
 * expectation and maximisation from every start that says "within this bin", keeping the likeliest. Finds any habit of
 * the client, at once or after an exponential delay, as far as it differs from what that candidate does anyway.
 */
export function learnLags({ letters, events }: LagQuestion, side: Side): Scores {
  const backgrounds = events.map((times) => backgroundOf(times, letters, side))
  const bins = letters.map((at) => Uint8Array.from(events, (times) => binOf(lagOf(times, at, side))))
  const average = Array.from(
    { length: binCount },
    (_, bin) => sum(backgrounds.map((row) => row[bin] ?? 0)) / events.length,
  )
  const model = { parts: bins.map((row) => partsOf(row, backgrounds)), average }
  const starts = new Set(bins.flatMap((row) => [...row]))
  const fits = [...starts].map((start) => fitFrom(model, start))
  const best = fits.reduce((one, other) => (other.likelihood > one.likelihood ? other : one), nothing)
  if (best === nothing) return letters.map(() => events.map(() => 0))
  return bins.map((row) => events.map((_, c) => Math.log(best.own[row[c]!]! / backgrounds[c]![row[c]!]!)))
}

const nothing: Fit = { likelihood: 0, own: [] }

type Model = {
  /** For each letter, and each bin: one over how likely it is, of all candidates whose lag is in it. */
  readonly parts: readonly Float64Array[]
  readonly average: readonly number[]
}

/** Candidates in one bin share what the letter adds to it: only their sum counts. */
function partsOf(row: Uint8Array, backgrounds: readonly (readonly number[])[]): Float64Array {
  const parts = new Float64Array(binCount)
  for (const [candidate, bin] of row.entries()) parts[bin]! += 1 / backgrounds[candidate]![bin]! / row.length
  return parts
}

function fitFrom({ parts, average }: Model, start: number): Fit {
  let own = average.map((value, bin) => 0.1 * value + (bin === start ? 0.9 : 0))
  let before: Fit = nothing
  for (let round = 0; round < rounds; round++) {
    const mass = Float64Array.from(average, (value) => 2 * value)
    const likelihood = sum(parts.map((letter) => weigh(letter, { own, mass })))
    before = { likelihood, own }
    const total = mass.reduce((all, value) => all + value, 0)
    own = Array.from(mass, (value) => value / total)
  }
  return before
}

type Weighing = { readonly own: readonly number[]; readonly mass: Float64Array }

/** Shares one letter out among the bins of its candidates; answers the logarithm of its likelihood. */
function weigh(letter: Float64Array, { own, mass }: Weighing): number {
  let total = 0
  for (let bin = 0; bin < binCount; bin++) total += own[bin]! * letter[bin]!
  for (let bin = 0; bin < binCount; bin++) mass[bin]! += (own[bin]! * letter[bin]!) / total
  return Math.log(total)
}

const [reachSeconds, stepSeconds] = [300, 0.5]

/**
 * Finds fixed lags up to some minutes, of any number of events: where events of all candidates together stand so many
 * seconds from letters more often than chance would have it, each such event counts for its candidate.
 */
export function scoreCorrelated({ letters, events }: LagQuestion): Scores {
  const span = Math.max(1, Math.max(...letters) - Math.min(...letters))
  const steps = (2 * reachSeconds) / stepSeconds
  const stepOf = (lag: number) => Math.floor((lag + reachSeconds) / stepSeconds)
  const pairs = letters.map((at) =>
    events.map((times) => times.map((time) => stepOf(time - at)).filter((step) => step >= 0 && step < steps)),
  )
  const counts = new Array<number>(steps).fill(0)
  for (const step of pairs.flat(2)) counts[step] = counts[step]! + 1
  const expected = (letters.length * sum(events.map(({ length }) => length)) * stepSeconds) / span
  const isPeak = counts.map((count) => count > expected + 4 * Math.sqrt(expected) + 3)
  const weights = counts.map((count, step) => (isPeak[step] ? Math.log(count / expected) : 0))
  return pairs.map((row) => row.map((steps) => sum(steps.map((step) => weights[step]!))))
}

/** Means, in seconds, of delays without memory that an attacker tries. */
const means = [0.2, 1, 5, 20, 60, 180, 600, 1800] as const

/**
 * As from one who knows that each letter is followed by an event of its own after an exponential delay, among others at a
 * steady rate: the mean is the likeliest of several.
 */
export function scoreExponential({ letters, events }: LagQuestion): Scores {
  const span = Math.max(1, Math.max(...letters) - Math.min(...letters))
  const fits = means.map((mean) => {
    const scores = letters.map((at) =>
      events.map((times) => {
        const rate = Math.max(1, times.length) / span
        const found = sum(times.filter((time) => time >= at).map((time) => Math.exp((at - time) / mean) / mean))
        return Math.log(0.02 + found / rate)
      }),
    )
    const likelihood = sum(scores.map((row) => Math.log(sum(row.map(Math.exp)) / row.length)))
    return { likelihood, scores }
  })
  return fits.reduce((best, other) => (other.likelihood > best.likelihood ? other : best)).scores
}

/** All clues at once, as if they knew nothing of each other. */
export const addScores = (...all: readonly Scores[]): Scores =>
  (all[0] ?? []).map((row, i) => row.map((_, c) => sum(all.map((scores) => scores[i]?.[c] ?? 0))))
