import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { nodeSettings } from '../../service/node/index.ts'
import { flagOf, readSettings } from '../../service/plugins/settings.ts'
import { proverSettings } from '../../service/prover/config.ts'
import { freePort } from '../helpers/postgres.ts'

// Services as their operators and supervisors run them.

const patience = { timeout: 90_000, interval: 50 }

let dataDir: string
const children: ChildProcess[] = []
beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'pennypost-process-'))
})
afterEach(async () => {
  for (const child of children.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null) continue
    child.kill('SIGKILL')
    await once(child, 'exit')
  }
})
afterAll(() => rm(dataDir, { recursive: true, force: true }))

type Run = { readonly child: ChildProcess; output: string; readonly ended: Promise<number | null> }

function run(command: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Run {
  const child = spawn(command, args, { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] })
  children.push(child)
  const ended = once(child, 'exit').then(([code]) => code as number | null)
  const started: Run = { child, output: '', ended }
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (data) => (started.output += data))
  return started
}

const startNode = (port: number, directory = dataDir, env: NodeJS.ProcessEnv = {}) =>
  run(process.execPath, ['service/node/main.ts', '--port', String(port), '--data-dir', directory], env)

const isUp = (port: number) =>
  fetch(`http://127.0.0.1:${port}/healthz`).then(
    ({ ok }) => ok,
    () => false,
  )
const waitUntilUp = (port: number) => vi.waitFor(async () => expect(await isUp(port)).toBe(true), patience)

describe('a node', () => {
  test('that was killed can be started in the same moment, again and again', async () => {
    const port = await freePort()
    let node = startNode(port, dataDir, { NODE_OPTIONS: '' }) // initialises its database, as the first start of all does
    await waitUntilUp(port)
    expect(node.output).not.toMatch(/healthz|"req"|remoteAddress/) // who asked for what is not written down
    for (let round = 0; round < 3; round++) {
      node.child.kill('SIGKILL')
      node = startNode(port) // before the one that was killed has ended, or anybody has noticed
      await Promise.race([waitUntilUp(port), node.ended])
      expect([node.child.exitCode, node.output]).toEqual([null, expect.stringContaining('The node is running.')])
    }
    node.child.kill('SIGTERM')
    expect(await node.ended).toBe(0)
    expect(node.output).toContain('The node is closing.')
    expect(node.output).toContain(`"PENNYPOST_PORT":${port}`)
  })

  test('of several that are started at once after one was killed, exactly one runs', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'pennypost-once-'))
    const port = await freePort()
    const first = startNode(port, directory)
    await waitUntilUp(port)
    const ports = await Promise.all([1, 2, 3].map(() => freePort()))
    first.child.kill('SIGKILL')
    const nodes = ports.map((next) => startNode(next, directory))
    await vi.waitFor(() => expect(nodes.filter(({ child }) => child.exitCode !== null)).toHaveLength(2), patience)
    await vi.waitFor(async () => expect((await Promise.all(ports.map(isUp))).filter(Boolean)).toHaveLength(1), patience)
    for (const { child, output } of nodes) {
      if (child.exitCode !== null)
        expect([child.exitCode, output]).toEqual([1, expect.stringMatching(/Process \d+ uses/)])
    }
    await rm(directory, { recursive: true, force: true })
  })

  test('started by npm ends with it, and lets go of port and data', async () => {
    const port = await freePort()
    const npm = run('npm', ['run', '--silent', 'node', '--', '--port', String(port), '--data-dir', dataDir])
    await waitUntilUp(port)
    npm.child.kill('SIGTERM')
    await npm.ended
    await vi.waitFor(async () => expect(await isUp(port)).toBe(false), patience)
    const next = startNode(port)
    await Promise.race([waitUntilUp(port), next.ended])
    expect(next.child.exitCode).toBeNull()
  })
})

describe('a command', () => {
  test.each([
    ['service/node/main.ts', 'pennypost-node', nodeSettings],
    ['service/prover/main.ts', 'pennypost-prover', proverSettings],
    ['service/prover/watch.ts', 'pennypost-watch', proverSettings],
  ])('%s says its version, and every flag with its variable', async (file, name, settings) => {
    const [version, help] = ['--version', '--help'].map((flag) => run(process.execPath, [file, flag])) as [Run, Run]
    expect([await version.ended, await help.ended]).toEqual([0, 0])
    const { version: published, bin } = JSON.parse(await readFile('service/package.json', 'utf8'))
    expect(version.output).toBe(`${name} ${published}\n`)
    expect(bin[name]).toBe(file.replace('service', '.'))
    const said = help.output.match(/^--.*(?=\))/gm)
    expect(said).toEqual(
      Object.values(settings).map(({ name: variable }) =>
        expect.stringContaining(`${flagOf(variable)}, ${variable} (`),
      ),
    )
  })

  test.each([
    ['a variable', [], { PENNYPOST_FLOR: 'nobody' }, 'There is no PENNYPOST_FLOR. Did you mean PENNYPOST_FLOOR?\n'],
    ['a flag', ['--dat-dir', 'x'], {}, 'There is no flag --dat-dir. Did you mean --data-dir?\n'],
  ])('names %s that was mistyped, and what was meant', async (_, args, env, message) => {
    const { ended, output } = await settled(run(process.execPath, ['service/node/main.ts', ...args], env))
    expect([ended, output]).toEqual([1, message])
  })

  test('names variables that it has no use for', async () => {
    const env = { PENNYPOST_RPC_URL: 'http://127.0.0.1:1', PENNYPOST_SOMETHING: '1', PENNYPOST_FLOOR: 'nothing' }
    const { output } = await settled(run(process.execPath, ['service/node/main.ts'], env))
    expect(output).toMatch(
      /^Not settings of pennypost-node: PENNYPOST_RPC_URL, PENNYPOST_SOMETHING\.\nPENNYPOST_FLOOR: /,
    )
  })

  test('says in one line that its port is taken', async () => {
    const taken = createServer().listen(0, '127.0.0.1')
    await once(taken, 'listening')
    const { port } = taken.address() as AddressInfo
    const args = ['--port', String(port), '--data-dir', 'memory', '--log-level', 'error']
    const { ended, output } = await settled(run(process.execPath, ['service/node/main.ts', ...args]))
    taken.close()
    expect([ended, output]).toEqual([
      1,
      `Something else listens on port ${port} of 127.0.0.1. Set another one with PENNYPOST_PORT or PENNYPOST_METRICS_PORT.\n`,
    ])
  })

  test('takes no setting of another one for a mistyped one of its own', () => {
    const names = (table: object) => Object.values(table).map(({ name }) => name as string)
    const env = Object.fromEntries([...names(nodeSettings), ...names(proverSettings)].map((name) => [name, '']))
    const others = {
      PENNYPOST_RPC_URL: '',
      PENNYPOST_DEPLOYER_KEY: '',
      PENNYPOST_EXPLORER_KEY: '',
      PENNYPOST_PERSON: '',
    }
    for (const settings of [nodeSettings, proverSettings]) {
      const rest = Object.fromEntries(Object.entries(settings).map(([key, one]) => [key, { ...one, fallback: '' }]))
      const read = Object.fromEntries(Object.entries(rest).map(([key, one]) => [key, { ...one, read: String }]))
      expect(() =>
        readSettings(read, { env: { ...env, ...others, PENNYPOST_OF_A_LATER_VERSION: 'x' }, args: [] }),
      ).not.toThrow()
    }
  })
})

const settled = async (started: Run) => ({ ended: await started.ended, output: started.output })
