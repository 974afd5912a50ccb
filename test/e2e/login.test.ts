import { setTimeout as pause } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { decodeContact, ownedTopic } from '../../sdk/codec/index.ts'
import { toHex } from '../../sdk/crypto/index.ts'
import { Client } from '../../sdk/index.ts'
import { createAnonymousNode, type Fetch } from '../../sdk/transport/index.ts'
import { type LightNetwork, startLightNetwork, textsOf, write } from '../helpers/light-network.ts'
import { hiding, type Lie, lyingFetch, type Shown } from '../helpers/lying-node.ts'
import { createRecording, type Meddle, problem, type Recorded } from '../helpers/recording.ts'

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
    '%s, in each of 10 rounds, end with one identity, and each reads all mail',
    { timeout: 170_000 },
    async (_, count) => {
      const alice = await network.client(0xa1)
      for (let round = 1; round <= 10; round++) {
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

/** Lets nothing go on that waits, until it is ended; knows what still waits. */
function createWaiting() {
  const waiting = new Set<object>()
  const sleep = (_: number, signal?: AbortSignal) =>
    new Promise<void>((_, reject) => {
      const one = {}
      waiting.add(one)
      const end = () => {
        waiting.delete(one)
        reject(signal?.reason)
      }
      if (signal?.aborted) end()
      signal?.addEventListener('abort', end)
    })
  return { waiting, sleep }
}

const outcomeOf = (called: Promise<unknown>) =>
  Promise.race([called.then(() => 'answered').catch((error: Error) => error.message), pause(2_000, 'goes on')])

describe('a login that fails', () => {
  const includes = (body: Uint8Array | BodyInit | null | undefined, text: string) =>
    (body instanceof Uint8Array ? new TextDecoder().decode(body) : String(body)).includes(text)

  /** An account whose policy, and all memory of it, has never come to the node. */
  async function createWithoutKey(byte: number): Promise<void> {
    const isLost = ({ contentTopic }: Shown) => /[/](policy|log)-/.test(contentTopic)
    const fetch: Fetch = async (url, init) => {
      if (!url.endsWith('/message/v1/publish')) return globalThis.fetch(url, init)
      const all: Shown[] = JSON.parse(String(init.body)).envelopes
      const envelopes = all.filter((envelope) => !isLost(envelope))
      if (envelopes.length === 0) return Response.json({})
      return globalThis.fetch(url, { ...init, body: JSON.stringify({ envelopes }) })
    }
    await network.client(byte, { fetch })
  }

  test.each<[string, Meddle, string]>([
    [
      'since the log cannot be read',
      (url, body) => {
        if (url.endsWith('/query') && includes(body, '/log-')) throw new TypeError('down')
        return undefined
      },
      'node.unavailable',
    ],
    [
      'since the node refuses a key for letters',
      (url, body) =>
        url.endsWith('/publish') && includes(body, '/policy-') ? problem(403, 'allowance.used-up') : undefined,
      'node.refused',
    ],
  ])('%s, leaves nothing behind that goes on', async (_, meddle, code) => {
    const recording = createRecording()
    const { waiting, sleep } = createWaiting()
    await createWithoutKey(0xb0)
    recording.meddle(meddle)
    const privacy = { copySeconds: 600, joinSeconds: 600, prepareSeconds: 600, waitSeconds: 0 }
    const options = { ...network.options(), privacy, sleep, fetch: recording.fetch }
    await expect(Client.create(network.wallet(0xb0), options)).rejects.toMatchObject({ code })
    await pause(50)
    expect(waiting.size).toBe(0)
    recording.take()
    await pause(150)
    expect(recording.sent).toEqual([])
  })
})

describe('a wallet that does not answer', () => {
  /** A wallet that is asked for an address, or so many signatures, and then no more is heard of. */
  function muteWallet(byte: number, answers: number) {
    const wallet = network.wallet(byte)
    const state = { left: answers }
    const answer = <T>(value: () => T) => (state.left-- > 0 ? value() : new Promise<never>(() => undefined))
    return {
      state,
      getAddress: async () => answer(() => wallet.address),
      signMessage: async (message: string) => answer(() => wallet.signMessage({ message })),
    }
  }
  const soon = () => {
    const controller = new AbortController()
    setTimeout(() => controller.abort(new Error('enough')), 150)
    return controller.signal
  }

  test('keeps no account, new or known, from ending with its signal, after however many answers', async () => {
    await network.client(0xb0)
    const calls = [
      [0xb0, 0],
      [0xb0, 1],
      [0xc0, 0],
      [0xc1, 1],
      [0xc2, 2],
      [0xc3, 3],
    ] as const
    const create = ([byte, answers]: (typeof calls)[number]) =>
      outcomeOf(Client.create(muteWallet(byte, answers), network.options({ signal: soon() })))
    expect(await Promise.all(calls.map(create))).toEqual(calls.map(() => 'enough'))
  })

  test('ends no later than its signal when a key is rotated, and holds up no other change', async () => {
    const wallet = muteWallet(0xb0, 100)
    const client = await network.client(wallet)
    for (const answers of [0, 1]) {
      wallet.state.left = answers
      const rotated = client.policy.rotateKey({ signal: soon() })
      expect(await outcomeOf(client.policy.set(`stamp ${answers + 1}`))).toBe('answered')
      expect(await outcomeOf(rotated)).toBe('enough')
    }
    wallet.state.left = 100
    await expect(client.policy.rotateKey({ signal: AbortSignal.abort(new Error('over')) })).rejects.toThrow('over')
    expect(wallet.state.left).toBe(100)
    expect(await client.policy.get()).toMatchObject({ version: 3n, text: 'stamp 2' })
  })
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
