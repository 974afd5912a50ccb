import { generatePrivateKey } from 'viem/accounts'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { checkClock } from '../../../sdk/client/session/check-clock.ts'
import { createClock } from '../../../sdk/client/session/clock.ts'
import { randomBytes } from '../../../sdk/crypto/index.ts'
import type { ClientEvent } from '../../../sdk/index.ts'
import type { NodeInfo } from '../../../sdk/transport/index.ts'
import { startTestNetwork, type TestNetwork } from '../../helpers/network.ts'
import { createRecording } from '../../helpers/recording.ts'

const [minute, hour, year] = [60, 3600, 365.25 * 86_400]
const now = () => Date.now() / 1000
const shifted = (seconds: number) => () => now() + seconds
const in2100 = () => Date.UTC(2100, 0) / 1000 + (now() % 1000)

describe('checkClock', () => {
  const at = 1_750_000_000
  const infoAt = async (time: number | undefined) => ({ time }) as NodeInfo
  async function check(node: number | undefined, own: readonly number[]) {
    const told: ClientEvent[] = []
    const left = [...own]
    await checkClock(() => infoAt(node), {
      now: () => left.shift() ?? own.at(-1) ?? 0,
      tell: (event) => told.push(event),
    })
    return told
  }

  test.each<[string, number | undefined, readonly number[], number | undefined]>([
    ['a node that says no time', undefined, [at], undefined],
    ['the same time', at, [at + 0.9, at + 0.95], undefined],
    ['two minutes', at, [at + 120], undefined],
    ['an answer that took five minutes', at + 299, [at, at + 300], undefined],
    ['three minutes ahead', at, [at + 190], 3],
    ['three minutes behind', at, [at - 190], -3],
    ['just under an hour', at, [at + 3599], 60],
  ])('says of %s what is so', async (_, node, own, minutes) => {
    expect(await check(node, own)).toEqual(
      minutes === undefined ? [] : [{ kind: 'degraded', code: 'clock.wrong', minutes }],
    )
  })

  test.each<[string, number, string]>([
    ['an hour and more', hour + 1, 'is 1 hour ahead of'],
    ['a day and a half behind', -36 * hour, 'is 2 days behind'],
    ['ten years', 10 * year, 'is 10 years ahead of'],
    ['as dead batteries leave it', -at, 'years behind'],
    ['what no calendar has', 1e17, 'years ahead of'],
  ])('refuses %s, in words', async (_, difference, words) => {
    await expect(check(at, [at + difference])).rejects.toMatchObject({
      code: 'clock.wrong',
      message: expect.stringContaining(words),
    })
  })
})

describe('createClock', () => {
  const fixed = () => 1_750_000_033.123
  const clock = () => createClock(fixed, randomBytes)

  test.each([
    ['half an hour ahead', 1800],
    ['in the year 2100', 75 * year],
  ])('puts what is written after what a peer %s has written', (_, ahead) => {
    const own = clock()
    const theirs = BigInt(Math.floor(1_750_000_033 + ahead)) * 1_000_000_000n
    own.seen({ createdNs: theirs, sentNs: theirs - 30_000_000_000n }, 'a')
    const mine = [own.minuteOf('a'), own.minuteOf('a')]
    const [shown, true_] = [mine.map(({ createdNs }) => createdNs), mine.map(({ sentNs }) => sentNs)]
    expect([...shown, own.nextNs('a')].every((time, i) => time > (shown[i - 1] ?? theirs))).toBe(true)
    expect(true_.every((time, i) => time > (true_[i - 1] ?? theirs - 30_000_000_000n))).toBe(true)
    expect(true_.every((time, i) => time <= shown[i]!)).toBe(true)
  })

  test('does not carry what a peer has written into another conversation', () => {
    const [one, other] = [clock(), clock()]
    one.seen({ createdNs: 1_750_000_999_123_456_789n, sentNs: 1_750_000_999_123_456_789n }, 'a')
    one.minuteOf('a')
    const [marked, plain] = [one.minuteOf('b'), other.minuteOf('b')]
    const apart = (a: bigint, b: bigint) => Math.abs(Number(a - b))
    const milliseconds = 2_000_000 // each time has a random part of one, and comes after the last one
    expect(apart(marked.createdNs, plain.createdNs)).toBeLessThan(milliseconds)
    expect(apart(marked.sentNs, plain.sentNs)).toBeLessThan(milliseconds)
    expect(apart(one.nextNs(), other.nextNs())).toBeLessThan(milliseconds)
  })

  test('is not brought to its end by a peer', () => {
    const own = clock()
    const at = (time: bigint) => ({ createdNs: time, sentNs: time })
    own.seen(at(2n ** 64n - 1n), 'a')
    own.seen(at(2n ** 63n - 2n ** 32n - 1n), 'b')
    for (let i = 0; i < 1000; i++) expect(own.minuteOf('b').createdNs < 2n ** 63n).toBe(true)
    expect(own.minuteOf('a').createdNs).toBeLessThan(1_750_000_100n * 1_000_000_000n)
  })

  test('shows in a conversation nothing of a difference to other clocks within the same minute', () => {
    const millisecond = (seconds: number) =>
      createClock(() => seconds, randomBytes).minuteOf('a').createdNs / 1_000_000n
    expect(new Set([1_750_000_021, 1_750_000_033.123, 1_750_000_079.9].map(millisecond)).size).toBe(1)
  })
})

describe('a client', () => {
  let network: TestNetwork
  beforeAll(async () => {
    network = await startTestNetwork()
  })
  afterAll(() => network.close())

  test('whose clock is years wrong signs nothing', async () => {
    const recording = createRecording()
    const signed: string[] = []
    const { account } = network.connect(generatePrivateKey())
    const signMessage: typeof account.signMessage = async (message) => {
      signed.push('message')
      return account.signMessage(message)
    }
    const { Client } = await import('../../../sdk/index.ts')
    const options = network.options({ now: in2100, fetch: recording.fetch, anonymousFetch: recording.fetch })
    await expect(Client.create({ ...account, signMessage }, options)).rejects.toMatchObject({ code: 'clock.wrong' })
    expect(signed).toEqual([])
    expect(recording.sent.filter(({ url }) => url.endsWith('/publish'))).toEqual([])
  })

  test('whose clock is half an hour wrong is told so, and written to and read in order', async () => {
    const events: ClientEvent[] = []
    const ahead = await network.client({ now: shifted(30 * minute), onProgress: (event) => events.push(event) })
    expect(events).toContainEqual({ kind: 'degraded', code: 'clock.wrong', minutes: 30 })
    const right = await network.client()
    await right.policy.set('everyone')
    const started = await ahead.conversations.new(right.address)
    expect(await started.send('one')).toMatchObject({ ok: true })
    const [conversation] = await right.conversations.list()
    expect((await conversation?.messages())?.map(({ content }) => content)).toEqual(['one'])
    expect(await conversation?.send('two')).toMatchObject({ ok: true })
    expect(await conversation?.send('three')).toMatchObject({ ok: true })
    await started.messages()
    expect(await started.send('four')).toMatchObject({ ok: true })
    const all = async (of: typeof started | undefined) => (await of?.messages())?.map(({ content }) => content)
    expect(await all(conversation)).toEqual(['one', 'two', 'three', 'four'])
    expect(await all(started)).toEqual(['one', 'two', 'three', 'four'])
  })
})
