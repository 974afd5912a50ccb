import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openStore } from '../../examples/embedding/store.ts'
import { encodeLaneRequest, encodePublishRequest } from '../../sdk/codec/index.ts'
import { fullHour, type TicketFields } from '../../sdk/evidence/index.ts'
import { NoteTree } from '../../sdk/notes/index.ts'
import { hostNames, startHost } from '../helpers/embedding-host.ts'
import { envelope, laneEnvelope, makeHolder, signCheckpoint, signer, trustOf } from '../helpers/node.ts'
import { proveTickets } from '../helpers/proofs.ts'
import { bob, checkpoint, forestOf, holdNote, lane, laneUse, leafOfNote, ticketRequest } from '../helpers/world.ts'

const now = Math.floor(Date.now() / 1000)
const note = holdNote(1, 1111n, { expiry: BigInt(now + 30 * 86_400) })
const tree = NoteTree.from([leafOfNote(note)])
const trust = trustOf([signer.address])

/** Three lanes: the first two by one message id of a stamp, which may open one; the third by another. */
const lanes = [0, 0, 1].map((messageId, i) => {
  const { seed, holder } = makeHolder(i + 1)
  const fields = { ...lane, holder, expiresAt: BigInt(now + 3600) }
  return { seed, fields, messageId, use: laneUse(fields) }
})

let bodies: [Uint8Array, Uint8Array, Uint8Array]
/** What somebody shows who knows what the third lane is called, and not what opened it. */
let strangersEvidence: NonNullable<Parameters<typeof encodeLaneRequest>[0]['evidence']>[]
let prover: Server
let folder: string
let databases = 0

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pennypost-embedding-'))
  const place = { note, path: tree.path(0), root: tree.root(), asOf: fullHour(now) }
  const tickets: TicketFields[] = []
  for (const { messageId, use } of lanes)
    tickets.push(...(await proveTickets([ticketRequest({ ...place, messageId, use })])))
  bodies = lanes.map(({ fields }, i) => {
    const kind = { case: 'ticket', value: tickets[i] as TicketFields } as const
    return encodeLaneRequest({ ...fields, policyVersion: 1n, evidence: [{ condition: 2, kind }] })
  }) as typeof bodies
  const another = { case: 'ticket', value: tickets[0] as TicketFields } as const
  strangersEvidence = [[], [{ condition: 2, kind: another }]]
  const forest = forestOf(tree.root())
  const said = { ...checkpoint, ...forest, registry: new Uint8Array(20), operations: 1n, roots: [forest.root] }
  const signed = await signCheckpoint({ ...said, issuedAt: BigInt(now) })
  prover = createServer((_, response) => response.end(JSON.stringify({ checkpoints: [signed] })))
  await new Promise<void>((resolve) => prover.listen(0, '127.0.0.1', resolve))
})

afterAll(async () => {
  prover.close()
  prover.closeAllConnections()
  await rm(folder, { recursive: true, force: true })
})

const newDatabase = (): string => join(folder, `${++databases}.sqlite`)

const start = (name: (typeof hostNames)[number], database: string) =>
  startHost(name, {
    NETWORK: 'pennypost-local',
    CHAIN_ID: String(trust.chainId),
    NOTE_TREE: trust.noteTree,
    SIGNER: signer.address,
    PROVER_URL: `http://127.0.0.1:${(prover.address() as AddressInfo).port}`,
    OWNER: bob.address,
    POLICY_VERSION: '1',
    DATABASE: database,
  })

/** How many nullifiers, lanes and letters are kept. */
function countIn(path: string): number[] {
  const db = new DatabaseSync(path)
  const counts = ['nullifiers', 'lanes', 'letters'].map(
    (table) => db.prepare(`select count(*) as n from ${table}`).get()?.n,
  )
  db.close()
  return counts as number[]
}

const letter = (at: number, counter: number, text: string) =>
  encodePublishRequest({ envelopes: [laneEnvelope(lanes[at]!, counter, envelope(lane.topic, text))] })

describe.for(hostNames)('an application with %s that embeds the verifier', (name) => {
  const patience = { timeout: 90_000 }

  test('takes one letter for one stamp, however often all of it is said again', patience, async () => {
    const database = newDatabase()
    const host = await start(name, database)
    const early = letter(2, 1, 'Dear Bob,')
    expect(await host.publish(early)).toMatchObject({ status: 403, code: 'lane.unknown' })
    const opened = await host.openLane(bodies[2])
    expect(opened.status).toBe(200)
    for (let i = 0; i < 3; i++) expect((await host.publish(early)).status).toBe(200)
    expect((await host.openLane(bodies[2])).bytes).toEqual(opened.bytes)
    expect(await host.publish(letter(2, 2, 'And another thing:'))).toMatchObject({ status: 403, code: 'lane.used-up' })
    expect(await host.publish(letter(1, 3, 'Not mine'))).toMatchObject({ status: 403, code: 'lane.unknown' })
    for (const evidence of strangersEvidence)
      expect(
        await host.openLane(encodeLaneRequest({ ...lanes[2]!.fields, policyVersion: 1n, evidence })),
      ).toMatchObject({
        status: 403,
        code: 'lane.opened',
      })
    expect(await host.openLane(bodies[2].slice(0, -1))).toMatchObject({ status: 400 })
    expect(countIn(database)).toEqual([1, 1, 1])
    await host.kill()
    const again = await start(name, database)
    expect((await again.openLane(bodies[2])).bytes).toEqual(opened.bytes)
    expect((await again.publish(letter(2, 2, 'And another thing:'))).code).toBe('lane.used-up')
    await again.kill()
  })

  test('opens one lane where one stamp is shown for two at once, to several processes', patience, async () => {
    const database = newDatabase()
    const hosts = [await start(name, database), await start(name, database), await start(name, database)]
    const db = openStore(database)
    db.exec('begin immediate') // until each of them has verified what it was shown, nobody writes
    const asked = [0, 1, 0].map((at, i) => hosts[i]!.openLane(bodies[at]!))
    await new Promise((resolve) => setTimeout(resolve, 1_000))
    db.exec('rollback')
    const [first, second, third] = await Promise.all(asked)
    const [won, lost] = first!.status === 200 ? [first, second] : [second, first]
    expect([won?.status, lost?.status, lost?.code]).toEqual([200, 409, 'ticket.used'])
    expect([third?.status, third?.bytes]).toEqual([first?.status, first?.bytes])
    expect(countIn(database)).toEqual([1, 1, 0])
    db.close()
    for (const host of hosts) await host.kill()
  })

  test('has kept nothing or all when it is killed between nullifier and lane', patience, async () => {
    const database = newDatabase()
    const db = openStore(database)
    const endless = 'with recursive n(i) as (select 1 union all select i + 1 from n where i < 1e12) select i from n'
    db.exec(`create view endless as ${endless};
      create trigger stuck before insert on lanes begin select count(*) from endless; end`)
    db.exec('pragma busy_timeout = 0')
    const host = await start(name, database)
    const lost = host.openLane(bodies[0]).catch(() => 'lost')
    await expect.poll(() => isLocked(db), { timeout: 90_000 }).toBe(true)
    await host.kill()
    expect(await lost).toBe('lost')
    expect(countIn(database)).toEqual([0, 0, 0])

    db.exec('drop trigger stuck')
    db.close()
    const again = await start(name, database)
    expect((await again.openLane(bodies[0])).status).toBe(200)
    expect(await again.openLane(bodies[1])).toMatchObject({ status: 409, code: 'ticket.used' })
    expect(countIn(database)).toEqual([1, 1, 0])
    await again.kill()
  })
})

/** Whether somebody is writing. */
function isLocked(db: DatabaseSync): boolean {
  try {
    db.exec('begin immediate')
    db.exec('rollback')
    return false
  } catch {
    return true
  }
}
