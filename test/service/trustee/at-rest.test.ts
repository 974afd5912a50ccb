import { glob, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openPglite } from '../../../service/plugins/database/index.ts'
import { claimOf, type MadeDeposit } from '../../helpers/deposits.ts'
import { hear, said, startTrusteeNetwork, type TrusteeNetwork } from '../../helpers/trustee-network.ts'

let network: TrusteeNetwork

beforeAll(async () => {
  network = await startTrusteeNetwork()
})
afterAll(() => network.close())

/** All columns of all rows of all tables, as a thief reads them. */
async function rowsOf(dataDir: string): Promise<Buffer[]> {
  const database = await openPglite('thief', dataDir)
  const values: Buffer[] = []
  for (const table of ['deposits', 'answers', 'claims', 'positions']) {
    const rows = await database.read({ text: `select * from ${table}` })
    expect(rows.length, table).toBeGreaterThan(0)
    for (const value of rows.flatMap((row) => Object.values(row)))
      values.push(Buffer.isBuffer(value) ? value : Buffer.from(String(value)))
  }
  await database.close()
  return values
}

async function filesOf(folder: string): Promise<Buffer[]> {
  const files: Buffer[] = []
  for await (const entry of glob('**/*', { cwd: folder, withFileTypes: true }))
    if (entry.isFile()) files.push(await readFile(join(entry.parentPath, entry.name)))
  expect(files.length).toBeGreaterThan(100)
  return files
}

const secretsOf = ({ deposit, channel }: MadeDeposit, identityKey: Uint8Array): Uint8Array[] => [
  deposit.share,
  deposit.letter,
  deposit.recipient,
  deposit.depositor,
  ...(deposit.lane ? [deposit.lane.key] : []),
  ...deposit.commitments,
  identityKey,
  channel.key,
  Buffer.from(channel.topic),
]

function expectNone(of: readonly Buffer[], secrets: readonly Uint8Array[]): void {
  for (const found of of) {
    for (const secret of secrets.map((one) => Buffer.from(one))) {
      expect(found.includes(secret)).toBe(false)
      for (const encoding of ['hex', 'base64'] as const) expect(found.includes(secret.toString(encoding))).toBe(false)
    }
  }
}

test('who has the database without its key reads nothing of what is held, asked for, handed out or withdrawn', async () => {
  const dataDir = await network.makeDataDir()
  const trustee = await network.start({ dataDir })
  const [asked, given, withdrawn] = [
    await network.depositAt(trustee, 0x22),
    await network.depositAt(trustee, 0x23),
    await network.depositAt(trustee, 0x24),
  ]
  await network.appear(given.keyring)
  await asked.channel.say(await claimOf(0x22, [asked.deposit.letter], asked.keyring))
  await given.channel.say(await claimOf(0x23, [given.deposit.letter], given.keyring))
  await withdrawn.channel.say(withdrawn.change(0n, 1))
  await withdrawn.channel.say(await claimOf(0x24, [withdrawn.deposit.letter], withdrawn.keyring))
  const answers = [...(await hear<{ sealed: Uint8Array }>(given, 'share')), ...(await hear(withdrawn, 'refused'))]
  await hear(asked, 'refused')
  await network.stop(trustee)
  expect(await said(withdrawn, 'share')).toEqual([])
  const secrets = [asked, given, withdrawn].flatMap((made) =>
    secretsOf(made, made.keyring.identity.bundle.identityKey.publicKey),
  )
  const sealed = (answers[0] as { sealed: Uint8Array }).sealed
  for (const found of [await filesOf(join(dataDir, 'database')), await rowsOf(dataDir)])
    expectNone(found, [...secrets, sealed])
})
