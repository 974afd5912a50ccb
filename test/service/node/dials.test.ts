import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { encodeLaneRequest, encodePublishRequest, ownedTopic } from '../../../sdk/codec/index.ts'
import { createCredentialProver, fullHour } from '../../../sdk/evidence/index.ts'
import { factEpochOf, factExpiryOf } from '../../../sdk/verifier/index.ts'
import { nodeSettings } from '../../../service/node/index.ts'
import { credentialRequest, factNote, issuer, rule } from '../../helpers/credentials.ts'
import {
  checkpointOf,
  envelope,
  followed,
  laneEnvelope,
  laneFields,
  makeAccount,
  makeHolder,
  networkId,
  signCheckpoint,
  signer,
} from '../../helpers/node.ts'
import { freePort } from '../../helpers/postgres.ts'
import { openSockets } from '../../helpers/sockets.ts'

// A node learns what is so of an account from whoever shows it, and from its provers what counts: it asks nobody else anything.

let folder: string
let prover: Server
let node: ChildProcess | undefined

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pennypost-dials-'))
  const issuers = [{ url: 'http://issuer.test', ...issuer.key }]
  const checkpoints = [await signCheckpoint(checkpointOf({ issuers }))]
  prover = createServer((_, response) => {
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ checkpoints }))
  }).listen(0, '127.0.0.1')
  await once(prover, 'listening')
})
afterAll(async () => {
  node?.kill('SIGKILL')
  prover?.closeAllConnections()
  prover?.close()
  await rm(folder, { recursive: true, force: true })
})

const portOf = (server: Server) => (server.address() as AddressInfo).port

/** The program that `npm run node` runs, with a prover and no other address of anybody. */
function startProgram(port: number, dials: string): ChildProcess {
  const settings = {
    PENNYPOST_PORT: String(port),
    PENNYPOST_DATA_DIR: 'memory',
    PENNYPOST_PROVERS: `http://127.0.0.1:${portOf(prover)}`,
    PENNYPOST_SIGNERS: signer.address,
    PENNYPOST_CHAIN_ID: String(followed.chainId),
    PENNYPOST_NOTE_TREE: followed.noteTree,
    PENNYPOST_DEFAULT_RULE: rule,
    PENNYPOST_CHECKPOINT_SECONDS: '1',
    PENNYPOST_LOG_LEVEL: 'error',
  }
  const args = ['--import', './test/helpers/record-dials.ts', 'service/node/main.ts']
  const env = { PATH: process.env.PATH ?? '', DIALS_FILE: dials, ...settings }
  return spawn(process.execPath, args, { env, stdio: ['ignore', 'ignore', 'inherit'] })
}

/** A lane on an account's letters by a credential, and what is published under it. */
async function writeByFact(post: (path: string, body: Uint8Array) => Promise<number>): Promise<number[]> {
  const bob = await makeAccount(0x22)
  const topic = ownedTopic('sealed', bob.address)
  const holder = makeHolder(7)
  const { use, ...fields } = laneFields(topic, holder.holder)
  const now = Math.floor(Date.now() / 1000)
  const note = factNote(41, 1111n, { expiry: BigInt(factExpiryOf(factEpochOf(now))) })
  const credentials = createCredentialProver()
  const value = await credentials.prove(
    credentialRequest({ note, networkId, use, toward: { recipient: bob.bytes }, asOf: fullHour(now) }),
  )
  credentials.close()
  const evidence = [{ condition: 2, kind: { case: 'credential' as const, value } }]
  const opened = await post('/v1/lanes', encodeLaneRequest({ ...fields, evidence }))
  const sent = laneEnvelope({ use, seed: holder.seed }, 1, envelope(topic))
  return [opened, await post('/v1/publish', encodePublishRequest({ envelopes: [sent] }))]
}

test('a node that lets holders of facts write calls its provers, and nobody else', async () => {
  expect(Object.values(nodeSettings).filter(({ name }) => /RPC/.test(name))).toEqual([])
  const [port, dials] = [await freePort(), join(folder, 'dials')]
  const started = startProgram(port, dials)
  node = started
  const seen = new Set<string>()
  const look = setInterval(() => {
    for (const { protocol, local, remote } of openSockets(started.pid ?? 0))
      if (local !== port && !(protocol.startsWith('tcp') && remote === 0)) seen.add(`${protocol} ${remote}`) // nor listens
  }, 50)
  const url = `http://127.0.0.1:${port}`
  const info = () => fetch(`${url}/v1/info`).then((response) => response.json())
  await vi.waitFor(async () => expect(await info()).toMatchObject({ checkpointSequence: '1' }), {
    timeout: 90_000,
    interval: 100,
  })
  const headers = { 'content-type': 'application/x-protobuf' }
  const post = async (path: string, body: Uint8Array) =>
    (await fetch(`${url}${path}`, { method: 'POST', headers, body: Buffer.from(body) })).status
  expect(await writeByFact(post)).toEqual([201, 200])
  clearInterval(look)
  const called = new Set((await readFile(dials, 'utf8')).trim().split('\n'))
  expect([...called]).toEqual([`connect 127.0.0.1:${portOf(prover)}`])
  if (process.platform === 'linux') expect([...seen]).toEqual([`tcp ${portOf(prover)}`])
})
