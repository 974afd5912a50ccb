import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createPublicClient } from 'viem'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { isPaceRefused, isRangeRefused } from '../../../service/prover/chain/faults.ts'
import { createEndpoints } from '../../../service/prover/chain/index.ts'
import { createPace, createRange } from '../../../service/prover/chain/pace.ts'

type Said = { status?: number; error?: object; result?: unknown }
type Lie = (method: string) => Said | 'hang' | 'drip' | 'page' | undefined

const running: (() => void)[] = []
afterEach(() => {
  for (const close of running.splice(0)) close()
})

/** An endpoint that answers every question with its own number, and lies where it is told to. */
async function startEndpoint(number: number) {
  const endpoint = { url: '', asked: 0, lie: (() => undefined) as Lie }
  const honest = { eth_chainId: '0x7a69', eth_getBlockByNumber: { hash: '0xaa' }, eth_blockNumber: `0x${number}` }
  const server = createServer(async (request, response) => {
    const { id, method } = JSON.parse(Buffer.concat(await Array.fromAsync(request)).toString())
    endpoint.asked += 1
    const lie = endpoint.lie(method)
    if (lie === 'hang') return
    if (lie === 'page') return void response.writeHead(200, { 'content-type': 'text/html' }).end('<p>Parked</p>')
    if (lie === 'drip') {
      response.writeHead(200, { 'content-type': 'application/json' })
      const timer = setInterval(() => response.write(' '), 20)
      return void response.once('close', () => clearInterval(timer))
    }
    const { status = 200, ...said } = lie ?? { result: honest[method as keyof typeof honest] }
    const headers = { 'content-type': 'application/json' }
    response.writeHead(status, headers).end(JSON.stringify({ jsonrpc: '2.0', id, ...said }))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  endpoint.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  running.push(() => {
    server.closeAllConnections()
    server.close()
  })
  return endpoint
}

async function startTwo() {
  const [first, second] = [await startEndpoint(1), await startEndpoint(2)]
  const rpcUrl = `${first.url}/secret-key,${second.url}`
  const closing = new AbortController()
  running.push(() => closing.abort())
  const endpoints = createEndpoints({ rpcUrl, signal: closing.signal, timeout: 2_000 })
  const { transport } = endpoints
  const client = createPublicClient({ transport, cacheTime: 0 })
  const told: [string, boolean][] = []
  const listen = () => endpoints.listen((name, fault) => told.push([name, fault !== undefined]))
  return { first, second, endpoints, told, listen, ask: async () => Number(await client.getBlockNumber()) }
}

/** What a contract of somebody's reverts with, as endpoints of several makers pass it on. */
const slander = '429 too many requests: rate limit, header not found'

const otherChain: Lie = (method) => (method === 'eth_chainId' ? { result: '0x1' } : undefined)
const otherGenesis: Lie = (method) => (method === 'eth_getBlockByNumber' ? { result: { hash: '0xbb' } } : undefined)

describe('several endpoints of a chain', () => {
  test.each([
    { code: 3, message: slander },
    { code: 3, message: `execution reverted: ${slander}`, data: '0x08c379a0' },
    { code: -32_000, message: `execution reverted: ${slander}` },
    { code: -32_603, message: `VM Exception while processing transaction: reverted with reason string '${slander}'` },
  ])('no contract turns anybody away from an endpoint by what it reverts with: %o', async (error) => {
    const { first, second, endpoints, told, listen, ask } = await startTwo()
    await endpoints.check(undefined)
    listen()
    first.lie = (method) => (method === 'eth_blockNumber' ? { error } : undefined)
    const { asked } = second
    for (let i = 0; i < 3; i++) await expect(ask()).rejects.toThrow()
    expect([told, second.asked]).toEqual([[], asked])
    first.lie = () => undefined
    expect(await ask()).toBe(1)
  })

  test.each<[string, Lie]>([
    ['is down', () => ({ status: 503 })],
    ['wants fewer requests', () => ({ status: 429 })],
    ['wants fewer requests, in a code of its own', () => ({ error: { code: -32_005, message: 'rate limited' } })],
    ['has not got the block yet', () => ({ error: { code: -32_000, message: 'header not found' } })],
    ['answers without an end', () => 'drip'],
    ['is a page for people', () => 'page'],
    ['says nothing', () => ({ result: null })],
    ['says something else than was asked', () => ({ result: { hash: 7 } })],
    ['serves nobody any more', () => ({ error: { code: -32_000, message: 'account suspended' } })],
    ['fails inside', () => ({ error: { code: -32_603, message: 'internal error' } })],
    ['knows no method', () => ({ error: { code: -32_601, message: 'method not found' } })],
  ])(
    'where the first %s, the next is asked, and it is told once, without what is secret in the URL',
    async (_, lie) => {
      const { first, second, endpoints, told, listen, ask } = await startTwo()
      await endpoints.check(undefined)
      listen()
      expect(await ask()).toBe(1)
      endpoints.begin()
      first.lie = lie
      await ask().catch((error) => endpoints.doubt(error)) // as who follows the chain does
      expect([await ask(), await ask(), await ask()]).toEqual([2, 2, 2])
      expect(told).toEqual([[first.url, true]])

      first.lie = () => undefined
      second.lie = () => ({ status: 500 })
      expect(await ask()).toBe(1)
      expect(told).toEqual([
        [first.url, true],
        [second.url, true],
        [first.url, false],
      ])
    },
  )

  test('one that hangs is given up after its time', async () => {
    const { first, ask } = await startTwo()
    first.lie = () => 'hang'
    expect(await ask()).toBe(2)
    expect(await ask()).toBe(2)
    expect(first.asked).toBe(1)
  })

  test('a contract that refuses is not asked again elsewhere', async () => {
    const { first, second, ask } = await startTwo()
    first.lie = (method) =>
      method === 'eth_blockNumber' ? { error: { code: 3, message: 'execution reverted' } } : undefined
    await expect(ask()).rejects.toThrow('execution reverted')
    expect(second.asked).toBe(0)
  })

  test.each([
    ['chain', otherChain],
    ['genesis', otherGenesis],
  ])('one of another %s is refused by name at the start, and never asked when it turns later', async (_, lie) => {
    const { first, second, endpoints, told, listen, ask } = await startTwo()
    first.lie = lie
    const message = expect.stringMatching(`^${first.url}: expected chain 31337 from 0xaa`)
    const known = { chainId: 31_337n, genesis: '0xaa' } as const
    await expect(endpoints.check(known)).rejects.toMatchObject({ code: 'chain.wrong', message })
    listen()
    expect(await ask()).toBe(2)
    expect(told).toEqual([[first.url, true]])
    second.lie = () => ({ status: 503 })
    await expect(ask()).rejects.toThrow()
    second.lie = lie
    await expect(ask()).rejects.toThrow('expected chain 31337')
  })

  test.each<[string, Lie]>([
    ['is a page for people', () => 'page'],
    ['says nothing', () => ({ result: null })],
    ['says something else than was asked', () => ({ result: { hash: 7 } })],
    ['serves nobody any more', () => ({ error: { code: -32_000, message: 'account suspended' } })],
    ['fails inside', () => ({ error: { code: -32_603, message: 'internal error' } })],
  ])('where the first %s from the start on, the next is asked', async (_, lie) => {
    const { first, endpoints, told, listen, ask } = await startTwo()
    first.lie = lie
    await endpoints.check({ chainId: 31_337n, genesis: '0xaa' })
    listen()
    const later = performance.now() + 60_000 // rested, it is tried again
    const time = vi.spyOn(performance, 'now').mockImplementation(() => later)
    expect([await ask(), await ask()]).toEqual([2, 2])
    time.mockRestore()
    expect(told).toEqual([[first.url, true]])
  })

  test('one that is silent at the start is told of as soon as somebody listens', async () => {
    const { first, endpoints, told, listen } = await startTwo()
    first.lie = () => ({ status: 503 })
    await endpoints.check(undefined)
    listen()
    expect(told).toEqual([[first.url, true]])
  })
})

afterEach(() => void vi.useRealTimers())

test('where an endpoint wants fewer requests, time lies between them, and less after it answered often', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
  const pace = createPace(new AbortController().signal)
  const msOf = async (times: number) => {
    const started = performance.now()
    for (let i = 0; i < times; i++) {
      let isOver = false
      const waited = pace.wait().then(() => {
        isOver = true
      })
      await vi.advanceTimersByTimeAsync(0)
      for (let ms = 0; !isOver && ms < 60_000; ms += 10) await vi.advanceTimersByTimeAsync(10)
      expect(isOver).toBe(true)
      await waited
      pace.raise()
    }
    return (performance.now() - started) / times
  }
  expect(await msOf(3)).toBe(0)
  for (const gap of [250, 500, 1_000]) {
    pace.lower()
    expect(await msOf(3)).toBeCloseTo(gap, -2)
  }
  const gaps = [await msOf(16), await msOf(16), await msOf(16), await msOf(16)]
  expect(gaps).toEqual([...gaps].sort((a, b) => b - a))
  expect(await msOf(1)).toBe(0)
  for (let i = 0; i < 20; i++) pace.lower()
  expect(await msOf(1)).toBeLessThanOrEqual(30_000)
})

describe('what an endpoint refuses', () => {
  const failure = (message: string) => Object.assign(new Error('Request body: {"params":[…]}'), { details: message })

  test.each([
    'query returned more than 10000 results',
    'Log response size exceeded. You can make eth_getLogs requests with up to a 2K block range',
    'eth_getLogs is limited to a 10,000 range',
    'block range is too wide',
    "Invalid eth_getLogs request. 'fromBlock'-'toBlock' range too large. Max range: 800",
    'Block range limit exceeded. See more details at',
    'ranges over 10000 blocks are not supported on freetier',
    'exceed maximum block range: 5000',
    'query exceeds max results 20000, retry with the range 1-2',
    'block range too large',
  ])('“%s” asks for fewer blocks', (message) => {
    expect([isRangeRefused(failure(message)), isPaceRefused(failure(message))]).toEqual([true, false])
  })

  test.each(['execution reverted', 'header not found', 'rate limit exceeded', 'daily request count exceeded'])(
    '“%s” does not',
    (message) => expect(isRangeRefused(failure(message))).toBe(false),
  )

  const most = [1n, 2n, 7n, 2_000n, 2_001n]
  test.each(most)('never more than %d blocks are asked for at once, whatever was refused, and as many again', (n) => {
    const range = createRange(n)
    const rise = (times: number) =>
      Array.from({ length: times }, () => {
        range.raise()
        return range.now
      })
    const fall = (times: number) =>
      Array.from({ length: times }, () => {
        range.lower()
        return range.now
      })
    for (const refused of [3, 1, 12, 30]) {
      const seen = [...fall(refused), ...rise(400)]
      expect(seen.filter((now) => now < 1n || now > n)).toEqual([])
      expect(range.now).toBe(n)
    }
    const [least] = fall(1)
    expect(new Set(rise(15))).toEqual(new Set([least]))
  })
})
