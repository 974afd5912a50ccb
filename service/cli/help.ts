import { usageOf } from '../plugins/settings.ts'
import type { Command } from './command.ts'
import { commonOptions } from './parse-call.ts'
import { clientSettings } from './settings.ts'

/** A parameter as usage lines have it. */
const shown = (parameter: string): string => (parameter.includes('?') ? `[${parameter.replace('?', '')}]` : parameter)

/** How a command is called. */
export const callOf = ({ name, parameters }: Pick<Command, 'name' | 'parameters'>): string =>
  ['pennypost', name, ...parameters.map(shown)].join(' ')

/** The help of one command: how it is called, its options, the settings, a line to copy. */
export function helpFor(command: Command): string {
  const options = Object.entries({ ...command.options, ...commonOptions })
  const rows = options.map(([name, { value, about }]) => {
    return `--${name}${value === undefined ? '' : ` ${value}`}\n    ${about}`
  })
  return [
    `${callOf(command)}\n\n${command.about}`,
    `Options\n\n${rows.join('\n')}`,
    `Settings, as flag, variable or in config.json\n\n${usageOf(clientSettings)}`,
    `Example\n\n    ${command.example}`,
  ].join('\n\n')
}

/** The help of all of them. */
export function helpForAll(commands: readonly Pick<Command, 'name' | 'parameters' | 'about'>[]): string {
  const width = Math.max(...commands.map((command) => callOf(command).length))
  const rows = commands.map((command) => `${callOf(command).padEnd(width)}  ${command.about}`)
  return `pennypost: writes and reads letters, and pays for them.\n\n${rows.join('\n')}\n\nEach has --help.`
}
