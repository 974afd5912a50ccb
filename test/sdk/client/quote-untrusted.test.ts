import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Client, ClientOptions } from '../../../sdk/index.ts'
import { type LightNetwork, startLightNetwork } from '../../helpers/light-network.ts'

// A client that nobody has told whose checkpoints count: it knows no tree, so that stamps and payments are nothing to it.

let network: LightNetwork
let bob: Client
beforeAll(async () => {
  network = await startLightNetwork()
  bob = await network.client(0xb0)
})
afterAll(() => network?.close())

const chains: Record<string, ClientOptions['chain']> = {
  'without a chain': undefined,
  'with one': () => Promise.reject(new Error('Nothing is done on the chain.')),
}

test.each(Object.entries(chains))('%s it is refused what takes a stamp, and quoted what does not', async (_, chain) => {
  const alice = await network.client(0xa0, { chain })
  const quote = async (rule: string, options = {}) => {
    await bob.policy.set(rule)
    return (await alice.conversations.new(bob.address)).quote(options)
  }
  expect(await quote('stamp 1')).toMatchObject({ ok: false })
  expect(await quote('stamp 1 or postage 1', { payment: true })).toMatchObject({ ok: false })
  expect(await quote('stamp 1 or work 4')).toMatchObject({ ok: true, conditions: ['work 4'] })
})
