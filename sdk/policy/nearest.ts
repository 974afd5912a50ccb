/** The word that a mistyped one most likely stands for: at most two letters away, and not half of it. */
export function nearest(word: string, words: readonly string[]): string | undefined {
  if (word.length > 40) return undefined
  const lower = word.toLowerCase()
  const found = words.map((other) => ({ other, away: distance(lower, other.toLowerCase()) }))
  const [best] = found.sort((a, b) => a.away - b.away)
  return best && best.away <= Math.min(2, Math.floor(word.length / 2)) ? best.other : undefined
}

/** How many letters must be put in, taken out or changed (Levenshtein). */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i)
  for (const [i, letter] of [...a].entries()) {
    const next = [i + 1]
    for (const [j, other] of [...b].entries()) {
      const [left = 0, up = 0, corner = 0] = [next[j], row[j + 1], row[j]]
      next.push(Math.min(left + 1, up + 1, corner + (letter === other ? 0 : 1)))
    }
    row = next
  }
  return row[b.length] ?? 0
}
