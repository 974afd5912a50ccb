import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { expect, test } from 'vitest'
import remembering from '../../scripts/compiler.ts'

const require = createRequire(import.meta.url)

type Compiler = { cwrap(name: string, returns: string, takes: readonly string[]): (...args: unknown[]) => string }

const input = JSON.stringify({
  language: 'Solidity',
  sources: { 'A.sol': { content: await readFile('contracts/libraries/BabyJubjub.sol', 'utf8') } },
  settings: { optimizer: { enabled: true, runs: 20_000 }, outputSelection: { '*': { '*': ['*'], '': ['ast'] } } },
})
const compileWith = (compiler: Compiler) =>
  compiler.cwrap('solidity_compile', 'string', ['string', 'number', 'number'])(input, null, null)

test('what remembers its table compiles as the compiler that it is made of', () => {
  const compiled = compileWith(remembering as Compiler)
  expect(JSON.parse(compiled).errors ?? []).toEqual([])
  delete require.cache[require.resolve('solc/soljson.js')]
  const stock = require('solc/soljson.js')
  expect(stock).not.toBe(remembering)
  expect(compiled).toBe(compileWith(stock))
})

test('the compiler still asks its table at the one place that is replaced', async () => {
  const text = await readFile(require.resolve('solc/soljson.js'), 'utf8')
  expect(text.match(/wasmTable\.get\(funcPtr\)/g)).toHaveLength(1)
  expect(text.split('function getWasmTableEntry(funcPtr) { return wasmTable.get(funcPtr); }')).toHaveLength(2)
})
