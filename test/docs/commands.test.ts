import { existsSync } from 'node:fs'
import { glob, readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { tasks } from '../../scripts/tasks/index.ts'
import { commands as calls, services } from '../../service/cli/commands.ts'
import { findCommand, parseCall } from '../../service/cli/parse-call.ts'
import { nodeSettings } from '../../service/node/index.ts'
import { flagOf } from '../../service/plugins/settings.ts'
import { proverSettings } from '../../service/prover/index.ts'

/** The acts of `npx hardhat pennypost`. */
const acts = new Set(tasks.map(({ id }) => id[1]))

test('every command in a page exists, with its flags', async () => {
  const commands = await commandsInPages()
  expect(commands.length).toBeGreaterThan(30)
  expect(await faultsOf(commands)).toEqual([])
})

test('a command that does not exist is found', async () => {
  const bad = [
    'npm run nothing',
    'npx nothing',
    'npx hardhat pennypost nothing',
    'node scripts/nothing.ts',
    'npm run node -- --nothing 1',
    'npm run pennypost -- nothing',
    'pennypost send nothing --nothing',
    'pennypost stamps',
    'npm install nothing',
    'rm -rf nothing',
  ]
  expect(await faultsOf(bad)).toEqual(bad)
})

/** The lines of blocks for a shell, and whatever else is written as a command, without comments. */
async function commandsInPages(): Promise<string[]> {
  const commands: string[] = []
  for await (const path of glob('**/*.md', { exclude: (name) => /node_modules|\bdist\b|artifacts|^\./.test(name) })) {
    const page = await readFile(path, 'utf8')
    const blocks = [...page.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].flatMap(([, block = '']) => block.trim().split('\n'))
    const inline = [...page.matchAll(/`((?:npm|npx) [^`]+)`/g)].map(([, command = '']) => command)
    commands.push(...[...blocks, ...inline].map((line) => line.replace(/\s+#.*$/, '').trim()))
  }
  return commands
}

async function faultsOf(commands: readonly string[]): Promise<string[]> {
  const { scripts, devDependencies } = await readJson('package.json')
  const { version, peerDependencies } = await readJson('sdk/package.json')
  const archives = ['sdk', 'service'].map((name) => `./pennypost-${name}-${version}.tgz`)
  const packages = ['@pennypost/sdk', ...archives, ...Object.keys(peerDependencies)]
  const { bin } = await readJson('service/package.json')

  const programs: Readonly<Record<string, (args: readonly string[]) => boolean>> = {
    ...Object.fromEntries(
      Object.keys(bin).map((name) => [
        name,
        (args: readonly string[]) => areFlags(name.replace('pennypost-', ''), args),
      ]),
    ),
    ...Object.fromEntries(['export', 'cp', 'pg_dump', 'pg_restore'].map((name) => [name, () => true])),
    rm: ([, path = '']) => path.startsWith('/var/lib/pennypost-'),
    systemctl: ([, unit = '']) => existsSync(`deploy/systemd/${unit}.service`),
    node: ([file = '']) => file.startsWith('-') || existsSync(file),
    npx: ([name = '', ...rest]) => name in devDependencies && (name !== 'hardhat' || isAct(rest)),
    cd: ([folder = '']) => existsSync(folder),
    npm([verb = '', ...rest]) {
      if (verb === 'ci' || verb === 'pack') return true
      if (verb === 'install') return rest.every((name) => name.startsWith('--') || packages.includes(name))
      const [script = '', ...args] = verb === 'run' ? rest : [verb, ...rest]
      return script === '…' || (script in scripts && areFlags(script, args))
    },
  }
  return commands.filter((command) => {
    const [program = '', ...args] = command.replace(/^(\w+=('[^']*'|\S*) )*/, '').split(/\s+/)
    return !programs[program]?.(args)
  })
}

function isAct(args: readonly string[]): boolean {
  const at = args.indexOf('pennypost')
  const name = args[at + 1] ?? ''
  return at < 0 || /^[…<]/.test(name) || acts.has(name)
}

/** Whether the command line takes it, up to what an ellipsis leaves out. */
function isCall(args: readonly string[]): boolean {
  if (args[0] === '…' || services.some(({ name }) => name === args[0])) return true
  try {
    return parseCall(findCommand(calls, args, services), args) !== undefined
  } catch {
    return false
  }
}

/** The flags of the two services, and the calls of the command line; other programs are not asked. */
function areFlags(script: string, args: readonly string[]): boolean {
  if (script === 'pennypost') return args.length === 0 || isCall(args.filter((arg) => arg !== '--'))
  const tables: Readonly<Record<string, object>> = { node: nodeSettings, prover: proverSettings }
  const table = tables[script]
  const known = [...Object.values(table ?? {}).map(({ name }) => flagOf(name)), '--help', '--version']
  return !table || args.filter((arg) => /^--./.test(arg)).every((arg) => known.includes(arg.replace(/=.*/, '')))
}

const readJson = async (path: string) => JSON.parse(await readFile(path, 'utf8'))
