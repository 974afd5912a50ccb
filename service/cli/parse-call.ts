import { parseArgs } from 'node:util'
import { flagOf, nearestOf } from '../plugins/settings.ts'
import { type Command, CommandMisusedError, type Flags, type Option, type Service } from './command.ts'
import { clientSettings } from './settings.ts'

/** Options that every command has. */
export const commonOptions: Readonly<Record<string, Option>> = {
  help: { about: 'Says how the command is called.' },
  json: { about: 'Answers in JSON: one document, or one in each line where answers come one by one.' },
  verbose: { about: 'Says where in the program something went wrong, too.' },
}

/** What somebody typed. */
export type Parsed = {
  readonly args: readonly string[]
  readonly flags: Flags
  /** Flags and values of settings. */
  readonly settings: readonly string[]
}

/** The command that the first words name. */
export function findCommand(
  commands: readonly Command[],
  [first = '', second]: readonly string[],
  services: readonly Service[],
): Command {
  const found = commands.find(({ name }) => name === first || name === `${first} ${second}`)
  if (found) return found
  const family = commands.filter(({ name }) => name.startsWith(`${first} `)).map(({ name }) => name)
  if (family.length > 0) throw new CommandMisusedError(`${first} what?`, { hint: `There is ${family.join(', ')}.` })
  const names = [...new Set([...commands, ...services].map(({ name }) => name.split(' ')[0] ?? ''))]
  const meant = nearestOf(first, names)
  throw new CommandMisusedError('There is no such command.', {
    hint: meant ? `Did you mean ${meant}?` : `Commands: ${names.join(' ')}`,
  })
}

const looksLikeKey = (arg: string): boolean => /(^|[^0-9a-z])(0x)?[0-9a-f]{64}($|[^0-9a-z])/i.test(arg)

/** Keys in arguments are read by everybody on the machine, and kept in the shell's history. Their value is not repeated. */
export function refuseKeys(argv: readonly string[]): void {
  if (!argv.some(looksLikeKey)) return
  throw new CommandMisusedError('An argument looks like a private key, which others could read there.', {
    hint: 'Use --keystore, or PENNYPOST_PRIVATE_KEY, or type it when asked; if it was one, move what it holds to a new account.',
  })
}

/** Reads what follows a command's name. */
export function parseCall({ name, options, parameters }: Command, argv: readonly string[]): Parsed {
  const settings = Object.values(clientSettings).map((setting) => flagOf(setting.name).slice(2))
  const own = Object.entries({ ...options, ...commonOptions })
  const table = [
    ...own.map(([flag, { value }]) => [flag, value === undefined ? 'boolean' : 'string']),
    ...settings.map((flag) => [flag, 'string']),
  ].map(([flag, type]) => [flag, { type: type as 'boolean' | 'string' }])
  const { values, positionals } = parse(argv, Object.fromEntries(table))
  const given = settings.flatMap((flag) => (values[flag] === undefined ? [] : [`--${flag}`, String(values[flag])]))
  const flags = Object.fromEntries(own.map(([flag]) => [flag, values[flag]]))
  const args = positionals.slice(name.split(' ').length)
  return { flags, settings: given, args: flags.help ? args : matchParameters(parameters, args) }
}

type Options = Record<string, { readonly type: 'boolean' | 'string'; readonly short?: string }>

function parse(argv: readonly string[], options: Options) {
  try {
    const named: Options = { ...options, help: { type: 'boolean', short: 'h' } }
    const { values, positionals } = parseArgs({ args: [...argv], options: named, allowPositionals: true })
    return { positionals, values: values as Flags }
  } catch (error) {
    throw new CommandMisusedError(sayMisused(error, Object.keys(options)))
  }
}

function sayMisused(error: unknown, known: readonly string[]): string {
  const said = error instanceof Error ? error.message : ''
  const [, flag = ''] = /^Unknown option '(-[^']*)'/.exec(said) ?? []
  if (flag === '') return `${said.split(/[.\n] ?/)[0]}.`
  const meant = nearestOf(flag.replace(/^-+/, ''), known)
  return `There is no option ${flag}.${meant ? ` Did you mean --${meant}?` : ''}`
}

function matchParameters(parameters: readonly string[], args: readonly string[]): readonly string[] {
  const missing = parameters.slice(args.length).find((name) => !name.includes('?'))
  if (missing) throw new CommandMisusedError(`${missing.replace('…', '')} is missing.`)
  const last = parameters.length - 1
  if (parameters[last]?.includes('…') && args.length > last) return [...args.slice(0, last), args.slice(last).join(' ')]
  if (args.length > parameters.length) throw new CommandMisusedError(`"${args[parameters.length]}" is too much.`)
  return args
}
