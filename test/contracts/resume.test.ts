import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createTestClient, http, parseAbi, parseEther } from 'viem'
import { hardhat } from 'viem/chains'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { deployPennypost } from '../../scripts/deploy-local.ts'
import type { Deployment } from '../../sdk/generated/deployments.ts'
import { startOwnerChain } from './helpers/owner-chain.ts'

const contractAbi = parseAbi([
  'function owner() view returns (address)',
  'function classCount() view returns (uint256)',
])

describe('a deployment that stopped', () => {
  let chain: Awaited<ReturnType<typeof startOwnerChain>>
  let clock: ReturnType<typeof createTestClient>
  let sent: number

  beforeAll(async () => {
    chain = await startOwnerChain()
    clock = createTestClient({ mode: 'hardhat', chain: hardhat, transport: http(chain.rpcUrl) })
    sent = await countOf(0)
  })
  afterAll(() => chain.close())

  const countOf = (index: number) => chain.client.getTransactionCount({ address: chain.addressOf(index) })
  const read = (address: `0x${string}`, functionName: 'owner' | 'classCount') =>
    chain.client.readContract({ address, abi: contractAbi, functionName })
  const inFolder = async (use: (folder: string) => Promise<void>) => {
    const folder = await mkdtemp(join(tmpdir(), 'pennypost-resume-'))
    await use(folder).finally(() => rm(folder, { recursive: true }))
  }
  const deployAs = (index: number, folder: string) =>
    deployPennypost({ rpcUrl: chain.rpcUrl, privateKey: chain.keyOf(index), folder })
  const expectWhole = async ({ tree, postage, stakeRegistry, notice, timelock }: Deployment) => {
    for (const address of [tree, postage, stakeRegistry, notice]) expect(await read(address, 'owner')).toBe(timelock)
    for (const address of [postage, stakeRegistry]) expect(await read(address, 'classCount')).toBe(1n)
  }

  test('for want of ether goes on with more, and sends nothing twice', () =>
    inFolder(async (folder) => {
      const address = chain.addressOf(1)
      let done: Deployment | undefined
      let stops = 0
      while (!done && stops < 20) {
        await clock.setBalance({ address, value: parseEther('0.02') })
        done = await deployAs(1, folder).catch((error) => {
          expect(error.message).toContain('enough funds')
          stops++
          return undefined
        })
      }
      expect(stops).toBeGreaterThan(0)
      expect(await countOf(1)).toBe(sent)
      await expectWhole(done!)
    }))

  test.each([
    ['before it learned what it had sent', ''],
    ['in the middle of a line of its journal', '\n{"futureId":"Pennypost#TimelockController.exec'],
  ])('%s finds the transaction on the chain', (_, torn) =>
    inFolder(async (folder) => {
      const index = torn === '' ? 2 : 3
      const whole = await deployAs(index, folder)
      const record = join(folder, 'deployments', 'chain-31337')
      const journal = await readFile(join(record, 'journal.jsonl'), 'utf8')
      const lines = journal.trim().split('\n')
      const last = lines.findLastIndex((line) => line.includes('TRANSACTION_PREPARE_SEND'))
      await writeFile(join(record, 'journal.jsonl'), `\n${lines.slice(0, last + 1).join('\n')}${torn}`)
      await rm(join(record, 'pennypost.json'))
      for (let i = 0; i < 9; i++) await chain.walletAt(9).sendTransaction({ to: chain.addressOf(9), value: 1n })

      expect(await deployAs(index, folder)).toEqual(whole)
      expect(await countOf(index)).toBe(sent)
      expect(await readFile(join(record, 'journal.jsonl'), 'utf8')).toBe(journal)
    }),
  )

  test('is left to a person where somebody else used its number', () =>
    inFolder(async (folder) => {
      await deployAs(4, folder)
      const record = join(folder, 'deployments', 'chain-31337')
      const lines = (await readFile(join(record, 'journal.jsonl'), 'utf8')).trim().split('\n')
      const last = lines.findLastIndex((line) => line.includes('TRANSACTION_PREPARE_SEND'))
      const prepared = lines
        .slice(0, last + 1)
        .map((line, i) => (i === last ? line.replace(/"nonce":\d+/, '"nonce":3') : line))
      await writeFile(join(record, 'journal.jsonl'), `\n${prepared.join('\n')}`)
      await expect(deployAs(4, folder)).rejects.toThrow('Please use a block explorer to find the hash')
    }))
})
