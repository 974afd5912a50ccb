import { type PublicClient, zeroHash } from 'viem'
import { describe, expect, test } from 'vitest'
import { readHistory } from '../../../service/prover/facts/read-history.ts'

const account = `0x${'0a'.repeat(20)}` as const
const filter = { address: account, topics: [zeroHash] }
const block = { number: 9n, hash: zeroHash, time: 1 }
type Asked = { readonly method: string; readonly params: readonly [{ fromBlock: string; toBlock: string }] }

/** The history of a chain whose endpoint answers what a test says. */
function historyOf(answer: (asked: Asked) => unknown) {
  const asked: Asked[] = []
  const request = async (call: Asked) => {
    asked.push(call)
    return answer(call)
  }
  return {
    asked,
    ...readHistory({ client: { request } as unknown as PublicClient, ask: (task) => task(), blockRange: 8n }),
  }
}
const blocksOf = ({ params: [{ fromBlock, toBlock }] }: Asked): bigint => BigInt(toBlock) - BigInt(fromBlock) + 1n
const upTo = (most: bigint) => (call: Asked) => {
  if (blocksOf(call) > most) throw new Error('block range is too large')
  return [{ data: call.params[0].fromBlock }]
}

describe('the events of a contract', () => {
  test.each([
    [8n, 100n, 93n, 1],
    [8n, 5n, 0n, 1],
    [8n, 7n, 0n, 1],
    [2n, 100n, 99n, 3],
    [1n, 100n, 100n, 4],
  ])(
    'where an endpoint answers %i blocks at once, those up to %i are read from %i',
    async (most, to, from, requests) => {
      const history = historyOf(upTo(most))
      expect(await history.logs(filter, to)).toEqual({ data: [`0x${from.toString(16)}`], from })
      expect(history.asked.length).toBe(requests)
      await history.logs(filter, to)
      expect(history.asked.length).toBe(requests + 1) // it is remembered
    },
  )

  test('an endpoint that refuses one block, or answers something else, is a fault of its own', async () => {
    await expect(historyOf(upTo(0n)).logs(filter, 100n)).rejects.toMatchObject({ code: 'chain.range' })
    for (const answer of [null, {}, 'nothing'])
      await expect(historyOf(() => answer).logs(filter, 9n)).rejects.toMatchObject({ code: 'chain.unavailable' })
    expect(await historyOf(() => [null, {}, { data: 7 }]).logs(filter, 9n)).toEqual({ data: [], from: 2n })
  })
})

describe('the transactions of an account in a block', () => {
  test.each<[string, unknown, readonly string[]]>([
    ['none', { transactions: [] }, []],
    ["another's", { transactions: [{ from: `0x${'0b'.repeat(20)}`, to: '0xC0' }] }, []],
    ['one, to a contract in mixed case', { transactions: [{ from: account.toUpperCase(), to: '0xC0' }] }, ['0xc0']],
    ['one that made a contract', { transactions: [{ from: account, to: null }] }, []],
    ['nonsense', { transactions: [null, 'a', { to: '0xc0' }] }, []],
  ])('%s', async (_, answer, receivers) => {
    expect(await historyOf(() => answer).receiversOf(account, block)).toEqual({ ok: true, value: receivers })
  })

  test('a block that an endpoint has not, or that is none, gives no note', async () => {
    const missing = await historyOf(() => null).receiversOf(account, block)
    expect(missing).toMatchObject({ code: 'fact.block-unavailable' })
    for (const answer of ['nothing', {}, { transactions: 'all' }])
      await expect(historyOf(() => answer).receiversOf(account, block)).rejects.toMatchObject({
        code: 'chain.unavailable',
      })
  })
})
