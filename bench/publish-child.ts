import { connect, type Socket } from 'node:net'
import { digestEnvelope, encodeLaneRequest, envelopeStatement } from '../sdk/codec/index.ts'
import { ed25519PublicKey, networkIdOf, randomBytes, signEd25519, toBase64, useOf } from '../sdk/crypto/index.ts'
import { useFastEd25519 } from '../service/node/ed25519.ts'

// The clients of the publish benchmark, in a process of their own. Each connection has a lane of its own, whose envelopes are
// signed beforehand, and sends the next request when the last one is answered. HTTP is written and read by hand: a full
// client costs more than the server that is measured.

/** What the parent asks for. */
export type PublishJob = {
  readonly port: number
  readonly connections: number
  /** Requests of each connection. */
  readonly requests: number
  /** Whether lanes must be opened first; the bare route knows none. */
  readonly opensLanes: boolean
}

/** What it is told. */
export type PublishResult = { readonly perSecond: number; readonly p50: number; readonly p99: number }

const messageBytes = 300

async function prepare({ port, requests, opensLanes }: PublishJob): Promise<Buffer[]> {
  const seed = randomBytes(32)
  const holder = ed25519PublicKey(seed)
  const topic = `/xmtp/0/m-${Buffer.from(randomBytes(32)).toString('hex')}/proto`
  const lane = { topic, holder, units: requests, expiresAt: BigInt(Math.floor(Date.now() / 1000) + 3600) }
  const use = useOf({ ...lane, networkId: networkIdOf('pennypost-local'), units: BigInt(requests) })
  if (opensLanes) {
    const headers = { 'content-type': 'application/x-protobuf' }
    const body = encodeLaneRequest(lane) as BodyInit
    const answer = await fetch(`http://127.0.0.1:${port}/v1/lanes`, { method: 'POST', body, headers })
    if (answer.status !== 201) throw new Error(await answer.text())
  }
  return Array.from({ length: requests }, (_, i) => {
    const envelope = {
      contentTopic: topic,
      timestampNs: BigInt(Date.now()) * 1_000_000n + BigInt(i),
      message: randomBytes(messageBytes),
    }
    const digest = digestEnvelope(envelope)
    const statement = envelopeStatement(use, { counter: i + 1, timestampNs: envelope.timestampNs, digest })
    const json = {
      envelope: {
        contentTopic: topic,
        timestampNs: envelope.timestampNs.toString(),
        message: toBase64(envelope.message),
      },
      use: toBase64(use),
      counter: i + 1,
      signature: toBase64(signEd25519(statement, seed)),
    }
    return requestOf(JSON.stringify({ envelopes: [json] }))
  })
}

const requestOf = (body: string): Buffer =>
  Buffer.from(
    `POST /v1/publish HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
  )

/** Sends the requests one after the other; answers how long each took. */
function send(socket: Socket, requests: readonly Buffer[]): Promise<number[]> {
  return new Promise((resolve, reject) => {
    const times: number[] = []
    let started = performance.now()
    let answer = ''
    socket.on('error', reject)
    socket.on('data', (chunk) => {
      answer += chunk.toString('latin1')
      if (!isWhole(answer)) return
      if (!answer.startsWith('HTTP/1.1 200')) return reject(new Error(answer))
      times.push(performance.now() - started)
      answer = ''
      const next = requests[times.length]
      if (!next) return resolve(times)
      started = performance.now()
      socket.write(next)
    })
    socket.write(requests[0] as Buffer)
  })
}

function isWhole(answer: string): boolean {
  const end = answer.indexOf('\r\n\r\n')
  const length = /content-length: (\d+)/i.exec(answer)?.[1]
  return end >= 0 && length !== undefined && answer.length >= end + 4 + Number(length)
}

async function run(job: PublishJob): Promise<PublishResult> {
  const prepared: Buffer[][] = []
  for (let i = 0; i < job.connections; i++) prepared.push(await prepare(job))
  const sockets = await Promise.all(
    prepared.map(
      () =>
        new Promise<Socket>((resolve) => {
          const socket = connect(job.port, '127.0.0.1', () => resolve(socket))
          socket.setNoDelay(true)
        }),
    ),
  )
  const started = performance.now()
  const times = (await Promise.all(sockets.map((socket, i) => send(socket, prepared[i] ?? []))))
    .flat()
    .sort((a, b) => a - b)
  const seconds = (performance.now() - started) / 1000
  for (const socket of sockets) socket.destroy()
  const at = (part: number): number => times[Math.floor(times.length * part)] ?? Number.NaN
  return { perSecond: times.length / seconds, p50: at(0.5), p99: at(0.99) }
}

useFastEd25519()
process.on('message', (job: PublishJob) => {
  run(job).then(
    (result) => process.send?.(result),
    (error) => {
      console.error(error)
      process.exit(1)
    },
  )
})
