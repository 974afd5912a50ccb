import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { decodeContact, ownedTopic } from '../../sdk/codec/index.ts'
import { toHex } from '../../sdk/crypto/index.ts'
import { createAnonymousNode } from '../../sdk/transport/index.ts'
import { type LightNetwork, startLightNetwork, textsOf, write } from '../helpers/light-network.ts'
import { hiding, type Lie, lyingFetch, type Shown } from '../helpers/lying-node.ts'
import { createRecording, type Recorded } from '../helpers/recording.ts'

let network: LightNetwork

beforeEach(async () => {
  network = await startLightNetwork()
})
afterEach(() => network.close())

/** What a client published, whether or not the node took it. */
const publications = (sent: readonly Recorded[]) =>
  sent.filter(({ url }) => /\/(publish|lanes)$/.test(url)).map(({ url }) => url)

/** All that lies on a topic that anybody may read. */
async function stored(contentTopic: string): Promise<Uint8Array[]> {
  const pages = await Array.fromAsync(
    createAnonymousNode({ url: network.url }).query({ contentTopics: [contentTopic] }),
  )
  return pages.flatMap(({ envelopes }) => envelopes.map(({ message }) => message))
}

/** A wallet that says how often it was asked. */
function countingWallet(
  byte: number,
  sign: (message: string) => Promise<string> = (message) => network.wallet(byte).signMessage({ message }),
) {
  const asked: string[] = []
  return {
    asked,
    getAddress: () => network.wallet(byte).address,
    signMessage: async (message: string) => {
      asked.push(message)
      return sign(message)
    },
  }
}

describe('a node that hides what an account has published', () => {
  test.each([
    ['the backup', ['privatestore']],
    ['the backup and the policy', ['privatestore', 'policy']],
    ['the backup and the contact', ['privatestore', 'contact']],
  ])('and shows all but %s gets no new keys: nothing is signed, and nothing is published', async (_, kinds) => {
    const bob = await network.client(0xb0)
    const recording = createRecording()
    const wallet = countingWallet(0xb0)
    const fetch = lyingFetch(hiding(...kinds), recording.fetch)
    await expect(network.client(wallet, { fetch })).rejects.toMatchObject({ code: 'backup.missing' })
    expect(wallet.asked).toEqual([])
    expect(publications(recording.sent)).toEqual([])
    expect(await stored(ownedTopic('privatestore', bob.address))).toHaveLength(1)
  })

  test('of everything is found out by the policy that the node itself must keep', async () => {
    const bob = await network.client(0xb0)
    const fetch = lyingFetch(hiding('privatestore', 'policy', 'contact'))
    await expect(network.client(0xb0, { fetch })).rejects.toMatchObject({ code: 'backup.missing' })
    expect(await stored(ownedTopic('privatestore', bob.address))).toHaveLength(1)
  })

  test('gets new keys where they are asked for by name', async () => {
    const [alice, bob] = [await network.client(0xa1), await network.client(0xb0)]
    const again = await network.client(0xb0, { fetch: lyingFetch(hiding('privatestore')), identity: 'new' })
    expect(await stored(ownedTopic('privatestore', bob.address))).toHaveLength(2)
    await write(alice, again, 'to the new keys')
    expect(await textsOf(again)).toEqual(['to the new keys'])
    expect(await textsOf(bob)).toEqual([])
  })
})

describe('a policy that goes back', () => {
  /** Shows no policy above a version: the first of them are kept as they came. */
  async function showingOnly(address: string, count: number): Promise<Lie> {
    const all = await stored(ownedTopic('policy', address as `0x${string}`))
    const shown = new Set(all.slice(0, count).map((message) => Buffer.from(message).toString('base64')))
    return (envelope: Shown) =>
      envelope.contentTopic.includes(`/policy-${address}`) && !shown.has(envelope.message) ? undefined : envelope
  }

  test.each([0, 1, 2])(
    'of the own account to version %i is refused by whoever logs in with its log',
    async (version) => {
      const bob = await network.client(0xb0)
      for (const rule of ['nobody', 'stamp 2']) await bob.policy.set(rule)
      const fetch = lyingFetch(await showingOnly(bob.address, version))
      await expect(network.client(0xb0, { fetch })).rejects.toMatchObject({ code: 'policy.went-back' })
    },
  )

  test('under a client that runs is neither read nor published on from', async () => {
    let lie: Lie = (envelope) => envelope
    const { client: bob, recording } = await (async () => {
      const recording = createRecording()
      const fetch = lyingFetch((envelope) => lie(envelope), recording.fetch)
      return { recording, client: await network.client(0xb0, { fetch }) }
    })()
    await bob.policy.set('nobody')
    lie = await showingOnly(bob.address, 1)
    recording.take()
    for (const act of [() => bob.policy.set('stamp 1'), () => bob.policy.rotateKey(), () => bob.policy.get()]) {
      await expect(act()).rejects.toMatchObject({ code: 'policy.went-back' })
    }
    expect(publications(recording.take())).toEqual([])
  })

  test('of somebody else is refused by every client of the account that has seen the newer one', async () => {
    const [alice, bob] = [await network.client(0xa1), await network.client(0xb0)]
    await bob.policy.set('request')
    await write(alice, bob, 'gm')
    const fetch = lyingFetch(await showingOnly(bob.address, 1))
    const again = await network.client(0xa1, { fetch })
    const about = { context: { conversationId: 'example.org/2' } }
    await expect(again.conversations.new(bob.address, about)).rejects.toMatchObject({ code: 'policy.went-back' })
    await expect(again.policy.get(bob.address)).rejects.toMatchObject({ code: 'policy.went-back' })
  })
})

describe('first logins of one account at once', () => {
  test.each([
    ['two', 2],
    ['five', 5],
  ])(
    '%s, in each of 20 rounds, end with one identity, and each reads all mail',
    { timeout: 170_000 },
    async (_, count) => {
      const alice = await network.client(0xa1)
      for (let round = 1; round <= 20; round++) {
        const clients = await Promise.all(Array.from({ length: count }, () => network.client(round)))
        const { address } = clients[0]!
        const contacts = await stored(ownedTopic('contact', address))
        const identities = contacts.map((message) => toHex(decodeContact(message).identityKey.publicKey))
        expect(new Set(identities).size).toBe(1)
        expect(await stored(ownedTopic('privatestore', address))).toHaveLength(1)
        expect(await stored(ownedTopic('policy', address))).toHaveLength(1)
        await write(alice, clients[0]!, `round ${round}`)
        for (const client of clients) expect(await textsOf(client)).toEqual([`round ${round}`])
      }
    },
  )
})

describe('a wallet that could not open its own backup', () => {
  /** Signs with noise in the place of the nonce: another signature, as true as the first. */
  const restless = async (message: string) => {
    const { secp256k1 } = await import('@noble/curves/secp256k1.js')
    const { hashMessage } = await import('viem')
    const digest = Buffer.from(hashMessage(message).slice(2), 'hex')
    const signed = secp256k1.sign(digest, new Uint8Array(32).fill(0xb0), {
      prehash: false,
      extraEntropy: true,
      format: 'recovered',
    })
    const [recovery, rs] = [signed[0]!, signed.subarray(1)]
    return `0x${toHex(rs)}${(27 + recovery).toString(16)}`
  }
  let first: Promise<string> | undefined
  const stubborn = (message: string) => {
    first ??= network.wallet(0xb0).signMessage({ message })
    return first
  }
  const contract = async () => `0x${'ab'.repeat(300)}`

  test.each<[string, (message: string) => Promise<string>, string]>([
    ['signs differently each time', restless, 'backup.refused'],
    ['answers an earlier signature', stubborn, 'wallet.signature'],
    ['is a contract', contract, 'wallet.signature'],
  ])('since it %s is refused, and nothing is published', async (_, sign, code) => {
    const recording = createRecording()
    const options = { fetch: recording.fetch }
    await expect(network.client(countingWallet(0xb0, sign), options)).rejects.toMatchObject({ code })
    expect(publications(recording.sent)).toEqual([])
    for (const kind of ['privatestore', 'contact', 'policy'] as const) {
      expect(await stored(ownedTopic(kind, network.wallet(0xb0).address))).toEqual([])
    }
  })
})
