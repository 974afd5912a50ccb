import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { commands, services } from '../../service/cli/commands.ts'
import { callOf } from '../../service/cli/help.ts'
import { clientSettings } from '../../service/cli/settings.ts'
import { rowsOf } from '../../service/plugins/settings.ts'

const page = await readFile('docs/guides/command-line.md', 'utf8')

/** The rows of the table under a heading row. */
const rowsUnder = (heading: string): string[] => {
  const [, ...lines] = page.slice(page.indexOf(heading)).split('\n')
  return lines.slice(1, lines.indexOf(''))
}

test('the page has every command as its help has it', () => {
  const rows = [...commands, ...services].map((command) => `| \`${callOf(command)}\` | ${command.about} |`)
  expect(rowsUnder('| command | what it does |')).toEqual(rows)
})

test('the page has every setting, and its name in the file', () => {
  expect(rowsUnder('| variable | default | what it is |')).toEqual(rowsOf(clientSettings))
  const names = Object.keys(clientSettings).filter((name) => name !== 'home')
  expect(page.replaceAll(/\s+/g, ' ')).toContain(`called ${names.map((name) => `\`${name}\``).join(', ')}:`)
})
