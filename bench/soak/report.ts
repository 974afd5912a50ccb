import { type Measured, quantile } from './honest/measure.ts'

/** One phase: what the honest met in it, and the node. */
export type Phase = {
  readonly name: string
  /** How many attacks ran at the same time. */
  readonly attacks: number
  readonly measured: Measured
  /** Most memory the node had resident, in bytes. */
  readonly peak: number
  /** What the attackers were answered, by code. */
  readonly answers: Readonly<Record<string, number>>
}

/** What must hold in every phase. */
export type Bounds = {
  /** Of the honest's p99. */
  readonly ms: number
  /** p99 beside one attack, to that of the phase without attackers. */
  readonly factor: number
  readonly bytes: number
}

export const p99Of = ({ acknowledged, arrived }: Measured): number =>
  Math.max(quantile(acknowledged, 0.99), quantile(arrived, 0.99))

const mebibyte = 1024 * 1024

/** The phases as a table; the first one is that without attackers. */
export function tableOf(phases: readonly Phase[]): string {
  const quiet = p99Of(phases[0]?.measured ?? { acknowledged: [], arrived: [], failed: new Map() })
  const lines = phases.map(({ name, measured, peak, answers }) => [
    name,
    ...[measured.acknowledged, measured.arrived].map(
      (times) => `${round(quantile(times, 0.5))} / ${round(quantile(times, 0.99))}`,
    ),
    (p99Of(measured) / quiet).toFixed(1),
    `${Math.round(peak / mebibyte)} MiB`,
    codesOf(Object.fromEntries(measured.failed)) || '–',
    codesOf(answers) || '–',
  ])
  const head = [
    'phase',
    'acknowledged p50 / p99 ms',
    'arrived p50 / p99 ms',
    'factor',
    'RSS peak',
    'honest refused',
    'attackers answered',
  ]
  return [head, head.map(() => '---'), ...lines].map((line) => `| ${line.join(' | ')} |`).join('\n')
}

const round = (value: number): string => (value >= 10 ? value.toFixed(0) : value.toFixed(1))

const codesOf = (codes: Readonly<Record<string, number>>): string =>
  Object.entries(codes)
    .toSorted(([, a], [, b]) => b - a)
    .map(([code, times]) => `${code} ${times}`)
    .join(', ')

/** One sentence for each bound that a phase broke. */
export function brokenBy(phases: readonly Phase[], bounds: Bounds): string[] {
  const [quiet] = phases
  if (!quiet) return ['Nothing was measured.']
  const anchor = p99Of(quiet.measured)
  return [
    ...phases.flatMap((phase) => brokenAlone(phase, bounds)),
    ...phases
      .filter(({ attacks, measured }) => attacks === 1 && !(p99Of(measured) <= anchor * bounds.factor))
      .map(
        ({ name, measured }) =>
          `${name}: p99 is ${(p99Of(measured) / anchor).toFixed(1)} times that without attackers, above ${bounds.factor}.`,
      ),
  ]
}

function brokenAlone({ name, measured, peak }: Phase, bounds: Bounds): string[] {
  const p99 = p99Of(measured)
  const refused = [...measured.failed.values()].reduce((sum, times) => sum + times, 0)
  return [
    ...(p99 <= bounds.ms ? [] : [`${name}: p99 of the honest is ${round(p99)} ms, above ${bounds.ms}.`]),
    ...(peak <= bounds.bytes
      ? []
      : [`${name}: the node had ${Math.round(peak / mebibyte)} MiB, above ${bounds.bytes / mebibyte}.`]),
    ...(refused === 0 ? [] : [`${name}: ${refused} requests of the honest got no answer or a refusal.`]),
  ]
}
