import { afterEach, describe, expect, test } from 'vitest'
import { encodeLeak, leaksTopic } from '../../../sdk/codec/index.ts'
import { FIELD_ORDER, secretHashOf, toBase64, toBytes32 } from '../../../sdk/crypto/index.ts'
import { createMetrics } from '../../../service/prover/metrics.ts'
import type { Staked } from '../../../service/prover/store/index.ts'
import {
  createLeakReader,
  createMatcher,
  type Outcome,
  type Target,
  Watcher,
} from '../../../service/prover/watcher/index.ts'
import { startFalseNode } from '../../helpers/false-node.ts'
import { networkId } from '../../helpers/world.ts'

const topic = leaksTopic(networkId)
const running: { close(): Promise<void> }[] = []
afterEach(async () => {
  for (const one of running.splice(0)) await one.close()
})

const leakOf = (secret: bigint) => ({ secret: toBytes32(secret), classNumber: 1 })
const row = (time: number, message: Uint8Array) => ({
  contentTopic: topic,
  timestampNs: String(time),
  message: toBase64(message),
})
const leakRow = (time: number, secret: bigint) => row(time, encodeLeak(leakOf(secret)))

/** A node with rows, that pages as nodes do. */
async function startNode(rows: () => ReturnType<typeof row>[]) {
  const asked: { limit: number; cursor?: { index: { senderTimeNs: string } } }[] = []
  const node = await startFalseNode(async (request, reply) => {
    let body = ''
    for await (const chunk of request) body += chunk
    const { pagingInfo } = JSON.parse(body)
    asked.push(pagingInfo)
    const after = BigInt(pagingInfo.cursor?.index.senderTimeNs ?? -1)
    const page = rows().filter(({ timestampNs }) => BigInt(timestampNs) > after)
    reply.end(JSON.stringify({ envelopes: page.slice(0, pagingInfo.limit), pagingInfo: {} }))
  })
  running.push(node)
  return { ...node, asked, read: createLeakReader({ url: node.url, topic, fetch }) }
}

const secretsOf = (leaks: readonly { secret: Uint8Array }[]) => leaks.map(({ secret }) => secret[31])

describe('reading a node', () => {
  test('goes on where it was', async () => {
    const rows = [leakRow(1, 1n), leakRow(2, 2n)]
    const { read, asked } = await startNode(() => rows)
    expect(secretsOf(await read())).toEqual([1, 2])
    expect(await read()).toEqual([])
    rows.push(leakRow(3, 3n))
    expect(secretsOf(await read())).toEqual([3])
    expect(asked.map(({ cursor }) => cursor?.index.senderTimeNs)).toEqual([undefined, '2', '2'])
  })

  test('passes over what is no leak', async () => {
    const none = [new Uint8Array(), new Uint8Array(500).fill(7), encodeLeak(leakOf(FIELD_ORDER))]
    const { read } = await startNode(() => [...none.map((message, i) => row(i, message)), leakRow(9, 9n)])
    expect(secretsOf(await read())).toEqual([9])
  })

  test('takes two hundred at a time of a million', async () => {
    const rows = Array.from({ length: 1000 }, (_, i) => leakRow(i, BigInt(i)))
    const { read, asked } = await startNode(() => rows)
    expect(await read()).toHaveLength(200)
    expect(await read()).toHaveLength(200)
    expect(asked).toHaveLength(4)
  })

  test.each<
    [string, (reply: { end(text?: string): unknown; write(text: string): unknown; statusCode: number }) => void]
  >([
    [
      'an error',
      (reply) => {
        reply.statusCode = 500
        reply.end()
      },
    ],
    ['a page', (reply) => reply.end('<html>')],
    ['nothing', (reply) => reply.end('{}')],
    ['rows of nothing', (reply) => reply.end('{"envelopes":[null]}')],
    ['numbers that are none', (reply) => reply.end('{"envelopes":[{"timestampNs":"x","message":""}]}')],
    [
      'without end',
      (reply) => {
        const more = () => reply.write('x'.repeat(65_536)) && setTimeout(more, 1)
        more()
      },
    ],
  ])('that answers %s is refused, not believed', async (_, answer) => {
    const node = await startFalseNode((_, reply) => answer(reply as never))
    running.push(node)
    await expect(createLeakReader({ url: node.url, topic, fetch })()).rejects.toThrow()
  })
})

const stake = (secret: bigint, leafIndex = Number(secret)): Staked => ({
  kind: 'staked',
  block: 1n,
  logIndex: leafIndex,
  contract: '0x9fE46736679d2D9a65F0992F2272dE9f3c7fa6e0',
  staker: '0x19E7E376E7C213B7E7e7e46cc70A5dD086DAff2A',
  classNumber: 1,
  leafIndex,
  commitment: 1n,
  secretHash: secretHashOf(secret),
  personHash: 2n,
})

/** A ledger with some stakes; counts what it is asked. */
function makeLedger(stakes: Staked[], falseStakes: Staked[] = []) {
  const asked: number[] = []
  return {
    asked,
    stakesWith: async (hashes: readonly bigint[]) => {
      asked.push(hashes.length)
      return stakes.filter(({ secretHash }) => hashes.includes(secretHash))
    },
    falseStakes: async () => falseStakes,
    newestStake: async () => String(stakes.length + falseStakes.length),
  }
}

describe('finding the stake of a secret', () => {
  const found = (targets: Target[]) => targets.map(({ stake, secret }) => [stake.leafIndex, secret])

  test('finds each once, whoever shows the secret again', async () => {
    const match = createMatcher(makeLedger([stake(1n), stake(2n)]))
    expect(found(await match([leakOf(1n), leakOf(3n), leakOf(1n)]))).toEqual([[1, 1n]])
    expect(await match([leakOf(1n)])).toEqual([])
    expect(found(await match([leakOf(2n)]))).toEqual([[2, 2n]])
  })

  test('waits for a stake that was not read yet, and knows a secret that stakes again', async () => {
    const stakes: Staked[] = []
    const match = createMatcher(makeLedger(stakes))
    expect(await match([leakOf(1n)])).toEqual([])
    stakes.push(stake(1n))
    expect(found(await match([]))).toEqual([[1, 1n]])
    stakes.push(stake(1n, 50))
    expect(found(await match([]))).toEqual([[50, 1n]])
  })

  test('finds a stake that declared what is not so, without any secret', async () => {
    const match = createMatcher(makeLedger([], [stake(4n)]))
    expect(found(await match([]))).toEqual([[4, undefined]])
    expect(await match([])).toEqual([])
  })

  test('remembers a thousand secrets of nobody, and hashes each once', async () => {
    const stakes: Staked[] = []
    const ledger = makeLedger(stakes)
    const match = createMatcher(ledger)
    await match(Array.from({ length: 1500 }, (_, i) => leakOf(BigInt(i + 1))))
    await match(Array.from({ length: 10 }, (_, i) => leakOf(BigInt(1500 - i))))
    expect(ledger.asked).toEqual([1500])
    stakes.push(stake(1n), stake(1500n, 9))
    expect(found(await match([]))).toEqual([[9, 1500n]])
    expect(ledger.asked).toEqual([1500, 1024])
  }, 30_000)
})

describe('the watcher', () => {
  const log = { info: () => undefined, warn: () => undefined } as never
  type Options = ConstructorParameters<typeof Watcher>[0]
  const make = (changes: Partial<Options>) =>
    new Watcher({
      readers: new Map([['http://a.test', async () => [leakOf(1n)]]]),
      matcher: createMatcher(makeLedger([stake(1n), stake(2n)])),
      reporter: { address: undefined, act: async () => 'found' },
      log,
      metrics: createMetrics(),
      pauseMs: 10,
      ...changes,
    })
  const gas = Object.assign(new Error('no ether'), { code: 'reporter.gas' })

  test('takes one step a look, and none when it is done', async () => {
    const steps: Outcome[] = ['committed', 'slashed', 'rewarded']
    const watcher = make({ reporter: { address: undefined, act: async () => steps.shift() ?? expect.fail('over') } })
    const seen = []
    for (let i = 0; i < 5; i++) {
      await watcher.look()
      seen.push(watcher.reports.map(({ status }) => status).join())
    }
    expect(seen).toEqual(['committed', 'slashed', 'rewarded', 'rewarded', 'rewarded'])
  })

  test('goes on past a node that fails and past one that cannot be slashed, and says why', async () => {
    const acted: number[] = []
    const watcher = make({
      readers: new Map<string, () => Promise<ReturnType<typeof leakOf>[]>>([
        ['http://down.test', () => Promise.reject(new Error('down'))],
        ['http://a.test', async () => [leakOf(1n), leakOf(2n)]],
      ]),
      reporter: {
        address: undefined,
        act: async ({ stake }) => {
          acted.push(stake.leafIndex)
          if (stake.leafIndex === 1) throw gas
          return 'rewarded'
        },
      },
    })
    await watcher.look()
    await watcher.look()
    expect(acted).toEqual([1, 2, 1])
    expect(watcher.reports.map(({ status, fault }) => [status, fault?.message])).toEqual([
      ['found', 'no ether'],
      ['rewarded', undefined],
    ])
    expect([...watcher.nodes]).toEqual([
      ['http://down.test', { code: 'leaks.unreadable', message: 'down' }],
      ['http://a.test', undefined],
    ])
  })

  test('works on twenty at a time, in turn', async () => {
    const many = Array.from({ length: 30 }, (_, i) => BigInt(i + 1))
    const acted: number[] = []
    const watcher = make({
      readers: new Map([['http://a.test', async () => many.map(leakOf)]]),
      matcher: createMatcher(makeLedger(many.map((secret) => stake(secret)))),
      reporter: {
        address: undefined,
        act: async ({ stake }) => {
          acted.push(stake.leafIndex)
          return 'found'
        },
      },
    })
    await watcher.look()
    await watcher.look()
    expect(acted).toHaveLength(40)
    expect(new Set(acted).size).toBe(30)
  })

  test('starts and stops', async () => {
    let looks = 0
    const read = async () => {
      looks += 1
      return []
    }
    const watcher = make({ readers: new Map([['http://a.test', read]]) })
    watcher.start()
    await expect.poll(() => looks).toBeGreaterThan(2)
    await watcher.stop()
    const before = looks
    await new Promise((resolve) => setTimeout(resolve, 40))
    expect(looks).toBe(before)
  })
})
