import { describe, expect, test } from 'vitest'
import { makeLane, type OwnLane } from '../../../sdk/client/lanes/lane.ts'
import { Budget } from '../../../sdk/client/postage/budget.ts'
import { PaidLetters, type PaidLettersOptions } from '../../../sdk/client/postage/paid-letters.ts'
import { ownedTopic } from '../../../sdk/codec/index.ts'
import { randomBytes } from '../../../sdk/crypto/index.ts'
import { walletOf } from '../../helpers/accounts.ts'
import { createMemoryLog, openLog } from '../../helpers/memory-log.ts'

// Two clients of one account pay for letters to one recipient. The chain does not answer: what is begun counts as begun.

const now = 1_750_000_000
const bob = walletOf(0xb0).address
const payer = walletOf(0xa1).address
const rate = { base: 3n, bond: 0n, tip: 0n }

const laneToBob = (): OwnLane =>
  makeLane(randomBytes(32), { topic: ownedTopic('sealed', bob), units: 16, expiresAt: BigInt(now + 3600) })

const needOf = (lane: OwnLane) => {
  const budget = new Budget()
  budget.begin({})
  return { recipient: bob, lane, use: randomBytes(32), rate, budget }
}

/** A client of the account, which gives up as soon as it has to ask the chain. */
async function client(memory = createMemoryLog()) {
  const log = openLog(memory)
  await log.sync()
  const chain = { walletClient: { account: { address: payer } }, publicClient: {}, payments: payer, token: payer }
  const letters = new PaidLetters({
    log,
    tree: { refresh: async () => ({ checkpoint: undefined }) },
    chain: async () => chain,
    random: randomBytes,
    clock: { seconds: () => now },
    storage: { get: async () => undefined, set: async () => true },
    tell: () => undefined,
  } as unknown as PaidLettersOptions)
  /** Writes a payment down, and is cut off before anything leaves for the chain. */
  async function begin(lane = laneToBob()) {
    await expect(letters.evidence(needOf(lane))).rejects.toThrow()
    return { lane, place: letters.placeFor(bob, lane) ?? expect.fail('Nothing was begun.') }
  }
  const sent = async (root: Uint8Array = new Uint8Array()) => {
    const paidRoot = Uint8Array.from(root)
    await log.append({ case: 'sent', value: { invitation: randomBytes(9), recipient: bob, paidRoot } })
  }
  return { log, letters, begin, sent }
}

describe('a payment that was begun', () => {
  test.each([
    ['without one', () => undefined],
    ['with one of its own', (own: Uint8Array) => own],
  ])(
    'is gone on with by its letter, though another client sends one %s to the same account meanwhile',
    async (_, of) => {
      const memory = createMemoryLog()
      const [one, other] = [await client(memory), await client(memory)]
      const begun = await one.begin()
      const others = await other.begin()
      await other.sent(of(others.place.terms.root))
      await one.log.sync()
      expect(one.letters.placeFor(bob, begun.lane)).toEqual(begun.place)
      const before = one.log.all('payment').length
      await expect(one.letters.evidence(needOf(begun.lane))).rejects.toThrow()
      expect(one.log.all('payment')).toHaveLength(before) // and not made a second time
    },
  )

  test('is free for a later letter until its own is out, for every client of the account', async () => {
    const memory = createMemoryLog()
    const first = await client(memory)
    const { lane, place } = await first.begin()
    const next = await client(memory)
    expect(next.letters.placeFor(bob, lane)).toEqual(place)
    await first.sent(place.terms.root)
    await next.log.sync()
    expect(next.letters.placeFor(bob, lane)).toBeUndefined()
  })

  test('is of one letter: another one that this client begins at the same moment does not take it', async () => {
    const { log, letters } = await client(createMemoryLog({ delay: () => 20 }))
    const [one, two] = [laneToBob(), laneToBob()]
    const paying = letters.evidence(needOf(one)).catch(() => undefined)
    while (log.all('payment').length === 0) await new Promise((resolve) => setTimeout(resolve, 0))
    expect(await letters.begun(bob, { topic: one.topic }).catch(() => 'taken by another')).toBeUndefined()
    await paying
    expect(letters.placeFor(bob, two)).toBeUndefined()
  })
})
