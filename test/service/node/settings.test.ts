import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { completeConfig, nodeSettings, readNodeConfig } from '../../../service/node/index.ts'
import { rowsOf } from '../../../service/plugins/settings.ts'
import { mistype, walletOf } from '../../helpers/accounts.ts'

const { address } = walletOf(0x11)
const mistyped = mistype(address)

describe('the settings of a node', () => {
  test('none is required', () => {
    expect(readNodeConfig({ env: {}, args: [] })).toMatchObject({
      host: '127.0.0.1',
      port: 5555,
      dataDir: '.pennypost/node',
      databaseUrl: undefined,
      floor: { kind: 'everyone' },
      defaultRule: { kind: 'any', of: [{ kind: 'connection' }, { kind: 'request' }, { kind: 'stamp', count: 1 }] },
      unattendedRule: { kind: 'stamp', count: 2 },
      chainId: 0,
      provers: [],
      groth16: 'mcl',
      rateLimits: 'on',
    })
  })

  test('flags win over variables', () => {
    const env = { PENNYPOST_PORT: '1', PENNYPOST_FLOOR: 'work 20', PENNYPOST_DATA_DIR: 'memory' }
    const config = readNodeConfig({ env, args: ['--port', '7000', '--default-rule=everyone'] })
    expect(config).toMatchObject({
      port: 7000,
      floor: { kind: 'work', bits: 20 },
      defaultRule: { kind: 'everyone' },
      dataDir: undefined,
    })
  })

  test('retention is read by kind of topic', () => {
    const env = { PENNYPOST_RETENTION: 'sealed=90, message=365' }
    expect(readNodeConfig({ env, args: [] }).retention).toEqual({ sealed: 90, message: 365 })
  })

  test('amounts in every rule have the decimals of the token', () => {
    const rule = 'postage 1.5'
    const env = { PENNYPOST_DECIMALS: '1', PENNYPOST_FLOOR: rule, PENNYPOST_UNATTENDED_RULE: rule }
    const { floor, unattendedRule } = readNodeConfig({ env, args: [] })
    expect([floor, unattendedRule]).toEqual(Array(2).fill({ kind: 'postage', amount: 15n }))
  })

  test('successors are read with the number from which they sign', () => {
    const env = { PENNYPOST_SUCCESSORS: `7=1/${address}` }
    expect(readNodeConfig({ env, args: [] }).successors).toEqual([{ from: 7n, signers: [address], threshold: 1 }])
  })

  test('an address may be all in one case', () => {
    const digits = address.slice(2)
    for (const text of [digits.toLowerCase(), digits.toUpperCase()]) {
      const env = { PENNYPOST_SIGNERS: `0x${text}` }
      expect(readNodeConfig({ env, args: [] }).signers).toEqual([address])
    }
  })

  test.each<[string, Record<string, string>, string[], RegExp]>([
    ['a rule', { PENNYPOST_FLOOR: 'stamps 1' }, [], /^PENNYPOST_FLOOR: At character 1: unknown condition "stamps"/],
    ...['connection or stamp 2', 'request'].map((rule): [string, Record<string, string>, string[], RegExp] => [
      `a rule for addresses that nobody attends, by ${rule}`,
      { PENNYPOST_UNATTENDED_RULE: rule },
      [],
      /^PENNYPOST_UNATTENDED_RULE: expected a rule without connection and request/,
    ]),
    [
      'a rule that ends too early',
      {},
      ['--default-rule', '(stamp 1'],
      /^PENNYPOST_DEFAULT_RULE: At character 9: a rule ends too early/,
    ],
    ['a prover', { PENNYPOST_PROVERS: 'localhost' }, [], /^PENNYPOST_PROVERS: expected a URL/],
    ['provers without signers', { PENNYPOST_PROVERS: 'http://a' }, [], /^PENNYPOST_SIGNERS: expected at least 1/],
    [
      'too few signers',
      { PENNYPOST_PROVERS: 'http://a', PENNYPOST_SIGNERS: address, PENNYPOST_THRESHOLD: '2' },
      [],
      /^PENNYPOST_SIGNERS: expected at least 2/,
    ],
    [
      'one signer twice',
      { PENNYPOST_PROVERS: 'http://a', PENNYPOST_SIGNERS: `${address},${address}`, PENNYPOST_THRESHOLD: '2' },
      [],
      /^PENNYPOST_SIGNERS/,
    ],
    [
      'provers without a note tree',
      { PENNYPOST_PROVERS: 'http://a', PENNYPOST_SIGNERS: address, PENNYPOST_CHAIN_ID: '1' },
      [],
      /^PENNYPOST_NOTE_TREE: expected an address/,
    ],
    [
      'provers without a chain',
      { PENNYPOST_PROVERS: 'http://a', PENNYPOST_SIGNERS: address, PENNYPOST_NOTE_TREE: address },
      [],
      /^PENNYPOST_NOTE_TREE: expected an address, and a PENNYPOST_CHAIN_ID/,
    ],
    [
      'a signer',
      { PENNYPOST_SIGNERS: 'alice.eth' },
      [],
      /^PENNYPOST_SIGNERS: expected 0x and 40 hex digits, found "alice.eth"/,
    ],
    [
      'a mistyped signer',
      { PENNYPOST_SIGNERS: mistyped },
      [],
      /^PENNYPOST_SIGNERS: expected the EIP-55 checksum .* found "0x/,
    ],
    [
      'successors without a number',
      { PENNYPOST_SUCCESSORS: `1/${address}` },
      [],
      /^PENNYPOST_SUCCESSORS: expected number=/,
    ],
    [
      'retention of what accounts live by',
      { PENNYPOST_RETENTION: 'log=9' },
      [],
      /^PENNYPOST_RETENTION: expected one of/,
    ],
    ['retention of no time', { PENNYPOST_RETENTION: 'sealed=0' }, [], /^PENNYPOST_RETENTION: expected a whole number/],
    ['retention of two times', { PENNYPOST_RETENTION: 'sealed=1=2' }, [], /^PENNYPOST_RETENTION: expected kind=days/],
    ['too few successors', { PENNYPOST_SUCCESSORS: `7=2/${address}` }, [], /^PENNYPOST_SUCCESSORS: expected number=/],
    ['a database', {}, ['--database-url', 'mysql://x'], /^PENNYPOST_DATABASE_URL: expected a URL/],
    ['a number', {}, ['--request-bits', '-1'], /^PENNYPOST_REQUEST_BITS: expected a whole number/],
    ['a back end', {}, ['--groth16', 'snarkjs'], /^PENNYPOST_GROTH16: expected one of mcl, portable/],
    ['a flag that is none', {}, ['--nope', '1'], /^There is no flag --nope/],
  ])('names the setting where %s is wrong, in one line', (_, env, args, message) => {
    const read = () => readNodeConfig({ env, args })
    expect(read).toThrow(expect.objectContaining({ message: expect.stringMatching(message) }))
    expect(read).toThrow(expect.objectContaining({ message: expect.not.stringContaining('\n') }))
  })

  test('docs/node.md lists every one with its default', async () => {
    const rows = (await readFile('docs/node.md', 'utf8')).match(/^\| `PENNYPOST_.*$/gm)
    expect(rows).toEqual(rowsOf(nodeSettings))
  })

  test('what holds where nothing is said is the same on the command line and in startNode', () => {
    expect(completeConfig()).toEqual(readNodeConfig({ env: {}, args: [] }))
  })
})

describe('the process', () => {
  const start = (...args: string[]) => spawn(process.execPath, ['service/node/main.ts', ...args], { env: {} })
  const textOf = async (stream: AsyncIterable<Buffer>): Promise<string> =>
    Buffer.concat(await Array.fromAsync(stream)).toString()

  test('says in one line what is wrong with a setting, and ends', async () => {
    const child = start('--port', 'x')
    const [[code], text] = await Promise.all([once(child, 'exit'), textOf(child.stderr)])
    expect(code).toBe(1)
    expect(text).toBe('PENNYPOST_PORT: expected a whole number from 0 to 65535, found "x".\n')
  })

  test('starts alone, says what it survives, and ends its streams on SIGTERM', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'pennypost-node-'))
    const child = start('--port', '0', '--data-dir', directory)
    let log = ''
    const listening = new Promise<void>((resolve) => {
      child.stdout.on('data', (text) => {
        log += text
        if (log.includes('"The node is running."')) resolve()
      })
    })
    await listening
    const line = log.split('\n').find((text) => text.includes('"The node is running."')) ?? ''
    const { url, durability } = JSON.parse(line)
    expect(durability).toMatch(/not a power cut/)
    const body = JSON.stringify({ contentTopics: ['/xmtp/0/m-x/proto'] })
    const stream = await fetch(`${url}/message/v1/subscribe`, { method: 'POST', body })
    const exit = once(child, 'exit')
    child.kill('SIGTERM')
    expect(await stream.text()).toBe('{"result":{}}\n')
    expect((await exit)[0]).toBe(0)
    await rm(directory, { recursive: true })
  })
})
