import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { classIdOf } from '../../../sdk/crypto/index.ts'
import { factClassOf, mostInteractions } from '../../../sdk/policy/index.ts'
import { factClass } from '../../../sdk/verifier/index.ts'
import { found } from '../../../service/prover/facts/fact-refusal.ts'
import { findInteraction } from '../../../service/prover/facts/find-interaction.ts'
import type { FactChain } from '../../../service/prover/facts/index.ts'
import { walletOf } from '../../helpers/accounts.ts'
import { startIssuer } from '../../helpers/fact-issuer.ts'
import { bodyOf, factOf } from '../../helpers/facts.ts'

const start = 2_922 * factClass.epochLength + 1_000
const [contract, other] = [`0x${'c0'.repeat(20)}`, `0x${'0f'.repeat(20)}`]
const condition = `interacted eip155:1:${contract}`
let next = 0x210

describe('transactions of an account to a contract', () => {
  let issuer: Awaited<ReturnType<typeof startIssuer>>
  beforeAll(async () => {
    issuer = await startIssuer(start)
  })
  afterAll(() => issuer?.close())

  /** An account that has sent something in some blocks, of which 99 is the last before the epoch. */
  function sender(...sent: readonly (readonly [block: number, to: string])[]) {
    const account = walletOf(next++)
    issuer.chain.sent.set(account.address.toLowerCase(), sent)
    return account
  }
  const ask = async (account: ReturnType<typeof sender>, options: Parameters<typeof issuer.open>[1] = {}) => {
    const facts = await issuer.open({}, options)
    const answer = await facts.ask(await bodyOf(account, { condition }, start), 'a')
    const outcome = 'done' in answer ? await answer.done : answer
    return outcome.ok ? 'issued' : outcome.code
  }
  const placeOf = (account: ReturnType<typeof sender>) =>
    issuer.store.factScan({
      subject: account.address,
      classId: classIdOf(factClassOf(factOf(condition))),
      epoch: 2_922,
    })
  const times = (count: number, block: number, to: string) => Array.from({ length: count }, () => [block, to] as const)

  test.each<[string, () => ReturnType<typeof sender>, string]>([
    ['the newest block', () => sender([99, contract]), 'issued'],
    ['the first block', () => sender([0, contract]), 'issued'],
    ['the second block', () => sender([1, contract], [2, other]), 'issued'],
    ['the middle of a block', () => sender([40, other], [40, contract], [40, other]), 'issued'],
    ['a block between others', () => sender([3, other], [57, contract], [58, other], [99, other]), 'issued'],
    ['a block that does not count yet', () => sender([100, contract], [5, other]), 'fact.not-so'],
    ['another contract', () => sender([0, other], [30, other], [99, other]), 'fact.not-so'],
    ['no contract', () => sender(), 'fact.not-so'],
    [
      'a block below those that are looked through',
      () => sender([7, contract], ...times(mostInteractions, 50, other)),
      'fact.not-so',
    ],
    [
      'the last of those that are looked through',
      () => sender([7, contract], ...times(mostInteractions - 1, 50, other)),
      'issued',
    ],
  ])('one in %s', async (_, make, expected) => {
    const account = make()
    expect(await ask(account)).toBe(expected)
    expect(await ask(account, { turnMs: 0 })).toBe(expected)
    expect(await placeOf(account)).toBeUndefined()
  })

  test('a look that was left off goes on where it was, in another process, and is told how far it has come', async () => {
    const blocks = Array.from({ length: 60 }, (_, i) => [i * 1.5 + 1, other] as const).map(
      ([b, to]) => [Math.floor(b), to] as const,
    )
    const account = sender([0, contract], ...blocks)
    const stop = new AbortController()
    const progress: number[] = []
    const facts = await issuer.open(
      {
        async keepFactScan(key, place) {
          await issuer.store.keepFactScan(key, place)
          if (progress.push(Number(JSON.parse(place).place)) === 30) stop.abort()
        },
      },
      { turnMs: 0, signal: stop.signal },
    )
    const body = await bodyOf(account, { condition }, start)
    await expect((async () => facts.ask(body, 'a'))()).rejects.toThrow()
    expect(JSON.parse((await placeOf(account)) ?? '{}')).toMatchObject({ place: String(progress[29]), turns: 30 })
    expect([...progress].sort((a, b) => b - a)).toEqual(progress)
    const { asked } = issuer.chain
    expect(await ask(account)).toBe('issued')
    const rest = issuer.chain.asked - asked
    const fresh = sender([0, contract], ...blocks)
    expect(await ask(fresh)).toBe('issued')
    expect(rest).toBeLessThan((issuer.chain.asked - asked - rest) * 0.7)
  })

  test.each<[string, (block: bigint, high: bigint) => bigint]>([
    ['falls and rises', (block) => block % 2n],
    ['rises the further down', (block, high) => high - block],
    ['is less only just below', (block, high) => (block === high ? 9n : 8n)],
    ['is more below than at the end', (block, high) => (block === high ? 1n : block)],
  ])('a count of transactions that %s has nobody look through all blocks', async (_, count) => {
    const asked: string[] = []
    const block = { number: 1n << 40n, hash: '0x' as const, time: 0 }
    let high = block.number
    const chain = {
      ancestor: async (number: bigint) => ({ ...block, number }),
      nonce: async (_of: string, { number }: { number: bigint }) => found(count(number, high)),
      receiversOf: async (_of: string, { number }: { number: bigint }) => {
        asked.push(String(number))
        if (asked.length > 1_000) throw new Error('It goes on and on.')
        high = number - 1n
        return found([other])
      },
    } as unknown as FactChain
    const scan = { kept: undefined, leaveOff: async () => undefined }
    const judged = { chain, fact: factOf(condition), subject: walletOf(1).address, block, scan } as never
    expect(await findInteraction(judged, { contract, most: mostInteractions })).toEqual(found(0n))
    expect(asked.length).toBeLessThan(5)
  })

  test('the same question by fifty callers at once, and by others within an hour, costs one look', async () => {
    const account = sender(...Array.from({ length: 40 }, (_, i) => [i + 1, other] as const))
    const facts = await issuer.open({}, { turnMs: 0 })
    const askAs = async (caller: number, form: { as?: 'eas' } = {}) => {
      const before = issuer.chain.asked
      const body = await bodyOf(account, { condition, secretHash: BigInt(caller + 1) }, issuer.time.now)
      const answer = await facts.ask({ ...body, ...form }, `caller ${caller}`)
      const outcome = 'done' in answer ? await answer.done : answer
      return { code: outcome.ok ? 'issued' : outcome.code, asked: issuer.chain.asked - before }
    }
    const alone = sender(...Array.from({ length: 40 }, (_, i) => [i + 1, other] as const))
    const { asked } = issuer.chain
    expect(await ask(alone)).toBe('fact.not-so')
    const oneLook = issuer.chain.asked - asked
    expect(oneLook).toBeGreaterThan(200)

    const before = issuer.chain.asked
    const all = await Promise.all(Array.from({ length: 50 }, (_, i) => askAs(i)))
    expect(new Set(all.map(({ code }) => code))).toEqual(new Set(['fact.not-so']))
    // Each caller has the block by which facts are judged looked up again, in each turn.
    const turns = 50 * 45
    expect(issuer.chain.asked - before - oneLook).toBeLessThan(turns)
    expect(await askAs(60)).toEqual({ code: 'fact.not-so', asked: 1 })
    issuer.time.now += 3_599
    expect(await askAs(61)).toEqual({ code: 'fact.not-so', asked: 1 })
    issuer.time.now += 2
    expect((await askAs(62)).asked).toBeGreaterThan(200)
    issuer.time.now = start
  })

  test('a look that is over within its turn keeps nothing', async () => {
    const kept: string[] = []
    const facts = await issuer.open({ keepFactScan: async (_, place) => void kept.push(place) })
    const account = sender([1, other], [20, other], [30, other])
    expect(await facts.ask(await bodyOf(account, { condition }, start), 'a')).toMatchObject({ code: 'fact.not-so' })
    expect(kept).toEqual([])
  })

  test('long looks take turns: a short one does not wait for them', async () => {
    const blocks = Array.from({ length: 40 }, (_, i) => [i + 1, other] as const)
    const facts = await issuer.open({}, { turnMs: 0 })
    const ended: string[] = []
    const askFor = async (name: string, account: ReturnType<typeof sender>, text = condition) => {
      const answer = await facts.ask(await bodyOf(account, { condition: text }, start), name)
      await ('done' in answer ? answer.done : answer)
      ended.push(name)
    }
    const long = ['a', 'b', 'c', 'd', 'e'].map((name) => askFor(name, sender(...blocks)))
    await askFor('short', sender([1, other]), 'txCount eip155:1 >= 1')
    await Promise.all(long)
    expect(ended[0]).toBe('short')
  })

  test('what an epoch has left off is forgotten in the next', async () => {
    const key = { subject: walletOf(next++).address, classId: 7n }
    await issuer.store.keepFactScan({ ...key, epoch: 1 }, 'there')
    await issuer.store.keepFactScan({ ...key, epoch: 1 }, 'here')
    expect(await issuer.store.factScan({ ...key, epoch: 1 })).toBe('here')
    await issuer.store.keepFactScan({ ...key, epoch: 2 }, 'elsewhere')
    expect(await issuer.store.factScan({ ...key, epoch: 1 })).toBeUndefined()
    expect(await issuer.store.factScan({ ...key, epoch: 2 })).toBe('elsewhere')
  })
})
