import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  decodeLaneRequest,
  decodeSignedGrant,
  digestEnvelope,
  encodeSignedGrant,
  grantStatement,
  type LaneRequest,
  ownedTopic,
  type SignedGrant,
} from '../../sdk/codec/index.ts'
import { ed25519PublicKey, networkIdOf, signEd25519, toBase64, toHex, useOf } from '../../sdk/crypto/index.ts'
import type { Client, ClientEvent, Storage } from '../../sdk/index.ts'
import { createProverClient } from '../../sdk/transport/index.ts'
import { checkGrant, checkReceipt, verifyCheckpoint } from '../../sdk/verifier/index.ts'
import { knowSetup } from '../helpers/known-setup.ts'
import { hiding, lyingFetch } from '../helpers/lying-node.ts'
import { startTestNetwork, type TestNetwork } from '../helpers/network.ts'
import { createRecording, problem, type Recorded } from '../helpers/recording.ts'

knowSetup()

let network: TestNetwork
let alice: Client
let purse: Awaited<ReturnType<TestNetwork['purse']>>
const recording = createRecording()
const stored = new Map<string, Uint8Array>()
const storage = createStorage(stored)

beforeAll(async () => {
  network = await startTestNetwork({ isWatched: true })
  purse = await network.purse()
  alice = await network.client({ ...purse, fetch: recording.fetch, storage })
  await alice.stamps.buy({ count: 32 })
})
afterAll(() => network?.close())

function createStorage(entries = new Map<string, Uint8Array>()): Storage {
  return { get: async (key) => entries.get(key), set: async (key, value) => void entries.set(key, value) }
}

/** A recipient who asks for a stamp. */
async function recipient(rule = 'stamp 1'): Promise<Client> {
  const client = await network.client()
  await client.policy.set(rule)
  return client
}

/** The lanes that were asked for with tickets. */
function ticketLanes(sent: readonly Recorded[]): LaneRequest[] {
  const requests = sent.filter(({ url }) => url.endsWith('/v1/lanes')).map(({ body }) => decodeLaneRequest(body))
  return requests.filter(({ evidence }) => evidence.some(({ kind }) => kind.case === 'ticket'))
}

/** For each nullifier that was shown, the uses it was shown for. */
function usesByNullifier(sent: readonly Recorded[]): Map<string, Set<string>> {
  const networkId = networkIdOf(network.name)
  const uses = new Map<string, Set<string>>()
  for (const { topic, holder, units, expiresAt, evidence } of ticketLanes(sent)) {
    const use = toHex(useOf({ networkId, topic, holder, units: BigInt(units), expiresAt }))
    for (const { kind } of evidence) {
      if (kind.case !== 'ticket') continue
      const nullifier = toHex(kind.value.nullifier)
      uses.set(nullifier, (uses.get(nullifier) ?? new Set()).add(use))
    }
  }
  return uses
}

const isSealedLane = (url: string, body: Uint8Array) =>
  url.endsWith('/v1/lanes') && decodeLaneRequest(body).topic.includes('/sealed-')

describe('a hostile node', () => {
  for (const code of ['policy.version-unknown', 'ticket.root-unknown', 'ticket.out-of-date', 'request.bucket-full']) {
    test(`gets no second x by answering ${code}`, async () => {
      const bob = await recipient()
      const conversation = await alice.conversations.new(bob.address)
      recording.take()
      let answers = 0
      const stop = recording.meddle((url, body) =>
        isSealedLane(url, body) && answers++ < 2 ? problem(403, code) : undefined,
      )
      let sent = await conversation.send('gm')
      while (!sent.ok) sent = await conversation.send('gm')
      stop()

      const uses = usesByNullifier(recording.take())
      expect(uses.size).toBe(1)
      expect([...uses.values()].map((set) => set.size)).toEqual([1])
      expect(answers).toBeGreaterThan(2)
      expect(await bob.conversations.list()).toHaveLength(1)
    })
  }

  test('that lies about a ticket being used gets another message id, and no second x', async () => {
    const bob = await recipient()
    const conversation = await alice.conversations.new(bob.address)
    recording.take()
    let answers = 0
    const stop = recording.meddle((url, body) =>
      isSealedLane(url, body) && answers++ < 1 ? problem(409, 'ticket.used') : undefined,
    )
    expect(await conversation.send('gm')).toMatchObject({ ok: false, code: 'ticket.used' })
    expect(await conversation.send('gm')).toMatchObject({ ok: true })
    stop()
    const uses = usesByNullifier(recording.take())
    expect([...uses.values()].map((set) => set.size)).toEqual([1, 1])
  })
})

describe('a lane for a wallet', () => {
  test('that is asked for again is open, and has no price, stamp or request', async () => {
    const ask = { wallet: `0x${'1'.repeat(40)}`, recipient: (await recipient()).address }
    const stop = recording.meddle((url, body) =>
      url.endsWith('/v1/lanes') && decodeLaneRequest(body).topic.includes('/invite-')
        ? problem(503, 'down')
        : undefined,
    )
    await expect(alice.openWalletLane(ask)).rejects.toMatchObject({ code: 'node.unavailable' })
    stop()
    expect(await alice.openWalletLane(ask, { maxPrice: 10n ** 18n })).toEqual({
      ok: true,
      price: 10n ** 18n,
      isDelivered: false,
    })
    const { stamps } = await alice.stamps.balance()
    recording.take()
    expect(await alice.openWalletLane(ask)).toEqual({ ok: true, price: 0n, isDelivered: false })
    expect(ticketLanes(recording.take())).toEqual([])
    expect((await alice.stamps.balance()).stamps).toBe(stamps)
  })
})

describe('a node that loses a letter', () => {
  /** The node's key, as the signers of the network say. */
  async function signedKey(): Promise<Uint8Array> {
    const trust = { networkId: networkIdOf(network.name), ...network.trust }
    const signed = await createProverClient({ url: network.prover.url }).latestCheckpoint()
    return verifyCheckpoint(signed!, trust).nodes[0]!.key
  }

  test('is shown to have taken it, to anybody, by what it signed, also by a later run of the client', async () => {
    const bob = await network.client({ fetch: lyingFetch(hiding('sealed')) })
    await bob.policy.set('stamp 1')
    const sent = await (await alice.conversations.new(bob.address)).send('lost', { postage: 'auto' })
    expect(sent).toMatchObject({ ok: true })
    expect(await bob.conversations.list()).toEqual([])
    await alice.close()
    alice = await network.client({ ...purse, fetch: recording.fetch, storage })

    const { grants, receipts } = await alice.receipts()
    const topic = ownedTopic('sealed', bob.address)
    const grant = grants.find((one) => one.topic === topic)!
    const receipt = receipts.find((one) => one.topic === topic)!
    expect(receipt.use).toEqual(grant.use)

    // Anybody who knows the network's signers, and has heard nothing from Alice or the node but this.
    const nodeKey = await signedKey()
    expect(checkGrant(nodeKey, grant)?.use).toEqual(grant.use)
    expect(checkReceipt(nodeKey, receipt)).toBe(true)
    const message = receipt.message!
    expect(digestEnvelope({ contentTopic: topic, message })).toEqual(receipt.digest)
    expect(checkReceipt(nodeKey, { ...receipt, sequence: receipt.sequence + 1n })).toBe(false)
    for (const bytes of stored.values()) expect(Buffer.from(bytes).includes(topic)).toBe(false)
  })

  test('is refused where it signs with another key than the checkpoint names, whatever it says of itself', async () => {
    const bob = await recipient('request')
    const seed = new Uint8Array(32).fill(7)
    const nodeKey = ed25519PublicKey(seed)
    const grants: SignedGrant[] = []
    const stop = recording.meddle(async (url, body) => {
      if (url.endsWith('/v1/info')) {
        return Response.json({ ...(await (await fetch(url)).json()), nodeKey: toBase64(nodeKey) })
      }
      if (!isSealedLane(url, body)) return undefined
      const headers = { 'content-type': 'application/x-protobuf', accept: 'application/x-protobuf' }
      const answer = await fetch(url, { method: 'POST', headers, body: Buffer.from(body) })
      const { grant } = decodeSignedGrant(new Uint8Array(await answer.arrayBuffer()))
      const signed = encodeSignedGrant({ grant, signature: signEd25519(grantStatement(grant), seed) })
      grants.push(decodeSignedGrant(signed))
      return new Response(Buffer.from(signed), { headers })
    })
    const writer = await network.client({ fetch: recording.fetch })
    const conversation = await writer.conversations.new(bob.address)
    await expect(conversation.send('gm')).rejects.toMatchObject({ code: 'grant.invalid' })
    stop()
    expect(grants.map((grant) => checkGrant(nodeKey, grant) !== undefined)).toEqual([true]) // good by its own word
    expect((await writer.receipts()).grants).toEqual([])
    expect(await bob.conversations.list()).toEqual([])
  })
})

describe('a letter that the node has refused', () => {
  const isUnderLane = (url: string) => url.endsWith('/v1/publish') && !url.includes('/message/')

  async function refuse(code: string) {
    const bob = await recipient()
    const before = (await alice.stamps.balance()).stamps
    const conversation = await alice.conversations.new(bob.address)
    const stop = recording.meddle((url) => (isUnderLane(url) ? problem(403, code) : undefined))
    expect(await conversation.send('refused')).toMatchObject({ ok: false, code })
    stop()
    const read = async () => {
      const [found] = await bob.conversations.list()
      return (await found?.messages())?.map(({ content }) => content)
    }
    return { conversation, read, spent: async () => before - (await alice.stamps.balance()).stamps }
  }

  test.each(['policy.blocked', 'rate.limited'])(
    'with %s is not delivered with the next one, which takes its stamp',
    async (code) => {
      const { conversation, read, spent } = await refuse(code)
      expect(await conversation.send('next')).toMatchObject({ ok: true })
      expect([await read(), await spent()]).toEqual([['next'], 1])
    },
  )

  test('is delivered once, for one stamp, when it is sent again', async () => {
    const { conversation, read, spent } = await refuse('rate.limited')
    expect(await conversation.send('refused')).toMatchObject({ ok: true })
    expect(await conversation.send('next')).toMatchObject({ ok: true })
    expect([await read(), await spent()]).toEqual([['refused', 'next'], 1])
  })

  test('and was stored all the same is not followed by another that pretends to be the first', async () => {
    const bob = await recipient()
    let lies = 1
    const liar = await lying(bob, () => lies-- > 0)
    expect(await liar.send('refused')).toMatchObject({ ok: false, code: 'rate.limited' })
    expect(await liar.send('next')).toMatchObject({ ok: false, code: 'delivery.unknown' })
    expect(await liar.send('refused')).toMatchObject({ ok: true })
    const [found] = await bob.conversations.list()
    expect((await found?.messages())?.map(({ content }) => content)).toEqual(['refused'])
  })

  /** A conversation over a node that takes a letter and says that it has refused it. */
  async function lying(bob: Client, isLying: () => boolean) {
    const fetch = async (url: string, init: RequestInit) => {
      const answer = await globalThis.fetch(url, init)
      return isUnderLane(url) && isLying() ? problem(403, 'rate.limited') : answer
    }
    const own = await network.purse()
    const client = await network.client({ ...own, fetch })
    await client.stamps.buy({ count: 4 })
    return client.conversations.new(bob.address)
  }
})

describe('a sender who changes its mind', () => {
  test('stops a proof at once, and goes on later with the same stamp', async () => {
    const bob = await recipient()
    const conversation = await alice.conversations.new(bob.address)
    recording.take()
    const controller = new AbortController()
    const sending = conversation.send('gm', {
      signal: controller.signal,
      onProgress: ({ kind }) => kind === 'proving' && controller.abort(new Error('changed my mind')),
    })
    await expect(sending).rejects.toThrow('changed my mind')
    expect(ticketLanes(recording.take())).toEqual([])
    const { stamps } = await alice.stamps.balance()
    expect(await conversation.send('gm')).toMatchObject({ ok: true })
    expect((await alice.stamps.balance()).stamps).toBe(stamps)
  })
})

describe('an answer that is lost', () => {
  for (const path of ['/v1/lanes', '/v1/publish']) {
    test(`on ${path} delivers the letter once, for one stamp`, async () => {
      const bob = await recipient()
      const conversation = await alice.conversations.new(bob.address)
      const { stamps } = await alice.stamps.balance()
      recording.take()
      let lost = 0
      const stop = recording.meddle(async (url, body) => {
        if (!url.endsWith(path) || lost >= 6) return undefined
        lost++
        await fetch(url, { method: 'POST', body: body as never, headers: protobuf })
        throw new TypeError('the connection broke')
      })
      const attempts = async () => {
        for (;;) {
          const sent = await conversation.send('gm').catch((error) => {
            expect(error).toMatchObject({ code: 'node.unavailable' })
          })
          if (sent) return sent
        }
      }
      expect(await attempts()).toMatchObject({ ok: true })
      stop()
      expect(lost).toBe(6)
      expect([...usesByNullifier(recording.take()).values()].map((set) => set.size)).toEqual([1])
      // A block of message ids whose record was not acknowledged stays unused: that is the price of using none twice.
      expect([1, 5]).toContain(stamps - (await alice.stamps.balance()).stamps)
      const [received] = await bob.conversations.list()
      expect((await received!.messages()).map(({ content }) => content)).toEqual(['gm'])
    })
  }
})

const protobuf = { 'content-type': 'application/x-protobuf', accept: 'application/x-protobuf' }

describe('a part that is down', () => {
  test('a prover: stamps that are held go on working with the last tree', async () => {
    const bob = await recipient()
    const events: ClientEvent[] = []
    const options = {
      key: purse.key,
      storage,
      prover: 'http://127.0.0.1:9',
      onProgress: (event: ClientEvent) => events.push(event),
    }
    const client = await network.client(options)
    expect((await client.stamps.balance()).stamps).toBeGreaterThan(0)
    expect(await (await client.conversations.new(bob.address)).send('gm')).toMatchObject({ ok: true })
    expect(events).toContainEqual({ kind: 'degraded', code: 'prover.unavailable' })
  })

  test('a prover, and no tree: the error says that it is the prover', async () => {
    const bob = await recipient()
    const client = await network.client({ key: purse.key, prover: 'http://127.0.0.1:9' })
    const conversation = await client.conversations.new(bob.address)
    await expect(conversation.send('gm')).rejects.toMatchObject({ code: 'prover.unavailable' })
  })

  test('a prover, and no tree: a connection goes on working', async () => {
    const bob = await recipient()
    const client = await network.client({ ...(await network.purse()) })
    await client.stamps.buy({ count: 2 })
    const conversation = await client.conversations.new(bob.address)
    expect(await conversation.send('gm')).toMatchObject({ ok: true })
    await bob.conversations.list()
    expect(await bob.connections.grant(client.address)).toEqual({ ok: true })
    await conversation.messages()
    expect(client.connections.isHeld(bob.address)).toBe(true)
  })

  test('a chain: buying says so, and everything else goes on', async () => {
    const bob = await recipient()
    const { createPublicClient, createWalletClient, http } = await import('viem')
    const { hardhat } = await import('viem/chains')
    const { account } = network.connect(purse.key)
    const transport = http('http://127.0.0.1:9', { retryCount: 0 })
    const { token, postage } = network.deployment
    const chain = {
      publicClient: createPublicClient({ chain: hardhat, transport }),
      walletClient: createWalletClient({ chain: hardhat, transport, account }),
      token,
      postage,
    }
    const client = await network.client({ key: purse.key, chain })
    await expect(client.stamps.buy({ count: 1 })).rejects.toMatchObject({ code: 'chain.unavailable' })
    expect(await (await client.conversations.new(bob.address)).send('gm')).toMatchObject({ ok: true })
  })

  test('a node: the error says so, and the next attempt goes on with the same stamp', async () => {
    const bob = await recipient()
    const conversation = await alice.conversations.new(bob.address)
    recording.take()
    const stop = recording.meddle((url) => (url.endsWith('/v1/publish') ? problem(503, 'node.unavailable') : undefined))
    await expect(conversation.send('gm')).rejects.toMatchObject({ code: 'node.unavailable' })
    stop()
    expect(await conversation.send('gm')).toMatchObject({ ok: true })
    expect(usesByNullifier(recording.take()).size).toBe(1)
  })
})
