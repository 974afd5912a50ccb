import { custom } from 'viem'
import { afterEach, expect, test } from 'vitest'
import { createViemReader } from '../../../service/prover/chain/index.ts'
import { Follower } from '../../../service/prover/follower.ts'
import { createMetrics } from '../../../service/prover/metrics.ts'
import { FakeChain } from '../../helpers/fake-chain.ts'

let follower: Follower | undefined
afterEach(() => follower?.stop())

/** A follower that looks again and again, and what it says, reads and doubts. */
function follow(chain: FakeChain) {
  const said: { code?: string; message: string }[] = []
  const [read, doubted]: [bigint[], string[]] = [[], []]
  const log = {
    info: () => undefined,
    error: ({ code }: { code: string }, message: string) => said.push({ code, message }),
  } as never
  follower = new Follower({
    chain,
    endpoints: { begin: () => undefined, doubt: (fault) => doubted.push((fault as Error).message) },
    indexer: {
      sync: async (block: { number: bigint }) => {
        read.push(block.number)
        return { block, added: 0, rolledBackTo: undefined }
      },
      verify: async () => true,
    } as never,
    ledger: { sync: async () => true, verify: async () => true } as never,
    issuer: { issue: async () => 0 },
    log,
    metrics: createMetrics(),
    identity: { chainId: 1n, genesis: chain.blocks[0]?.hash ?? '0x', capacity: 4 },
    clock: () => 0,
    pollMs: 1,
  })
  follower.start()
  return { said, read, doubted, progress: () => follower?.progress }
}

test('a chain that names no finalised block is said in the log at the first look, once, and in the health until it does', async () => {
  const chain = new FakeChain().mine()
  const request = async ({ method }: { method: string }) => (method === 'eth_getBlockByNumber' ? null : '0x1')
  const contracts = {
    noteTree: '0x19E7E376E7C213B7E7e7e46cc70A5dD086DAff2A',
    postage: [],
    stakes: [],
    payments: [],
  } as const
  const { head } = createViemReader({
    ...contracts,
    connections: [],
    transport: custom({ request }),
    confirmations: 'finalized',
    signal: new AbortController().signal,
  })
  const known = chain.head.bind(chain)
  chain.head = head as never
  const { said, doubted, progress } = follow(chain)
  const fault = { code: 'chain.unavailable', message: expect.stringContaining('names no finalised block') }
  await expect.poll(() => doubted.length, { interval: 1 }).toBeGreaterThan(1)
  expect(said).toEqual([fault])
  expect(progress()).toMatchObject({ fault })
  chain.head = known
  await expect.poll(progress, { interval: 1 }).toMatchObject({ head: 1n, fault: undefined, wellAt: 0 })
})

test('nothing is read twice while the chain stands still, and all is looked at again where it moves', async () => {
  const chain = new FakeChain().mine()
  let heads = 0
  const known = chain.head.bind(chain)
  chain.head = async () => {
    heads += 1
    return await known()
  }
  const { read } = follow(chain)
  await expect.poll(() => heads, { interval: 1 }).toBeGreaterThan(5)
  expect(read).toEqual([1n])
  chain.mine()
  await expect.poll(() => read, { interval: 1 }).toEqual([1n, 2n])
  chain.takeBack(1).mine()
  await expect.poll(() => read, { interval: 1 }).toEqual([1n, 2n, 2n])
})
