import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Client, ClientEvent } from '../../sdk/index.ts'
import { type LightNetwork, startLightNetwork, textsOf, write } from '../helpers/light-network.ts'
import { backupsOf, lyingFetch, showing } from '../helpers/lying-node.ts'

let network: LightNetwork
let alice: Client
let bob: Client

beforeEach(async () => {
  network = await startLightNetwork()
  alice = await network.client(0xa1)
  bob = await network.client(0xb0)
})
afterEach(() => network.close())

/** The backups of Bob's keys, the oldest first. */
const backups = () => backupsOf(network.url, bob.address)

/** A wallet that keeps what it has signed, as whoever looks over its shoulder does. */
function watchedWallet(byte: number) {
  const wallet = network.wallet(byte)
  const signatures = new Map<string, string>()
  const signMessage = async ({ message }: { message: string }) => {
    const signature = await wallet.signMessage({ message })
    signatures.set(message, signature)
    return signature
  }
  return { address: wallet.address, signMessage, signatures }
}

/** Has signatures that were seen, and no key. */
const thiefOf = ({ address, signatures }: ReturnType<typeof watchedWallet>) => {
  const seen = new Map(signatures)
  const sign = (message: string) => {
    const signature = seen.get(message)
    if (!signature) throw new Error('The thief has no key to sign with.')
    return signature
  }
  return { getAddress: () => address, signMessage: async (message: string) => sign(message) }
}

describe('a key that was rotated', () => {
  test('keeps who has an older backup, its signature and the whole store of the node from every later letter', async () => {
    const wallet = watchedWallet(0xb0)
    bob = await network.client(wallet)
    const [stolen] = await backups()
    const thief = thiefOf(wallet)
    await write(alice, bob, 'before')
    expect(await bob.policy.rotateKey()).toMatchObject({ ok: true })
    await write(alice, bob, 'after', 'example.org/after')
    await write(alice, bob, 'answered', 'example.org/answered')
    const [, , answered] = await bob.conversations.list()
    expect(await answered!.send('the answer')).toMatchObject({ ok: true })
    await write(bob, alice, 'by Bob himself', 'example.org/bob')

    const events: ClientEvent[] = []
    const fetch = lyingFetch(showing(stolen!))
    const atHis = await network.client(thief, { fetch, onProgress: (event) => void events.push(event) })
    expect(await textsOf(atHis)).toEqual(['before'])
    expect(events).toContainEqual({ kind: 'degraded', code: 'sealed-key.unknown' })
    await expect(network.client(thief)).rejects.toThrow('The thief has no key')
  })

  test('opens on every client that logs in with the wallet, as all the keys before it do', async () => {
    await write(alice, bob, 'to the first key')
    for (const text of ['to the second', 'to the third']) {
      expect(await bob.policy.rotateKey()).toMatchObject({ ok: true })
      await write(alice, bob, text, `example.org/${text}`)
    }
    const texts = ['to the first key', 'to the second', 'to the third']
    expect(await textsOf(bob)).toEqual(texts)
    expect(await textsOf(await network.client(0xb0))).toEqual(texts)
  })

  test('comes with a backup that holds it, or not at all', async () => {
    const { client, recording } = await network.watched(0xb0)
    recording.take()
    await client.policy.rotateKey()
    const published = recording.take().filter(({ url }) => url.endsWith('/publish'))
    const topics = published.map(({ body }) =>
      JSON.parse(new TextDecoder().decode(body)).envelopes.map(
        ({ contentTopic }: { contentTopic: string }) => contentTopic.split('/')[3]?.split('-')[0],
      ),
    )
    expect(topics).toContainEqual(['privatestore', 'policy'])
    expect(topics.filter((of) => of.includes('privatestore') || of.includes('policy'))).toHaveLength(1)
  })

  test('rotates on by any client of the account, one after the other and at once, and none is lost', async () => {
    const [one, two] = [await network.client(0xb0), await network.client(0xb0)]
    expect(await one.policy.rotateKey()).toMatchObject({ ok: true })
    await write(alice, bob, 'to the first of them', 'example.org/1')
    const both = await Promise.all([one.policy.rotateKey(), two.policy.rotateKey()])
    expect(both).toMatchObject([{ ok: true }, { ok: true }])
    await write(alice, bob, 'to the last of them', 'example.org/2')
    const texts = ['to the first of them', 'to the last of them']
    expect(await textsOf(await network.client(0xb0))).toEqual(texts)
    expect(await backups()).toHaveLength(4)
  })

  test('is not made by a wallet that could not open its backup again', async () => {
    const wallet = network.wallet(0xb0)
    let asked = 0
    const signMessage = async (message: string) => {
      if (asked++ > 1) throw new Error('The user has had enough.')
      return wallet.signMessage({ message })
    }
    const client = await network.client({ getAddress: () => wallet.address, signMessage })
    await expect(client.policy.rotateKey()).rejects.toThrow('enough')
    expect(await backups()).toHaveLength(1)
    expect((await client.policy.get()).version).toBe(1n)
  })
})

describe('a device whose backup lacks a key', () => {
  test('says so, publishes none of its own over it, and opens the letter once it has the key', async () => {
    const events: ClientEvent[] = []
    const old = await network.client(0xb0, { onProgress: (event) => void events.push(event) })
    await bob.policy.rotateKey()
    const newest = (await bob.policy.get()).version
    await write(alice, bob, 'to the new key')
    expect(await textsOf(old)).toEqual([])
    expect(events.filter(({ kind }) => kind === 'degraded')).toEqual([{ kind: 'degraded', code: 'sealed-key.unknown' }])
    expect(await old.policy.set('everyone')).toMatchObject({ ok: true })
    await write(alice, bob, 'to the same key', 'example.org/same')
    expect((await old.policy.get()).version).toBe(newest + 1n)
    expect(await textsOf(bob)).toEqual(['to the new key', 'to the same key'])
    expect(await old.policy.rotateKey()).toMatchObject({ ok: true })
    expect(await textsOf(old)).toEqual(['to the new key', 'to the same key'])
  })

  test('finds out a node that hides the newer backup, and does not rotate over it', async () => {
    const [old] = await backups()
    await bob.policy.rotateKey()
    const events: ClientEvent[] = []
    const onProgress = (event: ClientEvent) => void events.push(event)
    const client = await network.client(0xb0, { fetch: lyingFetch(showing(old!)), onProgress })
    expect(events).toContainEqual({ kind: 'degraded', code: 'sealed-key.unknown' })
    await expect(client.policy.rotateKey()).rejects.toMatchObject({ code: 'sealed-key.unknown' })
    expect((await bob.policy.get()).version).toBe(2n)
    expect(await backups()).toHaveLength(2)
  })
})
