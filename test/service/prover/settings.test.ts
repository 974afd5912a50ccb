import { readFile } from 'node:fs/promises'
import { describe, expect, test } from 'vitest'
import { rowsOf } from '../../../service/plugins/settings.ts'
import { completeConfig } from '../../../service/prover/config.ts'
import { groupSources } from '../../../service/prover/facts/index.ts'
import { type ProverOptions, proverSettings, readProverConfig } from '../../../service/prover/index.ts'
import { mistype } from '../../helpers/accounts.ts'

const noteTree = '0x5FbDB2315678afecb367f032d93F642f64180aa3'
const postage = '0x9fE46736679d2D9a65F0992F2272dE9f3c7fa6e0'
const env = {
  PENNYPOST_RPC_URL: 'http://127.0.0.1:8545',
  PENNYPOST_NOTE_TREE: noteTree,
  PENNYPOST_POSTAGE: postage,
}
const key = 'ab'.repeat(32)

describe('the settings of a prover', () => {
  test('three are enough', () => {
    expect(readProverConfig({ env, args: [] })).toEqual({
      host: '127.0.0.1',
      port: 5556,
      metricsHost: '127.0.0.1',
      dataDir: '.pennypost/prover',
      network: 'pennypost-local',
      rpcUrl: 'http://127.0.0.1:8545',
      factRpcUrl: [],
      noteTree,
      postage: [postage],
      stakes: [],
      payments: [],
      connections: [],
      isNewNetwork: 'off',
      signers: [],
      threshold: 1,
      peers: [],
      fromBlock: 0n,
      confirmations: 'finalized',
      checkpointSeconds: 300,
      pollMs: 1_000,
      blockRange: 2_000n,
      signing: 'on',
      nodes: [],
      rateLimits: 'on',
      trustProxy: 'off',
      logLevel: 'info',
    })
  })

  test('what holds where nothing is said is the same on the command line and in startProver', () => {
    const told = readProverConfig({ env, args: [] })
    expect(completeConfig({ rpcUrl: told.rpcUrl, noteTree, postage: [postage] })).toEqual(told)
    const unset = ['signerKey', 'issuerKey', 'publicUrl', 'reporterKey', 'checkpointRegistry']
    expect(told).toMatchObject(Object.fromEntries(unset.map((name) => [name, undefined])))
  })

  test('what startProver must be told is what the command line must be told', () => {
    const missing = Object.entries(proverSettings).flatMap(([key, { fallback }]) => (fallback === undefined ? key : []))
    expect(missing).toEqual(['rpcUrl', 'noteTree', 'postage'])
    const some = { noteTree, postage: [postage] } as unknown as ProverOptions
    expect(() => completeConfig(some)).toThrow(/^PENNYPOST_RPC_URL is not set/)
  })

  test('flags win over variables', () => {
    const args = ['--port', '7000', '--note-tree', noteTree.toLowerCase(), `--nodes=http://a.example/?x=1=${key}`]
    const config = readProverConfig({ env: { ...env, PENNYPOST_PORT: '1', PENNYPOST_CONFIRMATIONS: '12' }, args })
    expect(config).toMatchObject({ port: 7000, noteTree, confirmations: 12 })
    expect(config.nodes).toEqual([{ url: 'http://a.example/?x=1', key: new Uint8Array(32).fill(0xab) }])
  })

  test('a chain that facts are read from is named again where it has several endpoints', () => {
    const urls = 'eip155:1=https://a.example/?k=1, eip155:10=http://b.example,eip155:1=https://c.example'
    const { factRpcUrl } = readProverConfig({ env: { ...env, PENNYPOST_FACT_RPC_URL: urls }, args: [] })
    expect([...groupSources(factRpcUrl)]).toEqual([
      [1n, 'https://a.example/?k=1,https://c.example'],
      [10n, 'http://b.example'],
    ])
  })

  test.each<[string, Record<string, string>, string[], RegExp]>([
    ['what must be set', { PENNYPOST_RPC_URL: '' }, [], /^PENNYPOST_RPC_URL is not set\. .*--rpc-url/],
    ['a URL', { PENNYPOST_RPC_URL: 'localhost:8545' }, [], /^PENNYPOST_RPC_URL: expected a URL/],
    ['an address', { PENNYPOST_NOTE_TREE: '0x12' }, [], /^PENNYPOST_NOTE_TREE: expected 0x and 40 hex digits/],
    ['every address', { PENNYPOST_POSTAGE: `${postage},abc` }, [], /^PENNYPOST_POSTAGE: expected .* found "abc"/],
    [
      'a mistyped address',
      { PENNYPOST_NOTE_TREE: mistype(noteTree) },
      [],
      /^PENNYPOST_NOTE_TREE: expected the EIP-55 checksum/,
    ],
    ['a chain without a URL', {}, ['--fact-rpc-url', 'eip155:1'], /^PENNYPOST_FACT_RPC_URL: expected a chain such as/],
    [
      'a URL without a chain',
      {},
      ['--fact-rpc-url', 'http://a.example/?b=1'],
      /^PENNYPOST_FACT_RPC_URL: expected a chain/,
    ],
    ['a number', {}, ['--port', '70000'], /^PENNYPOST_PORT: expected a whole number from 0 to 65535/],
    ['a negative number', {}, ['--from-block', '-1'], /^PENNYPOST_FROM_BLOCK: expected a whole number/],
    ['confirmations', {}, ['--confirmations', 'safe'], /^PENNYPOST_CONFIRMATIONS: expected a whole number/],
    ['a node without a key', {}, ['--nodes', 'http://a.example'], /^PENNYPOST_NODES: expected URL=key/],
    ['the key of an issuer', {}, ['--issuer-key', '0x12'], /^PENNYPOST_ISSUER_KEY: expected 64 hex digits/],
    ['a public URL', {}, ['--public-url', 'prover.example'], /^PENNYPOST_PUBLIC_URL: expected a URL/],
    ['a database', {}, ['--database-url', 'mysql://x'], /^PENNYPOST_DATABASE_URL: expected a URL/],
    ['one of some words', {}, ['--rate-limits', 'no'], /^PENNYPOST_RATE_LIMITS: expected one of on, off/],
    ['a flag that is none', {}, ['--nothing', '1'], /^There is no flag --nothing\. Flags: --host/],
    ['a flag without a value', {}, ['--port'], /^--port needs a value/],
  ])('names the setting where %s is wrong, in one line', (_, changes, args, message) => {
    const read = () => readProverConfig({ env: { ...env, ...changes }, args })
    expect(read).toThrow(expect.objectContaining({ code: 'setting.invalid', message: expect.stringMatching(message) }))
    expect(read).toThrow(expect.objectContaining({ message: expect.not.stringContaining('\n') }))
  })

  test('docs/prover.md lists every one with its default', async () => {
    const rows = (await readFile('docs/prover.md', 'utf8')).match(/^\| `PENNYPOST_.*$/gm)
    expect(rows).toEqual(rowsOf(proverSettings))
  })
})
