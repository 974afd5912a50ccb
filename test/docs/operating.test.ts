import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { toBase64 } from '../../sdk/crypto/index.ts'
import { envelope, makeAccount } from '../helpers/node.ts'
import { freePort } from '../helpers/postgres.ts'

// The page's commands for the embedded database, as they stand there, by a shell: only the folders and `systemctl` are this test's.

const run = promisify(execFile)
const patience = { timeout: 90_000, interval: 50 }
let folder: string
let port: number
let units: Server
let child: ChildProcess | undefined

const start = () => {
  const dataDir = join(folder, 'lib/pennypost-node')
  const flags = ['--port', `${port}`, '--metrics-port', '0', '--data-dir', dataDir, '--default-rule', 'everyone']
  const args = ['--disable-warning=ExperimentalWarning', 'service/node/main.ts', ...flags, '--log-level', 'silent']
  child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'pipe'] })
}

async function stop(): Promise<void> {
  if (!child || child.exitCode !== null) return
  const ended = once(child, 'exit')
  child.kill('SIGTERM')
  await ended
}

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pennypost-operating-'))
  port = await freePort()
  for (const name of ['lib', 'backups', 'bin']) await mkdir(join(folder, name))
  units = createServer(async ({ url }, response) => {
    if (url === '/stop') await stop()
    else start()
    response.end()
  })
  await new Promise<void>((resolve) => units.listen(0, '127.0.0.1', resolve))
  const manager = `http://127.0.0.1:${(units.address() as AddressInfo).port}`
  const systemctl = `#!/bin/sh\nexec "${process.execPath}" -e "await fetch('${manager}/$1')"\n`
  await writeFile(join(folder, 'bin/systemctl'), systemctl, { mode: 0o755 })
})

afterEach(async () => {
  await stop()
  units.close()
  await rm(folder, { recursive: true, force: true })
})

/** Runs the block under a heading that is about the embedded database. */
async function runBlock(heading: string): Promise<void> {
  const page = await readFile('docs/operating.md', 'utf8')
  const section = page.split(/^## /m).find((one) => one.startsWith(`${heading}\n`)) ?? ''
  const [, block = expect.fail(heading)] = /^```sh\n([\s\S]*?)^```$/m.exec(section) ?? []
  const script = block.replaceAll('/var/', `${folder}/`)
  await run('sh', ['-ec', script], { env: { ...process.env, PATH: `${join(folder, 'bin')}:${process.env.PATH}` } })
}

const isReady = async () => (await fetch(`http://127.0.0.1:${port}/readyz`).catch(() => undefined))?.ok ?? false
const untilReady = () => vi.waitFor(async () => expect(await isReady()).toBe(true), patience)

async function publish(topic: string): Promise<void> {
  const { token } = await makeAccount(0x21)
  const { message, ...sent } = envelope(topic)
  const body = JSON.stringify({
    envelopes: [{ ...sent, timestampNs: `${sent.timestampNs}`, message: toBase64(message) }],
  })
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
  const { status } = await fetch(`http://127.0.0.1:${port}/message/v1/publish`, { method: 'POST', headers, body })
  expect(status).toBe(200)
}

test('the commands of the page back a node up and restore it, and an older backup does not start', async () => {
  start()
  await untilReady()
  await publish('/xmtp/0/m-kept/proto')
  await runBlock('Back up')
  await untilReady()
  await runBlock('Restore')
  await untilReady()
  await publish('/xmtp/0/m-later/proto')
  await runBlock('Restore')
  const [said] = await Promise.all([once(child?.stderr ?? expect.fail(), 'data'), once(child ?? expect.fail(), 'exit')])
  expect(String(said)).toContain('The database is not what this node left')
  expect(child?.exitCode).toBe(1)
})
