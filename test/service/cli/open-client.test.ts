import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { privateKeyToAccount } from 'viem/accounts'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { openAccountStorage } from '../../../service/cli/account-storage.ts'
import type { ClientKind } from '../../../service/cli/command.ts'
import { openClient } from '../../../service/cli/open-client.ts'
import { readClientSettings } from '../../../service/cli/settings.ts'

// One command at a time acts for an account, and what is kept of it is for its owner alone. No node listens here.

const wallet = privateKeyToAccount(`0x${'11'.repeat(32)}`)
const others: ChildProcess[] = []
let home: string
let accounts: string
beforeEach(async () => {
  home = join(await mkdtemp(join(tmpdir(), 'pennypost-open-')), 'home')
  accounts = join(home, 'accounts')
})
afterEach(async () => {
  for (const other of others.splice(0)) other.kill('SIGKILL')
  await rm(join(home, '..'), { recursive: true, force: true })
})

type Opening = { kind?: ClientKind; signal?: AbortSignal; forMs?: number }

async function open({ kind = 'acting', signal = new AbortController().signal, forMs = 200 }: Opening = {}) {
  const settings = await readClientSettings({
    env: { PENNYPOST_HOME: home, PENNYPOST_NODE_URL: 'http://127.0.0.1:9' },
    args: [],
  })
  const patience = { forMs, everyMs: 20 }
  return openClient(wallet, kind, { settings, signal, onProgress: () => undefined, patience })
}

/** Another process that acts for the account. */
async function actElsewhere(): Promise<ChildProcess> {
  await open().catch(() => undefined) // makes the folder, and says how the lock is called
  const other = spawn(process.execPath, [
    '--input-type=module',
    '-e',
    `import { lockDirectory } from './service/plugins/database/lock.ts'
     await lockDirectory(${JSON.stringify(accounts)}, ${JSON.stringify(`${wallet.address}-${await suffix()}`)})
     console.log('locked')
     setInterval(() => {}, 1000)`,
  ])
  others.push(other)
  await new Promise((resolve) => other.stdout?.once('data', resolve))
  return other
}

/** Of the network in the names of an account's files. */
async function suffix(): Promise<string> {
  const { networkIdOf, toHex } = await import('../../../sdk/crypto/index.ts')
  return toHex(networkIdOf('pennypost-local')).slice(0, 8)
}

describe('what is kept of an account', () => {
  test('lies in folders and files of its owner', async () => {
    await expect(open()).rejects.toMatchObject({ code: 'node.unavailable' })
    const path = join(accounts, 'x.json')
    const storage = await openAccountStorage(path)
    await storage.set('a', Uint8Array.of(1))
    const modes = await Promise.all([home, accounts, path].map(async (of) => (await stat(of)).mode & 0o777))
    expect(modes).toEqual([0o700, 0o700, 0o600])
    expect(await readdir(accounts)).toEqual(['x.json']) // no lock is left, and no draft
  })

  test('is whole or as it was, whatever a killed command has left', async () => {
    await open().catch(() => undefined)
    const path = join(accounts, 'x.json')
    await (await openAccountStorage(path)).set('a', Uint8Array.of(1))
    await writeFile(`${path}.draft`, '{"a":') // cut off
    const storage = await openAccountStorage(path)
    expect(await storage.get('a')).toEqual(Uint8Array.of(1))
    await Promise.all([storage.set('b', Uint8Array.of(2)), storage.set('c', Uint8Array.of(3))])
    expect(JSON.parse(await readFile(path, 'utf8'))).toEqual({ a: 'AQ==', b: 'Ag==', c: 'Aw==' })
  })
})

describe('while another command acts for the account', () => {
  test('the next one waits, and then says so', async () => {
    await actElsewhere()
    await expect(open()).rejects.toMatchObject({ code: 'database.busy' })
    await expect(open({ kind: 'staking' })).rejects.toMatchObject({ code: 'database.busy' })
  })

  test('one that listens waits for nobody', async () => {
    await actElsewhere()
    await expect(open({ kind: 'listening' })).rejects.toMatchObject({ code: 'node.unavailable' })
  })

  test('and is killed, its turn is over', async () => {
    const other = await actElsewhere()
    const opening = open({ forMs: 20_000 })
    other.kill('SIGKILL')
    await expect(opening).rejects.toMatchObject({ code: 'node.unavailable' })
  })

  test('whoever waits ends at once when told to', async () => {
    await actElsewhere()
    const ending = new AbortController()
    const opening = open({ signal: ending.signal, forMs: 3_000 })
    ending.abort(new Error('over'))
    await expect(opening).rejects.toThrow('over')
  })
})
