import { describe, expect, test } from 'vitest'
import { type Block, ownedTopic, signSharedList } from '../../../sdk/codec/index.ts'
import { type Address, addressToBytes, toAddress } from '../../../sdk/crypto/index.ts'
import { createIdentity, type Identity } from '../../../sdk/identity/index.ts'
import { isBlocked } from '../../../sdk/verifier/index.ts'
import { walletOf } from '../../helpers/accounts.ts'
import { createDice } from '../../helpers/dice.ts'
import { createMemoryAccount } from '../../helpers/memory-account.ts'
import { networkId } from '../../helpers/node.ts'
import { createVirtualTime } from '../../helpers/virtual-time.ts'

const day = 86_400
const copySeconds = 600
const twentyMinutes = 1200
const [publisher, other] = (await Promise.all(
  [0x71, 0x72].map((byte) => createIdentity(walletOf(byte), { createdMs: 1_700_000_000_000n })),
)) as [Identity, Identity]
const [spammer, friend, stranger] = [0x10, 0x11, 0x12].map((byte) => walletOf(byte).address) as [
  Address,
  Address,
  Address,
]
const number = (i: number): Address => {
  const bytes = new Uint8Array(20).fill(0xee)
  new DataView(bytes.buffer).setUint32(0, i)
  return toAddress(bytes)
}

/** An account in its own time; spammer and stranger have shown it a pseudonym each. */
function begin(seed: string) {
  const dice = createDice(`shared lists ${seed}`)
  const time = createVirtualTime(1_750_000_000)
  const account = createMemoryAccount({ time, dice: dice.fork('node') })
  const tags = new Map([spammer, stranger].map((peer) => [peer, [dice.bytes(32)]]))
  const tagsOf = (peer: Address) => tags.get(peer) ?? []
  const client = (seconds = 0) => account.client(seconds, tagsOf)
  type Shared = { version?: bigint; by?: Identity; on?: Identity; network?: Uint8Array }

  /** Publishes a list, on the topic of whoever it is said to be of. */
  async function share(accounts: readonly Address[], { version = 1n, by = publisher, on = by, network }: Shared = {}) {
    const { publicKey: key, secret } = by.keys.identityKey
    const fields = { networkId: network ?? networkId, owner: addressToBytes(on.address), version }
    const message = signSharedList({ ...fields, accounts: accounts.map(addressToBytes) }, { key, secret })
    const contentTopic = ownedTopic('sharedlist', on.address)
    await time.drive(account.publish({ contentTopic, timestampNs: version, message }))
  }

  /** What of an account the newest list at the node has. */
  function held(peer: Address, list = account.lists.at(-1)?.list): string[] {
    const wallet: Block = { kind: 'wallet', value: addressToBytes(peer) }
    const all = [wallet, ...tagsOf(peer).map((value): Block => ({ kind: 'tag', value }))]
    return all.filter((block) => isBlocked(list, block)).map(({ kind }) => kind)
  }
  return { time, account, client, share, held, drive: time.drive }
}

describe('whoever is on a list that an account follows', () => {
  test('is blocked as if by hand, until it is taken off or the list is left', async () => {
    const { client, share, held, drive } = begin('follow')
    const { sharedLists, consents } = client()
    await share([spammer, stranger])
    expect(await drive(sharedLists.subscribe(publisher.address))).toEqual({ ok: true, version: 1n })
    expect([spammer, stranger].map((peer) => consents.of(peer))).toEqual(['denied', 'denied'])
    expect([held(spammer), held(stranger)]).toEqual([
      ['wallet', 'tag'],
      ['wallet', 'tag'],
    ])
    await share([stranger, number(1)], { version: 2n })
    await drive(sharedLists.refresh())
    expect([held(spammer), held(stranger), held(number(1))]).toEqual([[], ['wallet', 'tag'], ['wallet']])
    expect(consents.of(spammer)).toBe('unknown')
    expect(await drive(sharedLists.list())).toEqual([{ owner: publisher.address, version: 2n }])
    expect(await drive(sharedLists.leave(publisher.address))).toEqual({ ok: true })
    expect([held(stranger), held(number(1))]).toEqual([[], []])
    expect(await drive(sharedLists.list())).toEqual([])
  })

  test('is blocked within twenty minutes, by every device that runs, one without the publisher’s list included', async () => {
    const { time, account, client, share, held, drive } = begin('minutes')
    await share([])
    const first = client()
    await time.advance(day)
    expect(account.lists).toHaveLength(0)
    await drive(first.sharedLists.subscribe(publisher.address))
    first.close()
    expect(client().sharedLists).toBeDefined() // a second device that is asked for nothing
    for (let version = 2n; version < 22n; version++) {
      const now = version % 2n === 0n
      await share(now ? [spammer] : [], { version })
      await time.advance(twentyMinutes + 5)
      expect(held(spammer)).toEqual(now ? ['wallet', 'tag'] : [])
    }
    await share([spammer], { version: 22n })
    await time.advance(twentyMinutes + 5)
    account.lie.show = (envelope) => (envelope.contentTopic.includes('sharedlist') ? [] : [envelope])
    const third = client()
    expect(await drive(third.sharedLists.list())).toHaveLength(1)
    await drive(third.consents.sync())
    expect(third.consents.of(spammer)).toBe('denied')
    await time.advance(twentyMinutes + 5)
    expect(third.told).toContain('shared-list.missing')
    expect(held(spammer)).toEqual(['wallet', 'tag'])
  })

  test('is blocked after a look that failed, too; a client that is closed looks no more', async () => {
    const { time, account, client, share, held, drive } = begin('fails')
    const { sharedLists, told, close } = client()
    await share([])
    await drive(sharedLists.subscribe(publisher.address))
    account.lie.refuses = ({ contentTopic }) => contentTopic.includes('blocks')
    await share([spammer], { version: 2n })
    await time.advance(twentyMinutes + 5)
    expect(new Set(told)).toEqual(new Set(['allowance.used-up']))
    delete account.lie.refuses
    await time.advance(twentyMinutes + 5)
    expect(held(spammer)).toEqual(['wallet', 'tag'])
    close()
    await share([], { version: 3n })
    await time.advance(day)
    expect(held(spammer)).toEqual(['wallet', 'tag'])
  })

  test('gives away nothing that belongs together: no version gains or loses two things of one account', async () => {
    const { time, account, client, share, held, drive } = begin('apart')
    const { sharedLists } = client(copySeconds)
    await share([spammer, stranger])
    await drive(sharedLists.subscribe(publisher.address))
    expect([held(spammer), held(stranger)]).toEqual([['wallet'], ['wallet']])
    await time.advance(day)
    expect([held(spammer), held(stranger)]).toEqual([
      ['wallet', 'tag'],
      ['wallet', 'tag'],
    ])
    await drive(sharedLists.leave(publisher.address))
    await time.advance(day)
    expect([held(spammer), held(stranger)]).toEqual([[], []])
    const tagsIn = account.lists.map(({ list }) => [spammer, stranger].map((peer) => held(peer, list).includes('tag')))
    for (const [i, tags] of tagsIn.entries()) {
      const before = tagsIn[i - 1] ?? [false, false]
      expect(tags.filter((has, j) => has !== before[j]).length).toBeLessThanOrEqual(1)
    }
  })
})

describe('a list never overrules the account:', () => {
  test('whom it has allowed stays open, and so does the account itself', async () => {
    const { account, client, share, held, drive } = begin('allowed')
    const { sharedLists, consents, blocking } = client()
    await drive(consents.set('allowed', [friend]))
    await share([friend, spammer, account.address])
    await drive(sharedLists.subscribe(publisher.address))
    expect([friend, spammer, account.address].map((peer) => held(peer).length > 0)).toEqual([false, true, false])
    await drive(blocking.allow(spammer))
    await share([friend, spammer, stranger], { version: 2n })
    await drive(sharedLists.refresh())
    expect([friend, spammer, stranger].map((peer) => held(peer).length > 0)).toEqual([false, false, true])
    expect([friend, spammer, stranger].map((peer) => consents.of(peer))).toEqual(['allowed', 'allowed', 'denied'])
  })

  test('no connection is revoked', async () => {
    const { account, client, share, drive } = begin('connections')
    const { sharedLists, connections } = client()
    const serial = connections.serialOf(spammer, [])
    await share([spammer])
    await drive(sharedLists.subscribe(publisher.address))
    expect(connections.serialOf(spammer, account.blocks())).toEqual(serial)
  })

  test.each(['before', 'after'])('whom it has blocked %s stays blocked when the list is left', async (when) => {
    const { client, share, held, drive } = begin(`denied ${when}`)
    const { sharedLists, blocking } = client()
    await share([spammer])
    if (when === 'before') await drive(blocking.block(spammer))
    await drive(sharedLists.subscribe(publisher.address))
    if (when === 'after') await drive(blocking.block(spammer))
    await drive(sharedLists.leave(publisher.address))
    expect(held(spammer)).toEqual(['wallet', 'tag'])
  })

  test('whom it has blocked after stays blocked on a device that is shown nothing of what it has said', async () => {
    const { account, client, share, held, drive } = begin('denied and hidden')
    const first = client()
    await share([spammer, stranger])
    await drive(first.sharedLists.subscribe(publisher.address))
    await drive(first.blocking.block(spammer))
    account.lie.show = (envelope) => (envelope.contentTopic.includes('userpreferences') ? [] : [envelope])
    await drive(client().sharedLists.leave(publisher.address))
    expect([held(spammer), held(stranger)]).toEqual([['wallet', 'tag'], []])
  })

  test('nor another list: whom two of them name stays blocked until both are left', async () => {
    const { client, share, held, drive } = begin('two lists')
    const { sharedLists } = client()
    await share([spammer, number(1)])
    await share([spammer], { by: other })
    for (const { address } of [publisher, other]) await drive(sharedLists.subscribe(address))
    await drive(sharedLists.leave(publisher.address))
    expect([held(spammer), held(number(1))]).toEqual([['wallet', 'tag'], []])
    await drive(sharedLists.leave(other.address))
    expect(held(spammer)).toEqual([])
  })
})

describe('the last good version stays', () => {
  test.each<[string, string, (story: ReturnType<typeof begin>) => Promise<void> | void]>([
    [
      'where a node shows an older one',
      'shared-list.went-back',
      ({ account }) => {
        account.lie.show = (envelope) =>
          envelope.contentTopic.includes('sharedlist') && envelope.timestampNs > 1n ? [] : [envelope]
      },
    ],
    ['where the next is too far above it', 'shared-list.jumped', ({ share }) => share([], { version: 3n + 2n ** 20n })],
    [
      'where the publisher vanishes',
      'shared-list.missing',
      ({ account }) => {
        account.lie.show = (envelope) => (envelope.contentTopic.includes('sharedlist') ? [] : [envelope])
      },
    ],
    [
      'where there is no room for the next',
      'shared-list.no-room',
      async ({ client, share, drive }) => {
        const { sharedLists } = client()
        await share(
          Array.from({ length: 1024 }, (_, i) => number(i)),
          { by: other },
        )
        await drive(sharedLists.subscribe(other.address))
        await share(
          Array.from({ length: 1024 }, (_, i) => number(2000 + i)),
          { version: 3n },
        )
        const third = await createIdentity(walletOf(0x73), { createdMs: 1n })
        await share([number(9000)], { by: third })
        expect(await drive(sharedLists.subscribe(third.address))).toEqual({ ok: true, version: 1n })
      },
    ],
  ])('%s', async (_, code, lie) => {
    const story = begin(code)
    const { client, share, held, drive } = story
    const { sharedLists, told } = client()
    await share([])
    await share([spammer], { version: 2n })
    await drive(sharedLists.subscribe(publisher.address))
    await lie(story)
    await drive(sharedLists.refresh())
    expect(told).toEqual([code])
    expect(held(spammer)).toEqual(['wallet', 'tag'])
    expect(await drive(sharedLists.list())).toContainEqual({ owner: publisher.address, version: 2n })
  })

  test('where a newer one is forged, or of another network', async () => {
    const { client, share, held, drive } = begin('forged')
    const { sharedLists } = client()
    await share([spammer])
    await drive(sharedLists.subscribe(publisher.address))
    await share([friend], { version: 2n, by: other, on: publisher })
    await share([friend], { version: 3n, network: new Uint8Array(32) })
    await drive(sharedLists.refresh())
    expect([held(spammer), held(friend)]).toEqual([['wallet', 'tag'], []])
  })
})

test('a list that nobody has signed cannot be followed', async () => {
  const { account, client, share, drive } = begin('unsigned')
  const { sharedLists } = client()
  const missing = { ok: false, code: 'shared-list.missing' }
  expect(await drive(sharedLists.subscribe(publisher.address))).toMatchObject(missing)
  await share([friend], { by: other, on: publisher })
  expect(await drive(sharedLists.subscribe(publisher.address))).toMatchObject(missing)
  expect(account.lists).toHaveLength(0)
})

test('15 lists are followed and not one more; a left one makes room', async () => {
  const { client, share, held, drive } = begin('many')
  const { sharedLists } = client()
  const owners = await Promise.all(
    Array.from({ length: 16 }, (_, i) => createIdentity(walletOf(0x80 + i), { createdMs: 1n })),
  )
  const last = owners[15]!
  for (const [i, by] of owners.entries()) await share([number(i)], { by })
  for (const { address } of owners.slice(0, 15))
    expect(await drive(sharedLists.subscribe(address))).toMatchObject({ ok: true })
  expect(await drive(sharedLists.subscribe(last.address))).toMatchObject({ ok: false, code: 'shared-list.too-many' })
  await drive(sharedLists.leave(owners[7]!.address))
  expect(await drive(sharedLists.subscribe(last.address))).toMatchObject({ ok: true })
  expect(owners.map((_, i) => held(number(i)).length)).toEqual(owners.map((_, i) => (i === 7 ? 0 : 1)))
})

test('two devices that follow two lists at once follow both', async () => {
  const { client, share, held, drive } = begin('two devices')
  const [one, two] = [client(), client()]
  await share([spammer])
  await share([stranger], { by: other })
  await drive(Promise.all([one.sharedLists.subscribe(publisher.address), two.sharedLists.subscribe(other.address)]))
  const lists = await drive(one.sharedLists.list())
  expect(lists.map(({ owner }) => owner).sort()).toEqual([publisher.address, other.address].sort())
  expect([held(spammer), held(stranger)]).toEqual([
    ['wallet', 'tag'],
    ['wallet', 'tag'],
  ])
})

test('an account publishes a list that others read, each version above the one before', async () => {
  const { account, client, drive } = begin('publish')
  const { sharedLists } = client()
  expect(await drive(sharedLists.get())).toEqual({ version: 0n, accounts: [] })
  expect(await drive(sharedLists.publish([stranger.toLowerCase(), spammer]))).toEqual({ ok: true, version: 1n })
  expect(await drive(sharedLists.publish([spammer]))).toEqual({ ok: true, version: 2n })
  expect(await drive(sharedLists.get(account.address))).toEqual({ version: 2n, accounts: [spammer] })
})

test('a device that looks for news while another leaves the list does not follow it again', async () => {
  for (let seed = 0; seed < 8; seed++) {
    const { client, share, held, drive } = begin(`leaving ${seed}`)
    const [one, two] = [client(), client()]
    await share([spammer])
    await drive(one.sharedLists.subscribe(publisher.address))
    await share([spammer, stranger], { version: 2n })
    await drive(Promise.all([one.sharedLists.refresh(), two.sharedLists.leave(publisher.address)]))
    expect(await drive(one.sharedLists.list())).toEqual([])
    expect(held(stranger)).toEqual([])
  }
})

test('the pseudonym of an account that was allowed since stays open, whatever the copy of the list says', async () => {
  const { account, client, share, held, drive } = begin('allowed since')
  const before = account.client(0) // no letter has come yet
  await share([spammer])
  await drive(before.sharedLists.subscribe(publisher.address))
  await drive(before.consents.set('allowed', [spammer]))
  await drive(client().sharedLists.refresh())
  expect(held(spammer)).toEqual(['wallet'])
})
