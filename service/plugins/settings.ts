import { type Address, checksumAddress, faultOfAddress } from '@pennypost/sdk/crypto'
import { BaseError } from '@pennypost/sdk/verifier'

/** One setting: its variable, how its text is read, and what holds where it is not set. */
export type Setting<T> = {
  /** Name of the environment variable; the flag is `--` and the rest after PENNYPOST_, as in --data-dir. */
  readonly name: `PENNYPOST_${string}`
  /** The value, or an Error whose message says what was expected. */
  readonly read: (text: string) => T
  /** Text that holds where nothing is set; without one the setting is required. */
  readonly fallback?: string | undefined
  /** One sentence for the documentation. */
  readonly about: string
}

/** Settings by the names that the code gives them. */
export type Table = Readonly<Record<string, Setting<unknown>>>

/** A row of a table of settings; `fallback` is text, as somebody would set it, or `required`. */
export const setting = <T>(
  name: Setting<T>['name'],
  read: Setting<T>['read'],
  { fallback, about }: { fallback: string | typeof required; about: string },
): Setting<T> => ({ name, read, fallback: fallback === required ? undefined : fallback, about })

/** There is no value that would do for everybody. */
export const required = Symbol('required')

/** The values of a table of settings. */
export type Values<T extends Table> = { readonly [K in keyof T]: T[K] extends Setting<infer V> ? V : never }

/** Where settings come from. */
export type Sources = { readonly env: NodeJS.ProcessEnv; readonly args: readonly string[] }

/**
 * Reads all settings of a table; flags win over variables. Throws {@link SettingInvalidError} naming the first bad one, which
 * may be a variable that is none and looks like one: what was mistyped would not be in force, and nobody would know.
 */
export function readSettings<T extends Table>(table: T, { env, args }: Sources): Values<T> {
  const flags = readFlags(table, args)
  refuseMistyped(table, env)
  const values = Object.entries(table).map(([key, { name, read, fallback }]) => {
    const text = flags.get(name) ?? (env[name] || undefined) ?? fallback
    if (text === undefined)
      throw new SettingInvalidError(`${name} is not set.`, { hint: `Set it, or give ${flagOf(name)}.` })
    return [key, readValue(name, () => read(text))]
  })
  return Object.fromEntries(values)
}

/**
 * All settings of a table for a service that is embedded: those given, and for the rest what holds on the command line.
 * Throws {@link SettingInvalidError} where one that is required is missing.
 */
export function completeSettings<T extends Table>(table: T, some: Partial<Values<T>>): Values<T> {
  const rest = Object.entries(table).filter(([key]) => !(key in some))
  return { ...readSettings(Object.fromEntries(rest) as unknown as T, { env: {}, args: [] }), ...some }
}

/** A table as the documentation has it: name, default, what it is. */
export const rowsOf = (table: Table): string[] =>
  Object.values(table).map(({ name, fallback, about }) => `| \`${name}\` | ${defaultText(fallback)} | ${about} |`)

/** A table as a terminal has it: flag and variable, default, what it is. */
export const usageOf = (table: Table): string =>
  Object.values(table)
    .map(({ name, fallback, about }) => `${flagOf(name)}, ${name} (${plainDefault(fallback)})\n    ${about}`)
    .join('\n')

const plainDefault = (fallback: string | undefined): string => defaultText(fallback).replaceAll('`', '')

function defaultText(fallback: string | undefined): string {
  if (fallback === undefined) return 'must be set'
  return fallback === '' ? 'none' : `\`${fallback}\``
}

/** The flag of a setting. */
export function flagOf(name: string): string {
  return `--${name.replace('PENNYPOST_', '').toLowerCase().replaceAll('_', '-')}`
}

function readFlags(table: Table, args: readonly string[]): Map<string, string> {
  const names = new Map(Object.values(table).map(({ name }) => [flagOf(name), name]))
  const flags = new Map<string, string>()
  for (let i = 0; i < args.length; i++) {
    const [flag = '', ...rest] = (args[i] ?? '').split('=')
    const name = names.get(flag)
    if (!name) throw new SettingInvalidError(`There is no flag ${flag}.`, { hint: hintFor(flag, [...names.keys()]) })
    const value = rest.length > 0 ? rest.join('=') : args[++i]
    if (value === undefined) throw new SettingInvalidError(`${flag} needs a value.`)
    flags.set(name, value)
  }
  return flags
}

function refuseMistyped(table: Table, env: NodeJS.ProcessEnv): void {
  for (const { given, meant } of strangersIn(table, env)) {
    if (meant) throw new SettingInvalidError(`There is no ${given}.`, { hint: `Did you mean ${meant}?` })
  }
}

/** Variables that look like settings and are none of a table, each with the one that may be meant. */
export function strangersIn(table: Table, env: NodeJS.ProcessEnv): { given: string; meant: string | undefined }[] {
  const names = Object.values(table).map(({ name }) => name as string)
  const strangers = Object.keys(env).filter((given) => given.startsWith('PENNYPOST_') && !names.includes(given))
  return strangers.map((given) => ({ given, meant: nearestOf(given, names) }))
}

function hintFor(flag: string, flags: readonly string[]): string {
  const meant = nearestOf(flag, flags)
  return meant ? `Did you mean ${meant}?` : `Flags: ${flags.join(' ')}`
}

/** The word that is at most two letters away; undefined if there is none. */
export function nearestOf(given: string, words: readonly string[]): string | undefined {
  const near = words.map((word) => ({ word, steps: stepsBetween(given, word) })).sort((a, b) => a.steps - b.steps)
  return near[0] && near[0].steps <= 2 ? near[0].word : undefined
}

/** Letters put in, left out or replaced between two words (Levenshtein's distance). */
function stepsBetween(one: string, other: string): number {
  let above = Array.from({ length: other.length + 1 }, (_, i) => i)
  for (const [i, letter] of [...one].entries()) {
    const row = [i + 1]
    for (const [j, its] of [...other].entries()) {
      const replaced = (above[j] ?? 0) + (letter === its ? 0 : 1)
      row.push(Math.min(replaced, (above[j + 1] ?? 0) + 1, (row[j] ?? 0) + 1))
    }
    above = row
  }
  return above[other.length] ?? 0
}

function readValue<T>(name: string, read: () => T): T {
  try {
    return read()
  } catch (cause) {
    throw new SettingInvalidError(`${name}: ${cause instanceof Error ? cause.message : cause}`, { cause })
  }
}

/** A whole number within bounds. */
export const integer =
  (least: number, most: number) =>
  (text: string): number => {
    const value = Number(text)
    if (/^\d+$/.test(text) && value >= least && value <= most) return value
    throw new RangeError(`expected a whole number from ${least} to ${most}, found "${text}".`)
  }

/** One of some words. */
export const oneOf =
  <T extends string>(...words: readonly T[]) =>
  (text: string): T => {
    const found = words.find((word) => word === text)
    if (found !== undefined) return found
    throw new RangeError(`expected one of ${words.join(', ')}, found "${text}".`)
  }

/** An address; where its case is mixed, with the right checksum. */
export function address(text: string): Address {
  const fault = faultOfAddress(text)
  if (fault === undefined) return checksumAddress(text)
  throw new RangeError(`${fault}.`)
}

/** An absolute http or https URL. */
export function httpUrl(text: string): string {
  if (URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)) return text
  throw new RangeError(`expected a URL that starts with http:// or https://, found "${text}".`)
}

/** Items between commas; none if the text is empty. */
export const listOf =
  <T>(read: (item: string) => T) =>
  (text: string): readonly T[] =>
    text
      .split(',')
      .map((item) => item.trim())
      .filter((item) => item !== '')
      .map(read)

/** A setting that may be left empty. */
export const optional =
  <T>(read: (text: string) => T) =>
  (text: string): T | undefined =>
    text === '' ? undefined : read(text)

/** `on` or `off`. */
export const onOff = oneOf('on', 'off')

/** How much is logged. */
export type LogLevel = (typeof logLevels)[number]

const logLevels = ['silent', 'fatal', 'error', 'warn', 'info', 'debug', 'trace'] as const

/** One of the levels of the log. */
export const logLevel = oneOf(...logLevels)

/** Where data is kept; undefined for `memory`, which keeps nothing. */
export const directory = (text: string): string | undefined => (text === 'memory' ? undefined : text)

/** The URL of a PostgreSQL database. */
export function postgresUrl(text: string): string {
  if (/^postgres(ql)?:\/\//.test(text)) return text
  throw new RangeError('expected a URL that starts with postgres:// or postgresql://.')
}

/** 32 bytes as 64 hex digits, with or without 0x. */
export function hex32(text: string): `0x${string}` {
  if (/^(0x)?[0-9a-fA-F]{64}$/.test(text)) return `0x${text.replace(/^0x/, '')}`
  throw new RangeError('expected 64 hex digits.')
}

/** Text as it is. */
export const text = (value: string): string => value

/** A setting is missing, unknown or not what it must be. */
export class SettingInvalidError extends BaseError {
  readonly code = 'setting.invalid'
}
