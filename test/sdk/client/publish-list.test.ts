import { describe, expect, test } from 'vitest'
import type { Storage } from '../../../sdk/client/session/options.ts'
import { type Envelope, ownedTopic, signSharedList } from '../../../sdk/codec/index.ts'
import { type Address, addressToBytes } from '../../../sdk/crypto/index.ts'
import { createIdentity } from '../../../sdk/identity/index.ts'
import { lastVersion, maxVersionStep, verifySharedList } from '../../../sdk/verifier/index.ts'
import { walletOf } from '../../helpers/accounts.ts'
import { createDice } from '../../helpers/dice.ts'
import { createMemoryAccount } from '../../helpers/memory-account.ts'
import { networkId } from '../../helpers/node.ts'
import { createVirtualTime } from '../../helpers/virtual-time.ts'

const [one, two, three] = [0x11, 0x12, 0x10].map((byte) => walletOf(byte).address) as [Address, Address, Address]
const isList = ({ contentTopic }: Envelope) => contentTopic.includes('sharedlist')
const isOwnCopy = ({ contentTopic }: Envelope) => contentTopic.includes('blocks')

/** An account that publishes a list; `versions` are those that the node has ever taken, whatever it shows. */
function begin(seed: string) {
  const dice = createDice(`publish list ${seed}`)
  const time = createVirtualTime(1_750_000_000)
  const account = createMemoryAccount({ time, dice: dice.fork('node') })
  const target = { networkId, owner: addressToBytes(account.address) }
  const read = ({ message }: Envelope) => verifySharedList(message, target)
  return {
    time,
    account,
    read,
    drive: time.drive,
    versions: () => account.taken().filter(isList).map(read),
    /** From now on the node shows no list, and no own copy of the account's, that is newer than now. */
    goBack(hides: (envelope: Envelope) => boolean) {
      const now = new Set(account.taken())
      account.lie.show = (envelope) => (hides(envelope) && !now.has(envelope) ? [] : [envelope])
    },
  }
}

function deviceStorage(): Storage {
  const saved = new Map<string, Uint8Array>()
  return { get: async (key) => saved.get(key), set: async (key, value) => void saved.set(key, value) }
}

describe('under a node that hides the newest list,', () => {
  test('the next one is above it all the same, on each device', async () => {
    const { account, versions, goBack, drive } = begin('hidden')
    const [first, second] = [account.client(0), account.client(0)]
    await drive(first.sharedLists.publish([one]))
    goBack(isList)
    await drive(first.sharedLists.publish([one, two]))
    expect(await drive(first.sharedLists.publish([one, two, three]))).toEqual({ ok: true, version: 3n })
    expect(first.told).toEqual(['shared-list.went-back'])
    expect(await drive(second.sharedLists.publish([]))).toEqual({ ok: true, version: 4n })
    expect(versions().map(({ version }) => version)).toEqual([1n, 2n, 3n, 4n])
  })

  test('the older one is not read as the newest, to be changed and published again', async () => {
    const { account, goBack, drive } = begin('older')
    const [first, second] = [account.client(0), account.client(0)]
    await drive(first.sharedLists.publish([one]))
    goBack(isList)
    await drive(first.sharedLists.publish([one, two]))
    const wentBack = expect.objectContaining({ code: 'shared-list.went-back' })
    for (const { sharedLists } of [first, second]) await expect(drive(sharedLists.get())).rejects.toEqual(wentBack)
    account.lie.show = (envelope) => (isList(envelope) ? [] : [envelope])
    await expect(drive(second.sharedLists.get(account.address))).rejects.toEqual(wentBack)
    account.lie.show = (envelope) => [envelope]
    expect(await drive(second.sharedLists.get())).toEqual({ version: 2n, accounts: [one, two] })
  })

  test('and the own copy that names it, a device that has seen it remembers it, after a restart too', async () => {
    const { account, goBack, drive } = begin('both hidden')
    const storage = deviceStorage()
    await drive(account.client(0, () => [], storage).sharedLists.publish([one]))
    goBack((envelope) => isList(envelope) || isOwnCopy(envelope))
    await drive(account.client(0, () => [], storage).sharedLists.publish([two]))
    const again = account.client(0, () => [], storage)
    await expect(drive(again.sharedLists.get())).rejects.toMatchObject({ code: 'shared-list.went-back' })
  })
})

test('a followed list is not read older than it was followed', async () => {
  const { account, time, drive } = begin('followed')
  const publisher = await createIdentity(walletOf(0x71), { createdMs: 1n })
  const { publicKey: key, secret } = publisher.keys.identityKey
  const { sharedLists } = account.client(0)
  for (const version of [1n, 2n]) {
    const fields = { networkId, owner: addressToBytes(publisher.address), version, accounts: [addressToBytes(one)] }
    const message = signSharedList(fields, { key, secret })
    await time.drive(
      account.publish({ contentTopic: ownedTopic('sharedlist', publisher.address), timestampNs: version, message }),
    )
  }
  await drive(sharedLists.subscribe(publisher.address))
  account.lie.show = (envelope) => (isList(envelope) && envelope.timestampNs > 1n ? [] : [envelope])
  await expect(drive(sharedLists.get(publisher.address))).rejects.toMatchObject({ code: 'shared-list.went-back' })
})

test('of two devices that publish at once, each has a version of its own, and the last one’s list holds', async () => {
  for (let seed = 0; seed < 8; seed++) {
    const { account, versions, drive } = begin(`at once ${seed}`)
    const [first, second] = [account.client(0), account.client(0)]
    const published = await drive(Promise.all([first.sharedLists.publish([one]), second.sharedLists.publish([two])]))
    const [low, high] = published.map((answer) => (answer.ok ? answer.version : 0n)).sort() as [bigint, bigint]
    expect(low).toBeLessThan(high)
    const newest = published.findIndex((answer) => answer.ok && answer.version === high)
    const accounts = [[one], [two]][newest]
    for (const { sharedLists } of [first, second])
      expect(await drive(sharedLists.get())).toEqual({ version: high, accounts })
    expect(versions().filter(({ version }) => version === high)).toHaveLength(1)
  }
})

test.each([
  ['above what a device knows', 7n, 8n],
  ['as far above it as a version may be', 1n + maxVersionStep, 2n + maxVersionStep],
  ['that jumps, as whoever had the key once may have signed it, does not count', lastVersion, 2n],
])('a version %s', async (_, version, next) => {
  const { account, drive } = begin(`above ${version}`)
  const { sharedLists } = account.client(0)
  await drive(sharedLists.publish([one]))
  await drive(account.publish(account.sharedListOf(version)))
  expect(await drive(sharedLists.publish([two]))).toEqual({ ok: true, version: next })
})

test('a list that the node does not take is not remembered as published', async () => {
  const { account, drive } = begin('not taken')
  const { sharedLists } = account.client(0)
  await drive(sharedLists.publish([one]))
  account.lie.refuses = isList
  expect(await drive(sharedLists.publish([two]))).toMatchObject({ ok: false })
  expect(await drive(sharedLists.get())).toEqual({ version: 1n, accounts: [one] })
})
