import type { Table } from './settings.ts'

/** The settings that are in force, by their variables, for a log: keys, passwords and what an endpoint's path may say are hidden. */
export function showSettings(table: Table, values: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(table).map(([key, { name }]) => [name, show(name, values[key])]))
}

function show(name: string, value: unknown): unknown {
  if (value === undefined) return undefined
  if (/_KEY$/.test(name)) return 'hidden'
  return JSON.parse(JSON.stringify(value, (_, part) => showPart(name, part)))
}

function showPart(name: string, part: unknown): unknown {
  if (typeof part === 'bigint') return String(part)
  if (part instanceof Uint8Array) return Buffer.from(part).toString('hex')
  if (typeof part !== 'string' || !/^\w+:\/\//.test(part) || !URL.canParse(part)) return part
  // Providers have their keys in path or query.
  if (/_RPC_URL$/.test(name)) return part.split(/ *, */).map(hostOf).join(', ')
  const url = new URL(part)
  if (url.password) url.password = 'hidden'
  if (url.search) url.search = '?hidden'
  return url.password || url.search ? url.href : part
}

const hostOf = (url: string): string => new URL(url.trim()).host
