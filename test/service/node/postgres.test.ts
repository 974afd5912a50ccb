import { afterAll, beforeAll, expect, test } from 'vitest'
import { parseRule } from '../../../sdk/policy/index.ts'
import { openPostgres } from '../../../service/plugins/database/index.ts'
import {
  envelope,
  laneEnvelope,
  laneFields,
  makeAccount,
  makeHolder,
  makeStampNode,
  type TestAccount,
  ticketEvidence,
} from '../../helpers/node.ts'
import { startPostgres } from '../../helpers/postgres.ts'

let server: Awaited<ReturnType<typeof startPostgres>>
let databaseUrl: string
let node: Awaited<ReturnType<typeof makeStampNode>>
let alice: TestAccount
const start = () => makeStampNode({ databaseUrl, defaultRule: parseRule('stamp 1') })

beforeAll(async () => {
  server = await startPostgres()
  databaseUrl = await server.database()
  alice = await makeAccount(0x11)
  node = await start()
})
afterAll(async () => {
  await node.close()
  await server.stop()
})

const lane = (nullifier: number, byte = nullifier) => {
  const { holder, seed } = makeHolder(byte % 256)
  const fields = laneFields(`/xmtp/0/sealed-${alice.address}/proto`, holder)
  return { ...fields, seed, evidence: [ticketEvidence(2, nullifier)] }
}

test('one ticket opens one lane, of 200 that ask at the same time', async () => {
  const answers = await Promise.all(Array.from({ length: 200 }, (_, i) => node.openLane(lane(1, i))))
  expect(answers.filter(({ status }) => status === 201)).toHaveLength(1)
})

test('a node that starts again has the lanes, the nullifiers and the key that it had', async () => {
  const asked = lane(2)
  const first = await node.openLane(asked)
  const { publicKey } = node.deps.key
  await node.close()
  node = await start()
  expect((await node.openLane(asked)).bytes).toEqual(first.bytes)
  expect((await node.openLane(lane(2, 77))).json.code).toBe('ticket.used')
  expect((await node.publishLane(laneEnvelope(asked, 1, envelope(asked.topic)))).status).toBe(200)
  expect(node.deps.key.publicKey).toEqual(publicKey)
})

test('a database that is away is said to be, loses nothing that was acknowledged, and is found again', async () => {
  const admin = await openPostgres('test', databaseUrl)
  const terminate = () =>
    admin.read({
      text: "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'pennypost-node'",
    })
  const sent = Array.from({ length: 300 }, (_, i) => envelope('/xmtp/0/m-lost/proto', String(i)))
  const acknowledged: number[] = []
  for (const [i, one] of sent.entries()) {
    if (i % 60 === 30) await terminate()
    const { status, json } = await node.publish(alice, one)
    if (status === 200) acknowledged.push(i)
    else expect([status, json.code]).toEqual([503, 14])
  }
  expect(acknowledged.length).toBeGreaterThan(200) // it takes a while to come back, and longer on a busy machine
  await expect.poll(async () => (await node.publish(alice, envelope('/xmtp/0/m-lost/proto', 'end'))).status).toBe(200)
  const times = new Set<string>()
  for (let cursor: unknown; cursor !== null; ) {
    const page = await node.post('/message/v1/query', {
      contentTopics: ['/xmtp/0/m-lost/proto'],
      pagingInfo: { cursor },
    })
    for (const { timestampNs } of page.json.envelopes) times.add(timestampNs)
    cursor = page.json.pagingInfo.cursor
  }
  expect(acknowledged.filter((i) => !times.has(String(sent[i]?.timestampNs)))).toEqual([])
  await admin.close()
})

test('while the database takes no writes, a node is alive, and not ready', async () => {
  const admin = await openPostgres('test-admin', databaseUrl)
  const setReadOnly = async (value: 'on' | 'off') => {
    await admin.script(`alter system set default_transaction_read_only = ${value}`)
    await admin.script('select pg_reload_conf()')
  }
  const ask = async (url: string) => (await node.app.inject({ method: 'GET', url })).statusCode
  expect([await ask('/healthz'), await ask('/readyz')]).toEqual([200, 200])
  await setReadOnly('on')
  await expect.poll(() => ask('/readyz')).toBe(503)
  expect(await ask('/healthz')).toBe(200)
  await setReadOnly('off')
  await expect.poll(() => ask('/readyz')).toBe(200)
  await admin.close()
})
