import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Call } from '../../../service/cli/command.ts'
import { account } from '../../../service/cli/commands/account.ts'
import { runHere } from '../../helpers/command-line.ts'

// Keystores as the command line makes them.

const key = '4c0883a69102937d6231471b5dbb6204fe5129617082792ae468d01a3f362318'
const address = '0x2c7536E3605D9C16a7a3D7b1898e529396a65c23'
const [make] = account

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pennypost-account-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const run = (args: readonly string[], { env = {}, input }: { env?: NodeJS.ProcessEnv; input?: string } = {}) =>
  runHere(args, { env: { PENNYPOST_HOME: folder, ...env }, input })
const modeOf = async (path: string) => (await stat(path)).mode & 0o777
const nobodyElse = { env: { PENNYPOST_PRIVATE_KEY: key }, input: 'over the hedge\n' }

describe('a new account', () => {
  test('is a file for its owner alone, that opens with the password, and is not written over', async () => {
    const file = join(folder, 'keys', 'new.json')
    const made = await run(['account', 'new', file, '--json'], { input: 'over the hedge\n' })
    expect(made).toMatchObject({ code: 0, err: '' })
    const { account } = JSON.parse(made.out)
    expect([await modeOf(file), await modeOf(join(folder, 'keys'))]).toEqual([0o600, 0o700])
    const before = await readFile(file, 'utf8')
    expect(JSON.parse(before)).toMatchObject({ version: 3, address: account.slice(2).toLowerCase() })

    const shown = await run(['account', 'show', '--keystore', file], { input: 'over the hedge\n' })
    expect(shown).toEqual({ code: 0, out: `${account}\n`, err: '' })
    const other = await run(['account', 'new', join(folder, 'other.json')], { input: 'x\n' })
    expect(other.out).toMatch(/^0x[0-9a-fA-F]{40} is in .*\nexport PENNYPOST_KEYSTORE='.*other\.json'\n$/)
    expect(other.out).not.toContain(account)
    const again = await run(['account', 'new', file], { input: 'another\n' })
    expect(again).toMatchObject({ code: 2, out: '', err: expect.stringContaining('stays as it is') })
    expect(await readFile(file, 'utf8')).toBe(before)
  })

  const call = (file: string, answers: (string | undefined)[], isTyped = true) =>
    make.run({ args: [file], isTyped, ask: async () => answers.shift() } as unknown as Call)

  test('is refused before anybody types where the file is there', async () => {
    const file = join(folder, 'there.json')
    await writeFile(file, 'mine')
    const ask = () => expect.fail('Nothing is to be typed.')
    const made = make.run({ args: [file], isTyped: true, ask } as unknown as Call)
    await expect(made).rejects.toMatchObject({ code: 'command.misused' })
  })

  test('is not written over what came while the password was typed', async () => {
    const file = join(folder, 'meanwhile.json')
    const typing = () => writeFile(file, 'mine').then(() => 'x')
    const made = make.run({ args: [file], isTyped: false, ask: typing } as unknown as Call)
    await expect(made).rejects.toMatchObject({ code: 'command.misused' })
    expect(await readFile(file, 'utf8')).toBe('mine')
  })

  test.each<[string, (string | undefined)[], boolean]>([
    ['with a password that was typed in two ways', ['over the hedge', 'over the hegde'], true],
    ['with a password that was typed once', ['over the hedge', undefined], true],
    ['with none', [''], true],
    ['with none through a pipe', [undefined], false],
  ])('is not made %s', async (_, answers, isTyped) => {
    const file = join(folder, 'none.json')
    await expect(call(file, answers, isTyped)).rejects.toMatchObject({ code: 'command.misused' })
    await expect(stat(file)).rejects.toMatchObject({ code: 'ENOENT' })
  })
})

describe('a key that is there', () => {
  test('is kept with its account, and said nowhere', async () => {
    const file = join(folder, 'imported.json')
    const { code, out, err } = await run(['account', 'import', file, '--json'], nobodyElse)
    expect([code, err, JSON.parse(out)]).toEqual([0, '', { ok: true, account: address, keystore: file }])
    expect(out + (await readFile(file, 'utf8'))).not.toContain(key)
    expect((await run(['account', 'show', '--keystore', file], { input: 'over the hedge\n' })).out).toBe(`${address}\n`)
  })

  test('wins over no keystore, and needs a password of its own line by line', async () => {
    expect((await run(['account', 'show'], { env: { PENNYPOST_PRIVATE_KEY: key } })).out).toBe(`${address}\n`)
    const file = join(folder, 'piped.json')
    const { code, err } = await run(['account', 'import', file], { input: `${key}\nover the hedge\n` })
    expect([code, err]).toEqual([2, expect.stringContaining('There is no password.')])
    const bad = await run(['account', 'import', file], { input: 'zz\n' })
    expect([bad.code, bad.err]).toEqual([1, expect.stringContaining('(key.missing)')])
  })

  test('where nothing can be written says so', async () => {
    const file = join(folder, 'a file')
    await writeFile(file, '')
    const { code, out } = await run(['account', 'import', join(file, 'key.json')], nobodyElse)
    expect([code, out]).toEqual([1, ''])
  })
})
