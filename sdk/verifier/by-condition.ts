import type { Evidence } from '../codec/lane.ts'

/** Pieces by the conditions that they are for; a payment may be for several. */
export function byCondition(evidence: readonly Evidence[]): Map<number, Evidence[]> {
  const shown = new Map<number, Evidence[]>()
  for (const piece of evidence) {
    for (const index of [piece.condition, ...piece.also]) shown.set(index, [...(shown.get(index) ?? []), piece])
  }
  return shown
}
