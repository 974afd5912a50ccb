import { generatePrivateKey } from 'viem/accounts'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ownedTopic } from '../../sdk/codec/index.ts'
import type { Client } from '../../sdk/index.ts'
import { hiding, lyingFetch } from '../helpers/lying-node.ts'
import { startTestNetwork, type TestNetwork } from '../helpers/network.ts'
import { createWaits, publishOpenly } from '../helpers/open-publish.ts'

// Shared lists at a node, whose own rules hold: who writes, what it shows, and what it refuses by the subscriber's list of blocks.

let network: TestNetwork
let publisher: Client
const [publisherKey, spammerKey, friendKey] = Array.from({ length: 3 }, generatePrivateKey) as [
  `0x${string}`,
  `0x${string}`,
  `0x${string}`,
]
let spammer: Client
let friend: Client

beforeAll(async () => {
  network = await startTestNetwork()
  publisher = await network.client({ key: publisherKey })
  spammer = await network.client({ key: spammerKey })
  friend = await network.client({ key: friendKey })
})
afterAll(() => network?.close())

const blocked = 'policy.blocked'

test('whoever is on a list is refused by the node, as soon as a client of the subscriber has looked', async () => {
  const { sleep, wake } = createWaits()
  const key = generatePrivateKey()
  const bob = await network.client({ key, sleep })
  await bob.policy.set('everyone')
  const write = (from: `0x${string}`) => publishOpenly(network, from, ownedTopic('invite', bob.address))

  expect(await publisher.sharedLists.publish([spammer.address])).toEqual({ ok: true, version: 1n })
  expect(await write(spammerKey)).toBe('accepted')
  expect(await bob.sharedLists.subscribe(publisher.address)).toEqual({ ok: true, version: 1n })
  expect([await write(spammerKey), await write(friendKey)]).toEqual([blocked, 'accepted'])

  const second = await network.client({ key: publisherKey })
  expect(await second.sharedLists.publish([friend.address])).toEqual({ ok: true, version: 2n })
  expect([await write(spammerKey), await write(friendKey)]).toEqual([blocked, 'accepted'])
  await expect
    .poll(async () => {
      wake()
      return [await write(spammerKey), await write(friendKey)]
    })
    .toEqual(['accepted', blocked])
  const again = await network.client({ key })
  expect(await again.sharedLists.list()).toEqual([{ owner: publisher.address, version: 2n }])
  expect(await again.sharedLists.leave(publisher.address)).toEqual({ ok: true })
  expect(await write(friendKey)).toBe('accepted')
})

test('nobody else publishes in its place', async () => {
  expect(await publishOpenly(network, spammerKey, ownedTopic('sharedlist', publisher.address))).toBe('topic.restricted')
})

test('a node that hides the list from its publisher has neither a version again nor an older state as a newer one', async () => {
  const { version, accounts } = await publisher.sharedLists.get()
  expect(accounts).toEqual([friend.address])
  const deceived = await network.client({ key: publisherKey, fetch: lyingFetch(hiding('sharedlist')) })
  await expect(deceived.sharedLists.get()).rejects.toMatchObject({ code: 'shared-list.went-back' })
  expect(await deceived.sharedLists.publish([spammer.address])).toEqual({ ok: true, version: version + 1n })
  const read = { version: version + 1n, accounts: [spammer.address] }
  expect(await friend.sharedLists.get(publisher.address)).toEqual(read)
  expect(await publisher.sharedLists.get()).toEqual(read)
})

test('two devices that publish at once have versions of their own', async () => {
  const devices = [publisher, await network.client({ key: publisherKey })]
  const versions = await Promise.all(
    devices.map(async ({ sharedLists }, i) => {
      const published = await sharedLists.publish([[spammer.address], [friend.address]][i] ?? [])
      return published.ok ? published.version : expect.fail(published.message)
    }),
  )
  const newest = versions[0]! > versions[1]! ? 0 : 1
  expect(versions[0]).not.toBe(versions[1])
  expect(await friend.sharedLists.get(publisher.address)).toEqual({
    version: versions[newest],
    accounts: [[spammer.address], [friend.address]][newest],
  })
})
