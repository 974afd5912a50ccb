import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import {
  decodeGrant,
  decodeLeak,
  decodePublishResponse,
  decodeSignedGrant,
  type Envelope,
  encodeLaneRequest,
  encodePublishRequest,
  envelopeToJson,
  leaksTopic,
} from '../../../sdk/codec/index.ts'
import { toBytes32, toHex } from '../../../sdk/crypto/index.ts'
import {
  envelope,
  laneEnvelope,
  laneFields,
  makeAccount,
  makeHolder,
  networkId,
  ticketEvidence,
} from '../../helpers/node.ts'
import { stakeEvidence } from '../../helpers/node-stakes.ts'
import { freePort } from '../../helpers/postgres.ts'

const kills = 6
const binary = { 'content-type': 'application/x-protobuf' }

let running: ChildProcess | undefined
afterEach(() => running?.kill('SIGKILL'))

/** A node in a process of its own, over one directory. */
async function startProcess(directory: string, port: number) {
  const child = spawn(process.execPath, ['test/helpers/node-process.ts', directory, String(port)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  running = child
  await new Promise<void>((resolve, reject) => {
    child.stdout.on('data', (text) => String(text).includes('listens') && resolve())
    child.once('exit', (code) => reject(new Error(`The node ended with ${code}.`)))
  })
  return child
}

async function kill(child: ChildProcess): Promise<void> {
  const exit = once(child, 'exit')
  child.kill('SIGKILL')
  await exit
}

test(`what was acknowledged survives kill -9, ${kills} times`, async () => {
  const directory = await mkdtemp(join(tmpdir(), 'pennypost-kill-'))
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const post = async (path: string, body: Uint8Array | string, headers: Record<string, string> = {}) => {
    const answer = await fetch(url + path, { method: 'POST', body: body as BodyInit, headers })
    const bytes = new Uint8Array(await answer.arrayBuffer())
    if (!answer.ok) throw new Error(`${answer.status} ${Buffer.from(bytes)}`)
    return bytes
  }
  const alice = await makeAccount(0x11)
  const published = new Map<string, Envelope>()
  const receipts = new Map<string, { sent: ReturnType<typeof laneEnvelope>; sequence: bigint }>()
  const leaked = new Set<string>()
  const grants = new Map<string, { request: Uint8Array; grant: Uint8Array }>()
  let count = 0

  /** A wallet that publishes one envelope after the other. */
  async function publishWithToken(): Promise<never> {
    for (;;) {
      const sent = envelope(`/xmtp/0/m-kill${++count % 7}/proto`, `token ${count}`)
      const headers = { authorization: `Bearer ${alice.token}` }
      await post('/message/v1/publish', JSON.stringify({ envelopes: [envelopeToJson(sent)] }), headers)
      published.set(`${sent.contentTopic} ${sent.timestampNs}`, sent)
    }
  }

  /** A lane opened with a ticket, and what it publishes. */
  async function publishWithLane(): Promise<never> {
    for (;;) {
      const id = ++count
      const { holder, seed } = makeHolder(id % 256)
      const topic = `/xmtp/0/m-lane${id}/proto`
      const lane = { ...laneFields(topic, holder, { units: 4 }), seed }
      const request = encodeLaneRequest({ ...lane, evidence: [ticketEvidence(1, id, { scope: true })] })
      grants.set(toHex(lane.use), { request, grant: await post('/v1/lanes', request, binary) })
      for (const counter of [1, 2, 3, 4]) {
        const sent = laneEnvelope(lane, counter, envelope(topic, `lane ${id} ${counter}`))
        const {
          receipts: [receipt],
        } = decodePublishResponse(await post('/v1/publish', encodePublishRequest({ envelopes: [sent] }), binary))
        receipts.set(`${topic} ${counter}`, { sent, sequence: receipt!.sequence })
      }
    }
  }

  /** One stake after the other, each used twice; the refusal of the second use says that the secret is published. */
  async function cheat(): Promise<never> {
    for (;;) {
      const secret = BigInt(++count)
      const use = async () => {
        const lane = laneFields(`/xmtp/0/m-cheat${++count}/proto`, makeHolder(3).holder)
        const evidence = [stakeEvidence(2, { secret, use: lane.use, isCommon: true })]
        return post('/v1/lanes', encodeLaneRequest({ ...lane, evidence }), binary)
      }
      await use()
      await use().catch((error) => {
        if (!error.message.includes('ticket.used')) throw error
        leaked.add(toHex(toBytes32(secret)))
      })
    }
  }

  /** Every secret whose cheat was answered is there, none twice. */
  async function checkLeaks(): Promise<void> {
    const contentTopics = [leaksTopic(networkId)]
    const found: string[] = []
    for (let cursor: unknown; cursor !== null; ) {
      const body = JSON.stringify({ contentTopics, pagingInfo: { cursor, direction: 1 } })
      const page = JSON.parse(Buffer.from(await post('/message/v1/query', body)).toString())
      for (const { message } of page.envelopes) found.push(toHex(decodeLeak(Buffer.from(message, 'base64')).secret))
      cursor = page.pagingInfo.cursor
    }
    expect(new Set(found).size).toBe(found.length)
    expect(found).toEqual(expect.arrayContaining([...leaked]))
  }

  async function checkAll(): Promise<void> {
    const sequences = new Set<bigint>()
    for (const { sent, sequence } of receipts.values()) {
      const {
        receipts: [again],
      } = decodePublishResponse(await post('/v1/publish', encodePublishRequest({ envelopes: [sent] }), binary))
      expect(again!.sequence).toBe(sequence)
      sequences.add(sequence)
    }
    expect(sequences.size).toBe(receipts.size)
    for (const { request, grant } of grants.values()) expect(await post('/v1/lanes', request, binary)).toEqual(grant)
    await checkNullifiers()
    await checkLeaks()
    const stored = await everything(post)
    for (const [key, sent] of published) expect(stored.get(key)).toBe(Buffer.from(sent.message).toString('base64'))
  }

  /** A ticket that opened a lane opens no other one. */
  async function checkNullifiers(): Promise<void> {
    for (const { grant } of [...grants.values()].slice(-5)) {
      const { nullifiers } = decodeGrant(decodeSignedGrant(grant).grant)
      const id = new DataView(nullifiers[0]!.buffer, nullifiers[0]!.byteOffset).getUint32(28)
      const lane = laneFields(`/xmtp/0/m-other${++count}/proto`, makeHolder(3).holder, { units: 4 })
      const request = encodeLaneRequest({ ...lane, evidence: [ticketEvidence(1, id, { scope: true })] })
      await expect(post('/v1/lanes', request, binary)).rejects.toThrow(/ticket\.used/)
    }
  }

  for (let round = 0; round < kills; round++) {
    const child = await startProcess(directory, port)
    const clients = [
      publishWithToken(),
      publishWithToken(),
      publishWithToken(),
      publishWithLane(),
      publishWithLane(),
      cheat(),
    ]
    const stopped = Promise.allSettled(clients)
    const before = published.size
    const isAcknowledged = () => published.size > before && receipts.size > 0 && grants.size > 0 && leaked.size > 0
    await expect.poll(isAcknowledged, { interval: 5 }).toBe(true)
    await new Promise((resolve) => setTimeout(resolve, Math.random() * 400))
    await kill(child)
    for (const { reason } of (await stopped) as PromiseRejectedResult[]) expect(reason.name).toBe('TypeError') // the connection broke
  }
  const child = await startProcess(directory, port)
  await checkAll()
  console.log(`${published.size} envelopes, ${receipts.size} receipts and ${grants.size} grants were there`)
  await kill(child)
  await rm(directory, { recursive: true })
}, 300_000)

type Post = (path: string, body: string) => Promise<Uint8Array>

/** The messages of the wallets' topics by topic and time. */
async function everything(post: Post): Promise<Map<string, string>> {
  const stored = new Map<string, string>()
  for (let i = 0; i < 7; i++) {
    const contentTopics = [`/xmtp/0/m-kill${i}/proto`]
    for (let cursor: unknown; cursor !== null; ) {
      const body = JSON.stringify({ contentTopics, pagingInfo: { cursor, direction: 1 } })
      const page = JSON.parse(Buffer.from(await post('/message/v1/query', body)).toString())
      for (const { contentTopic, timestampNs, message } of page.envelopes)
        stored.set(`${contentTopic} ${timestampNs}`, message)
      cursor = page.pagingInfo.cursor
    }
  }
  return stored
}
