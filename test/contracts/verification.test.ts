import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { concat, type Hex } from 'viem'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Verification } from '../../scripts/deployment/verification.ts'
import { startOwnerChain } from './helpers/owner-chain.ts'

const solc: { compile: (input: string) => string; version: () => string } = createRequire(import.meta.url)('solc')

type Reference = { readonly start: number; readonly length: number }
type Compiled = { readonly object: string; readonly linkReferences: Record<string, Record<string, Reference[]>> }

describe('what a deployment leaves for explorers', () => {
  let chain: Awaited<ReturnType<typeof startOwnerChain>>
  let folder: string
  let entries: Verification[]

  beforeAll(async () => {
    chain = await startOwnerChain()
    folder = join(chain.folder, 'deployments', 'chain-31337')
    entries = JSON.parse(await readFile(join(folder, 'verification.json'), 'utf8'))
  })
  afterAll(() => chain.close())

  test('names every contract of ours, the libraries and the timelock', () => {
    const { chainId, deployedAtBlock, connectionSchema, eas, schemaRegistry, ...ours } = chain.deployment
    const named = entries.map(({ address }) => address)
    expect(named).toEqual(expect.arrayContaining(Object.values(ours)))
    expect(entries.filter(({ contract }) => contract.includes(':Poseidon')).length).toBe(3)
    expect(named.length).toBe(Object.values(ours).length + 3)
  })

  test.each(['StakeRegistry', 'ConnectionResolver', 'TimelockController'])(
    'compiles to the very transaction that made %s',
    async (name) => {
      const entry = entries.find(({ contract }) => contract.endsWith(`:${name}`))!
      expect(solc.version()).toContain(entry.compiler)
      const { input } = JSON.parse(await readFile(join(folder, entry.buildInfo), 'utf8'))
      const [source, contract] = entry.contract.split(/:(?=\w+$)/) as [string, string]
      input.settings.outputSelection = { [source]: { [contract]: ['evm.bytecode'] } }
      const { contracts } = JSON.parse(solc.compile(JSON.stringify(input)))
      const code = link(contracts[source][contract].evm.bytecode, entry.libraries)
      expect(concat([code, entry.constructorArguments])).toBe(await creationOf(entry.address))
    },
    60_000,
  )

  function link({ object, linkReferences }: Compiled, libraries: Verification['libraries']): Hex {
    let code = object
    for (const [name, places] of Object.values(linkReferences).flatMap(Object.entries)) {
      for (const { start, length } of places as Reference[]) {
        code = code.slice(0, 2 * start) + libraries[name]!.slice(2).toLowerCase() + code.slice(2 * (start + length))
      }
    }
    return `0x${code}`
  }

  /** What was sent to make the contract at an address. */
  async function creationOf(address: string): Promise<Hex> {
    const last = await chain.client.getBlockNumber()
    for (let blockNumber = 1n; blockNumber <= last; blockNumber++) {
      const { transactions } = await chain.client.getBlock({ blockNumber, includeTransactions: true })
      for (const { hash, input } of transactions) {
        const receipt = await chain.client.getTransactionReceipt({ hash })
        if (receipt.contractAddress?.toLowerCase() === address.toLowerCase()) return input
      }
    }
    return '0x'
  }
})
