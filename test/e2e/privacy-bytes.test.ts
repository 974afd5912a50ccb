import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PGlite } from '@electric-sql/pglite'
import { generatePrivateKey } from 'viem/accounts'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { decodeLaneRequest, encodeBundle } from '../../sdk/codec/index.ts'
import { addressToBytes, fromHex, toBytes32, toHex } from '../../sdk/crypto/index.ts'
import { openBackup } from '../../sdk/identity/index.ts'
import type { Client, ClientOptions } from '../../sdk/index.ts'
import { logPlaceOf } from '../../sdk/log/index.ts'
import { personOf } from '../../sdk/notes/index.ts'
import { createAnonymousNode } from '../../sdk/transport/index.ts'
import { startNode } from '../../service/node/index.ts'
import { knowSetup } from '../helpers/known-setup.ts'
import { startTestNetwork, type TestNetwork } from '../helpers/network.ts'
import { createRecording, type Recorded } from '../helpers/recording.ts'
import { findTraces, windowsOf } from '../helpers/traces.ts'

knowSetup()

// Alice writes to Bob and to Carol, Dave writes to Erin. Whatever node, prover and chain get and keep from the moment she
// looks Bob up is searched.

let network: TestNetwork
let dataDir: string
let node: Awaited<ReturnType<typeof startNode>>
const aliceKey = generatePrivateKey()
const recordings = { alice: createRecording(), dave: createRecording() }
const chainRequests: string[] = []
const letters: Record<'toBob' | 'toCarol' | 'daves', Recorded[]> = { toBob: [], toCarol: [], daves: [] }
let rowsBefore: Set<string>
let rowsAfter: Set<string>
let secrets: Record<string, Uint8Array | string>

beforeAll(async () => {
  network = await startTestNetwork()
  dataDir = await mkdtemp(join(tmpdir(), 'pennypost-privacy-'))
  node = await start(0)
  const port = Number(new URL(node.url).port)
  const people = await gather()

  await node.close()
  rowsBefore = await dump(dataDir)
  node = await start(port)
  await node.refresh()
  for (const recording of Object.values(recordings)) recording.take()
  chainRequests.length = 0

  letters.toBob = await write(people.alice, people.bob.address, recordings.alice)
  letters.toCarol = await write(people.alice, people.carol.address, recordings.alice)
  for (const to of [people.erin, people.bob, people.carol]) {
    letters.daves.push(...(await write(people.dave, to.address, recordings.dave)))
  }

  secrets = await secretsOf(people.alice)
  await node.close()
  rowsAfter = await dump(dataDir)
})

afterAll(async () => {
  await network?.close()
  await rm(dataDir, { recursive: true, force: true })
})

const start = (port: number) =>
  startNode({
    port,
    dataDir,
    network: network.name,
    chainId: Number(network.trust.chainId),
    noteTree: network.trust.noteTree,
    provers: [network.prover.url],
    signers: [network.prover.signer],
    requestBits: network.trust.requestBits ?? 20,
    checkpointSeconds: 1,
    logLevel: 'silent',
  })

/** Five accounts; the senders have stamps, and have looked at their (empty) inboxes. */
async function gather() {
  const [alice, dave] = [await sender(aliceKey, 'alice'), await sender(generatePrivateKey(), 'dave')]
  const [bob, carol, erin] = await Promise.all([recipient(), recipient(), recipient()])
  return { alice, dave, bob, carol, erin }
}

async function sender(key: `0x${string}`, name: 'alice' | 'dave'): Promise<Client> {
  await network.fund(key, 10n ** 20n)
  const { walletClient, publicClient } = network.connect(key)
  const { token, postage } = network.deployment
  const chain: NonNullable<ClientOptions['chain']> = {
    publicClient: watched(publicClient),
    walletClient: watched(walletClient),
    token,
    postage,
  }
  const privacy = { copySeconds: 86_400, joinSeconds: 86_400, prepareSeconds: 86_400 }
  const client = await network.client({ key, chain, node: node.url, fetch: recordings[name].fetch, privacy })
  expect(await client.stamps.buy({ count: 64 })).toMatchObject({ limit: 64n })
  await client.stamps.prepare({ count: 8 }) // before anything is searched: a page beside a letter would name its sender
  await client.conversations.list()
  return client
}

async function recipient(): Promise<Client> {
  const client = await network.client({ node: node.url })
  expect(await client.policy.set('stamp 1')).toMatchObject({ ok: true })
  return client
}

/** Notes what a client asks of the chain. */
function watched<T extends { request: unknown }>(client: T): T {
  return new Proxy(client, {
    get(target, name, receiver) {
      chainRequests.push(String(name))
      return Reflect.get(target, name, receiver)
    },
  })
}

/** From looking the recipient up to two messages delivered. */
async function write(from: Client, to: string, recording: ReturnType<typeof createRecording>): Promise<Recorded[]> {
  const conversation = await from.conversations.new(to)
  expect(await conversation.quote()).toMatchObject({ ok: true, path: 'sealed' })
  expect(await conversation.send('Dear stranger')).toMatchObject({ ok: true, path: 'sealed' })
  expect(await conversation.send('Are you there?')).toMatchObject({ ok: true })
  return recording.take()
}

async function secretsOf(alice: Client): Promise<Record<string, Uint8Array | string>> {
  const wallet = network.connect(aliceKey).account
  const api = createAnonymousNode({ url: node.url })
  const { envelopes } = await api.queryPage({
    contentTopics: [`/xmtp/0/privatestore-${alice.address}/key_bundle/proto`],
  })
  const { keys, bundle } = await openBackup(envelopes[0]!.message, wallet)
  const { identityKey, preKeys } = keys
  const identitySecret = identityKey.secret
  return {
    address: addressToBytes(alice.address),
    'address as text': alice.address,
    'address in lower case': alice.address.toLowerCase(),
    'wallet key': fromHex(aliceKey),
    'identity secret': identitySecret,
    'identity key': identityKey.publicKey.publicKey,
    'identity key, x only': identityKey.publicKey.publicKey.subarray(1, 33),
    'pre-key secret': preKeys[0]!.secret,
    'pre-key': preKeys[0]!.publicKey.publicKey,
    bundle: encodeBundle(bundle),
    person: toBytes32(personOf(identitySecret)),
    'log key': logPlaceOf(alice.address, identitySecret).key,
  }
}

/** Every row of every table of a node's store, as text. */
async function dump(folder: string): Promise<Set<string>> {
  const database = await PGlite.create(join(folder, 'database'))
  const rows = new Set<string>()
  const { rows: tables } = await database.query<{ schema: string; name: string }>(
    `SELECT table_schema AS schema, table_name AS name FROM information_schema.tables
     WHERE table_schema NOT IN ('pg_catalog', 'information_schema')`,
  )
  for (const { schema, name } of tables) {
    const { rows: found } = await database.query<{ text: string }>(
      `SELECT t::text AS text FROM "${schema}"."${name}" t`,
    )
    for (const { text } of found) rows.add(`${name} ${text}`)
  }
  await database.close()
  return rows
}

const bytesOf = (requests: readonly Recorded[]) => requests.map(({ bytes }) => bytes)

describe('the sealed path', () => {
  test('carries no bearer token, in no request', () => {
    const all = [...letters.toBob, ...letters.toCarol].map(({ bytes }) => Buffer.from(bytes).toString('latin1'))
    expect(all.length).toBeGreaterThan(10)
    expect(all.filter((text) => /^(authorization|cookie):/im.test(text))).toEqual([])
  })

  test('carries nothing of the sender to node or prover', () => {
    expect(findTraces(bytesOf([...letters.toBob, ...letters.toCarol]), secrets)).toEqual([])
  })

  test('leaves nothing of the sender in the store', () => {
    const added = [...rowsAfter].filter((row) => !rowsBefore.has(row)).map((row) => Buffer.from(row))
    expect(added.length).toBeGreaterThan(10)
    expect(findTraces(added, secrets)).toEqual([])
  })

  test('is found by the search where the sender does show', () => {
    const before = [...rowsBefore].map((row) => Buffer.from(row))
    const public_ = ['address as text', 'identity key', 'pre-key']
    expect(findTraces(before, secrets)).toEqual(expect.arrayContaining(public_))
  })

  test('asks nothing of the chain', () => {
    expect(chainRequests).toEqual([])
  })

  test('repeats nothing between two letters of one sender that is not the same for every sender', () => {
    const [toBob, toCarol] = [letters.toBob, letters.toCarol].map((sent) => windowsOf(bytesOf(sent)))
    // A fixed word of the wire with a length before it, or a first random digit behind it, may well stand in two letters; a
    // window counts where no quarter of it is anything that every sender sends.
    const daves = windowsOf(bytesOf(letters.daves), 4)
    const quarters = [0, 4, 8, 12]
    const isEverybodys = (window: string) => quarters.some((start) => daves.has(window.slice(start, start + 4)))
    const repeated = [...toBob!].filter((window) => toCarol!.has(window) && !isEverybodys(window))
    expect(repeated).toEqual([])
    expect([...toBob!].filter((window) => !isEverybodys(window)).length).toBeGreaterThan(1000)
  })

  test('shows two nullifiers, two tags and two lanes for two letters', () => {
    const lanes = [letters.toBob, letters.toCarol].map((sent) => {
      const requests = sent.filter(({ url }) => url.endsWith('/v1/lanes')).map(({ body }) => decodeLaneRequest(body))
      const [lane] = requests.filter(({ topic }) => topic.includes('/sealed-'))
      const kind = lane?.evidence[0]?.kind
      if (kind?.case !== 'ticket') throw new Error('The lane was opened without a ticket.')
      return [lane!.holder, kind.value.nullifier, kind.value.tag, kind.value.y].map((bytes) => toHex(bytes))
    })
    expect(lanes[0]!.filter((value) => lanes[1]!.includes(value))).toEqual([])
  })
})
