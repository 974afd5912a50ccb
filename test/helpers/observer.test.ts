import { beforeAll, describe, expect, test } from 'vitest'
import { createDice } from './dice.ts'
import { createPerson, type Letter } from './letter-traffic.ts'
import type { Seen } from './observer.ts'
import { startSimulatedNetwork } from './simulated-network.ts'

// Alice writes to Bob, both with their inboxes open, under the eyes of the observer.

const start = 1_750_000_000

async function tell(seed: string): Promise<{ seen: readonly Seen[]; letter: Letter }> {
  const dice = createDice(seed)
  const network = await startSimulatedNetwork({ startSeconds: start, dice: dice.fork('network') })
  const [alice, bob] = ['alice', 'bob'].map((name) => createPerson({ network, dice, name }))
  const { time, observer } = network
  const there = [await time.drive(alice!.come()), await time.drive(bob!.come())]
  await time.drive(there[1]!.client.policy.set('work 4'))
  await time.advance(60)
  const letter = await time.drive(there[0]!.write(bob!.address))
  await time.advance(60)
  for (const presence of there) await time.drive(presence.leave())
  await time.advance(1)
  await network.close()
  return { seen: observer.seen, letter }
}

let told: Awaited<ReturnType<typeof tell>>

beforeAll(async () => {
  await tell('b') // what is loaded when it is first needed takes real time, which the clock does not know
  told = await tell('a')
})

const streamsOf = (topic: string) =>
  told.seen.filter(({ path, topics }) => path === '/v1/subscribe' && topics.includes(topic))

describe('the observer', () => {
  test('sees a letter arrive under its lane, and not from whom', () => {
    const { request, recipient } = told.letter
    expect(request).toMatchObject({ path: '/v1/publish', status: 200, wallet: undefined })
    expect(request.topics).toEqual([`/xmtp/0/sealed-${recipient}/proto`])
    const opened = told.seen.find(({ lane }) => lane?.use === request.uses[0])
    expect(opened).toMatchObject({ path: '/v1/lanes', status: 201, topics: request.topics })
    expect(opened!.at).toBeLessThan(request.at)
  })

  test('sees the recipient listen in its own name, and the letter delivered', () => {
    const { request, recipient } = told.letter
    const [topic] = request.topics
    const streams = streamsOf(topic!)
    expect(streams.length).toBeGreaterThan(0)
    for (const { wallet, deliveries, endedAt } of streams) {
      expect(wallet).toBe(recipient)
      expect(deliveries).toEqual([{ at: request.at, topic, bytes: expect.any(Number) }])
      expect(endedAt).toBeGreaterThan(request.at)
    }
  })

  test('sees requests in the order of their times', () => {
    const times = told.seen.map(({ at }) => at)
    expect(times).toEqual([...times].sort((a, b) => a - b))
    expect(times.every((at) => at > start && at < start + 3600)).toBe(true)
  })

  test('sees the same when the same chance is told again', async () => {
    const again = await tell('a')
    expect(again.seen).toEqual(told.seen)
  })
})
