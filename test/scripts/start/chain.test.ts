import { createPublicClient, createTestClient, http, parseEther } from 'viem'
import { privateKeyToAddress } from 'viem/accounts'
import { describe, expect, test } from 'vitest'
import { startChain } from '../../../scripts/start/chain.ts'

describe('the development chain', () => {
  test('answers on the loopback interface, with funded accounts', async () => {
    const chain = await startChain()
    try {
      const client = createPublicClient({ transport: http(chain.rpcUrl) })
      expect(new URL(chain.rpcUrl).hostname).toBe('127.0.0.1')
      expect(await client.getChainId()).toBe(31_337)
      expect(chain.privateKeys).toHaveLength(20)
      for (const key of chain.privateKeys) {
        expect(await client.getBalance({ address: privateKeyToAddress(key) })).toBe(parseEther('10000'))
      }
    } finally {
      await chain.close()
    }
  })

  test('makes blocks in intervals where asked to', async () => {
    const chain = await startChain({ mining: { interval: 50 } })
    try {
      const client = createPublicClient({ transport: http(chain.rpcUrl), cacheTime: 0 })
      const before = await client.getBlockNumber()
      await expect.poll(() => client.getBlockNumber(), { timeout: 90_000 }).toBeGreaterThan(before + 2n)
    } finally {
      await chain.close()
    }
  })

  test('two run side by side, and a closed one answers no more', async () => {
    const [first, second] = await Promise.all([startChain(), startChain()])
    const mineOn = async (rpcUrl: string) => {
      await createTestClient({ mode: 'hardhat', transport: http(rpcUrl) }).mine({ blocks: 3 })
      return await createPublicClient({ transport: http(rpcUrl) }).getBlockNumber()
    }
    expect(await mineOn(first.rpcUrl)).toBe(3n)
    await first.close()

    const gone = createPublicClient({ transport: http(first.rpcUrl, { retryCount: 0 }) })
    await expect(gone.getBlockNumber()).rejects.toThrow('HTTP request failed')
    expect(await mineOn(second.rpcUrl)).toBe(3n)
    await second.close()
  })
})
