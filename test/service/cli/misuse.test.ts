import { once } from 'node:events'
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { fromHex } from '../../../sdk/crypto/index.ts'
import { commands } from '../../../service/cli/commands.ts'
import { sealKeystore } from '../../../service/cli/keystore.ts'
import { clientSettings } from '../../../service/cli/settings.ts'
import { flagOf } from '../../../service/plugins/settings.ts'
import { endCommands, runCommand, runHere, startCommand } from '../../helpers/command-line.ts'

// What the command line says where it is called wrongly, or only asked how it is called: nothing listens here.

const key = '4c0883a69102937d6231471b5dbb6204fe5129617082792ae468d01a3f362318'
const address = '0x937C0d4a6294cdfa575de17382c7076b579DC176'

let home: string
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'pennypost-misuse-'))
})
afterAll(async () => {
  endCommands()
  await rm(home, { recursive: true, force: true })
})

const none = () => ({ PENNYPOST_HOME: home, PENNYPOST_NODE_URL: 'http://127.0.0.1:9' })

/** Without an account, and with a node that is not there. */
const run = (args: readonly string[], { env = {}, input }: { env?: NodeJS.ProcessEnv; input?: string } = {}) =>
  runHere(args, { env: { ...none(), ...env }, input })

describe('help', () => {
  test('of all names every command and both services', async () => {
    const { code, out, err } = await run([])
    expect([code, err]).toEqual([0, ''])
    for (const { name } of [...commands, { name: 'node' }, { name: 'prover' }, { name: 'trustee' }])
      expect(out).toContain(`pennypost ${name}`)
    expect((await run(['--help'])).out).toBe(out)
  })

  test.each(commands.map((command) => [command.name, command] as const))(
    'of %s has its options, the settings, and an example that is a call of it',
    async (name, { options, example, parameters }) => {
      const { code, out } = await run([...name.split(' '), '--help'])
      expect(code).toBe(0)
      const said = [...out.matchAll(/^(--\S+)/gm)].map(([, flag = '']) => flag.replace(',', ''))
      const settings = Object.values(clientSettings).map((setting) => flagOf(setting.name))
      expect(said).toEqual([
        ...Object.keys(options).map((flag) => `--${flag}`),
        '--help',
        '--json',
        '--verbose',
        ...settings,
      ])
      expect(said).toEqual([...new Set(said)]) // no option hides behind a setting
      expect(out).toContain(example)
      expect(example).toMatch(new RegExp(`^pennypost ${name}( |$)`))
      if (parameters.some((parameter) => !parameter.includes('?')))
        expect(example.length).toBeGreaterThan(name.length + 11)
    },
  )

  test('says the version of the package', async () => {
    expect((await run(['--version'])).out).toMatch(/^pennypost \d+\.\d+\.\d+\n$/)
  })

  test.each(['node', 'prover', 'trustee'])('of %s is that of the program', async (name) => {
    expect((await runCommand([name, '--help'])).out).toMatch(new RegExp(`^pennypost-${name}: `))
  })
})

describe('a call that means nothing', () => {
  test.each([
    ['a way to notify that does not exist', ['notify', address, '--by', 'phone'], 'token, transfer, link'],
    ['a command that does not exist', ['sned', address], 'Did you mean send?'],
    ['one that is nothing like one', ['translate'], 'Commands: send inbox'],
    ['half a command', ['stamps'], 'There is stamps buy, stamps balance.'],
    ['an option first', ['--all', 'inbox'], 'There is no such command.'],
    ['an option that does not exist', ['inbox', '--al'], 'Did you mean --all?'],
    ["another command's option", ['inbox', '--quote'], 'There is no option --quote.'],
    ['an option without its value', ['read', address, '--limit'], '--limit'],
    ['a setting that cannot be', ['inbox', '--node-url', 'node'], 'PENNYPOST_NODE_URL: expected a URL'],
    ['a device that is none', ['stake', 'deposit', '--device', '2/2'], 'like 0/2'],
    ['no address', ['send'], 'ADDRESS is missing.'],
    ['an address with a mistyped digit', ['send', address.replace('C0d', 'C0e'), 'gm'], 'Expected an address'],
    ['no text', ['send', address], 'There is no text to send.'],
    ['too much', ['read', address, address], 'is too much.'],
    ['a number that is none', ['stamps', 'buy', '257'], 'COUNT must be a whole number from 1 to 256'],
    ['a verdict that is none', ['pay', 'settle', address, 'good'], 'Expected one of fine, spam'],
  ])('is answered with 2 and what helps: %s', async (_, args, helps) => {
    const { code, out, err } = await run(args, { env: { PENNYPOST_PRIVATE_KEY: key } })
    expect([code, out]).toEqual([2, ''])
    expect(err).toContain(helps)
    expect(err).toMatch(/^[^\n]+ \((command\.misused|setting\.invalid)\)\n$/)
  })

  test('is answered so by the process, too', async () => {
    expect(await runCommand(['sned'])).toEqual({
      code: 2,
      out: '',
      err: 'There is no such command. Did you mean send? (command.misused)\n',
    })
  })

  test.each([
    ['as a text', ['send', address, key]],
    ['with 0x', ['send', address, `0x${key.toUpperCase()}`]],
    ['behind a flag', ['inbox', `--private-key=${key}`]],
    ['instead of a command', [key]],
  ])('a key in an argument is refused, and not repeated: %s', async (_, args) => {
    const { code, out, err } = await run(args)
    expect([code, out]).toEqual([2, ''])
    expect(err).toMatch(/private key.*\(command\.misused\)\n$/)
    expect(err.toLowerCase()).not.toContain(key.slice(0, 16))
  })

  test.each([
    ['is no JSON', '{', 'is not a JSON object.'],
    ['has what is no setting', '{"privateKey":"x"}', 'there is no setting "privateKey"'],
    ['has a value of another kind', '{"node":{}}', '"node" must be a text'],
    ['has a value that cannot be', '{"node":"x"}', 'PENNYPOST_NODE_URL: expected a URL'],
  ])('a configuration file that %s is said', async (_, json, helps) => {
    const folder = await mkdtemp(join(home, 'config-'))
    await writeFile(join(folder, 'config.json'), json)
    const { code, err } = await run(['inbox', '--home', folder], { env: { PENNYPOST_NODE_URL: '' } })
    expect(code).toBe(2)
    expect(err).toContain(helps)
  })
})

describe('settings', () => {
  test('come from flags, then from variables, then from the file', async () => {
    const folder = await mkdtemp(join(home, 'order-'))
    await writeFile(join(folder, 'config.json'), JSON.stringify({ decimals: 2, node: 'http://127.0.0.1:9' }))
    const explain = async (args: readonly string[], env: NodeJS.ProcessEnv) =>
      (await run(['policy', 'explain', 'postage 0.1234', ...args], { env: { PENNYPOST_HOME: folder, ...env } })).code
    expect(await explain([], {})).toBe(1) // too many places for 2 decimals
    expect(await explain([], { PENNYPOST_DECIMALS: '4' })).toBe(0)
    expect(await explain(['--decimals', '3'], { PENNYPOST_DECIMALS: '4' })).toBe(1)
  })
})

describe('a key', () => {
  const keystore = async (mode: number) => {
    const path = join(await mkdtemp(join(home, 'key-')), 'key.json')
    await writeFile(path, await sealKeystore(fromHex(key), 'over the hedge', { n: 2 }))
    await chmod(path, mode)
    return path
  }

  test('that nobody gave is asked for by name', async () => {
    const { code, err } = await run(['inbox'])
    expect([code, err]).toEqual([1, expect.stringMatching(/--keystore.*PENNYPOST_PRIVATE_KEY.*\(key\.missing\)\n$/)])
  })

  test('that is none is not repeated', async () => {
    const bad = `${key.slice(0, 60)}zzzz`
    for (const given of [bad, `0x${bad}`, 'f'.repeat(64)]) {
      const { code, out, err } = await run(['inbox', '--verbose'], { env: { PENNYPOST_PRIVATE_KEY: given } })
      expect([code, out]).toEqual([1, ''])
      expect(err).toContain('That is no private key.')
      expect(err).not.toContain(given.slice(0, 16))
    }
  })

  test('in a keystore opens with the password that is typed, and goes on to the node', async () => {
    const { code, err } = await run(['inbox', '--keystore', await keystore(0o600)], { input: 'over the hedge\n' })
    expect([code, err]).toEqual([1, expect.stringContaining('(node.unavailable)')])
  })

  test.each([
    ['another password', 0o600, 'over the fence\n', 'keystore.password-wrong'],
    ['no password', 0o600, '', 'keystore.password-wrong'],
    ['a file that others may read', 0o644, 'over the hedge\n', 'keystore.exposed'],
  ])('in a keystore does not open with %s', async (_, mode, input, expected) => {
    const { code, out, err } = await run(['inbox', '--keystore', await keystore(mode)], { input })
    expect([code, out]).toEqual([1, ''])
    expect(err).toContain(`(${expected})`)
  })
})

test('an error says what helps in one line, and where it was only if asked', async () => {
  const env = { PENNYPOST_PRIVATE_KEY: key }
  const short = await run(['inbox'], { env })
  expect(short.err.trimEnd().split('\n')).toHaveLength(1)
  const long = await run(['inbox', '--verbose'], { env })
  expect(long.err).toMatch(/\n {4}at /)
  const { out } = await run(['inbox', '--json'], { env })
  expect(JSON.parse(out)).toMatchObject({ ok: false, code: 'node.unavailable' })
})

test.each([
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const)('whoever gets %s while a node does not answer ends with %i, and says nothing', async (signal, code) => {
  const silent = createServer()
  silent.listen(0, '127.0.0.1')
  await once(silent, 'listening')
  const url = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`
  const env = { ...none(), PENNYPOST_PRIVATE_KEY: key }
  const { child, ended } = startCommand(['inbox', '--node-url', url], { env })
  await once(silent, 'connection')
  child.kill(signal)
  expect(await ended).toEqual({ code, out: '', err: '' })
  silent.close()
})
