const pattern = /^(\d{4}-\d\d-\d\d)(?:T(\d\d:\d\d)(:\d\d)?Z)?$/

/**
 * The moment that a text names, in unix seconds: ISO 8601 in UTC, to the second, the minute or the day, which stands for its
 * beginning. Undefined for any other text, and for days and hours that there are not.
 */
export function readTime(text: string): number | undefined {
  const [, day, minute = '00:00', second = ':00'] = pattern.exec(text) ?? []
  const written = `${day}T${minute}${second}Z`
  const milliseconds = day === undefined ? Number.NaN : Date.parse(written)
  if (Number.isNaN(milliseconds)) return undefined
  const seconds = milliseconds / 1000
  return formatTime(seconds) === written ? seconds : undefined // a 30 February is no other day
}

/** The one text of a moment, given in unix seconds: `2026-12-01T00:00:00Z`. */
export const formatTime = (seconds: number): string => `${new Date(seconds * 1000).toISOString().slice(0, 19)}Z`
