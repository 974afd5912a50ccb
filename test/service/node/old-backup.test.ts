import { cp, mkdtemp, readdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parseRule } from '../../../sdk/policy/index.ts'
import { openPglite, openPostgres } from '../../../service/plugins/database/index.ts'
import { envelope, laneFields, makeAccount, makeHolder, makeStampNode, ticketEvidence } from '../../helpers/node.ts'
import { startPostgres } from '../../helpers/postgres.ts'

let folder: string
let postgres: Awaited<ReturnType<typeof startPostgres>>
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pennypost-old-'))
  postgres = await startPostgres()
})
afterAll(async () => {
  await postgres.stop()
  await rm(folder, { recursive: true })
})

type Config = NonNullable<Parameters<typeof makeStampNode>[0]>
const start = (config: Config) => makeStampNode({ defaultRule: parseRule('stamp 1'), ...config })
type Node = Awaited<ReturnType<typeof start>>
const old = { code: 'database.old' }
const lane = (address: string, ticket: number, byte = ticket) => ({
  ...laneFields(`/xmtp/0/sealed-${address}/proto`, makeHolder(byte).holder),
  evidence: [ticketEvidence(2, ticket)],
})

/** Starts a node, does something, and closes it. */
async function during<T>(config: Config, act: (node: Node) => Promise<T>): Promise<T> {
  const node = await start(config)
  return act(node).finally(() => node.close())
}

describe('data in a directory', () => {
  test('of a backup that lacks a lane is refused; taken nevertheless, the old key never signs again', async () => {
    const { address } = await makeAccount(0x11)
    const [dataDir, copy] = [join(folder, 'lane'), join(folder, 'lane-copy')]
    const key = await during({ dataDir }, async (node) => node.deps.key.publicKey)
    await cp(join(dataDir, 'database'), copy, { recursive: true })
    await during({ dataDir }, async (node) => {
      expect((await node.openLane(lane(address, 1))).status).toBe(201)
      expect((await node.openLane(lane(address, 1, 9))).json.code).toBe('ticket.used')
    })
    await rm(join(dataDir, 'database'), { recursive: true })
    await cp(copy, join(dataDir, 'database'), { recursive: true })
    for (let i = 0; i < 2; i++) await expect(start({ dataDir })).rejects.toMatchObject(old)
    await during({ dataDir, oldBackup: 'accept' }, async (node) => {
      expect(node.deps.key.publicKey).not.toEqual(key)
      expect(node.deps.store.position()).toBeGreaterThan(2n ** 32n - 1n)
    })
    await during({ dataDir }, async (node) => expect(node.deps.key.publicKey).not.toEqual(key))
    await rm(join(dataDir, 'database'), { recursive: true })
    await cp(copy, join(dataDir, 'database'), { recursive: true })
    await expect(start({ dataDir })).rejects.toMatchObject(old) // the same backup once more
    expect((await readdir(dataDir)).filter((name) => name.startsWith('node.key.retired-'))).toHaveLength(1)
  })

  test('of a backup that has everything acknowledged is taken, with all of it and the same key', async () => {
    const alice = await makeAccount(0x12)
    const [dataDir, copy] = [join(folder, 'whole'), join(folder, 'whole-copy')]
    const sent = envelope('/xmtp/0/m-kept/proto', 'kept')
    const key = await during({ dataDir, defaultRule: parseRule('everyone') }, async (node) => {
      expect((await node.publish(alice, sent)).status).toBe(200)
      await node.deps.store.write({}) // a change of nothing leaves the fence where the database is
      return node.deps.key.publicKey
    })
    await cp(join(dataDir, 'database'), copy, { recursive: true })
    await rm(join(dataDir, 'database'), { recursive: true })
    await cp(copy, join(dataDir, 'database'), { recursive: true })
    await during({ dataDir }, async (node) => {
      expect((await node.query(sent.contentTopic)).envelopes).toHaveLength(1)
      expect(node.deps.key.publicKey).toEqual(key)
    })
    const moved = join(folder, 'whole-renamed')
    await rename(dataDir, moved) // as a disk is moved to another machine: the file is the same
    await during({ dataDir: moved }, async (node) => expect(node.deps.key.publicKey).toEqual(key))
    await rename(moved, dataDir)
    const copied = join(folder, 'whole-moved')
    await cp(dataDir, copied, { recursive: true })
    await expect(start({ dataDir: copied })).rejects.toMatchObject(old) // a copy of all may be an old one
    await rm(join(dataDir, 'fence'))
    await expect(start({ dataDir })).rejects.toMatchObject(old)
  })

  test('of before there were fences is taken over; its key moves out of the database, for its owner to read', async () => {
    const dataDir = join(folder, 'before')
    await during({ dataDir }, async () => undefined)
    const database = await openPglite('node', dataDir)
    const seed = Buffer.alloc(32, 7)
    await database.script('delete from secrets')
    await database.write([{ text: `insert into secrets values ('node-key', $1)`, values: [seed] }])
    await database.close()
    for (const name of ['fence', 'node.key']) await rm(join(dataDir, name))
    await during({ dataDir }, async (node) => expect([...node.deps.key.seed]).toEqual([...seed]))
    const after = await openPglite('node', dataDir)
    expect(await after.read({ text: `select name from secrets where name = 'node-key'` })).toEqual([])
    await after.close()
    expect((await stat(join(dataDir, 'node.key'))).mode & 0o777).toBe(0o600)
    expect(await readFile(join(dataDir, 'node.key'), 'utf8')).toBe(`${seed.toString('hex')}\n`)
  })
})

test('a PostgreSQL is backed up whole and put back: the newest backup is taken with the same key, an older one refused', async () => {
  const alice = await makeAccount(0x14)
  const [dataDir, databaseUrl] = [join(folder, 'dumped'), await postgres.database()]
  const name = new URL(databaseUrl).pathname.slice(1)
  const config = { dataDir, databaseUrl, defaultRule: parseRule('everyone') }
  const admin = await openPostgres('admin', databaseUrl.replace(/[^/]*$/, 'postgres'))
  const copy = (from: string, to: string) => admin.script(`create database ${to} template ${from}`)
  const restore = async (from: string) => {
    await admin.script(`drop database ${name}`)
    await copy(from, name)
  }
  const publish = async (topic: string) =>
    await during(config, async (node) => {
      expect((await node.publish(alice, envelope(topic))).status).toBe(200)
      return node.deps.key.publicKey
    })
  const key = await publish('/xmtp/0/m-first/proto')
  await copy(name, 'older')
  await publish('/xmtp/0/m-second/proto')
  await copy(name, 'newest')
  await restore('older')
  await expect(start(config)).rejects.toMatchObject(old)
  await restore('newest')
  await during(config, async (node) => {
    expect(node.deps.key.publicKey).toEqual(key)
    for (const topic of ['first', 'second'])
      expect((await node.query(`/xmtp/0/m-${topic}/proto`)).envelopes).toHaveLength(1)
  })
  await admin.close()
})

test('a PostgreSQL that was put back, or is another one, is refused by the fence of the process', async () => {
  const { address } = await makeAccount(0x13)
  const [dataDir, databaseUrl] = [join(folder, 'postgres'), await postgres.database()]
  const config = { dataDir, databaseUrl }
  const admin = await openPostgres('test', databaseUrl)
  await during(config, async () => undefined)
  const [before] = await admin.read({ text: `select value from counters where name = 'sequence'` })
  await during(config, async (node) => expect((await node.openLane(lane(address, 3))).status).toBe(201))
  await admin.script(`delete from nullifiers; delete from lanes; update counters set value = ${before.value}`)
  await admin.close()
  await expect(start(config)).rejects.toMatchObject(old)
  await expect(start({ dataDir, databaseUrl: await postgres.database() })).rejects.toMatchObject(old)
  await during({ ...config, oldBackup: 'accept' }, async (node) => expect(node.deps.store.position()).not.toBe(0n))
})
