import { readdir, readFile, stat } from 'node:fs/promises'
import { load } from 'js-yaml'
import { describe, expect, test } from 'vitest'
import { nodeOptions } from '../../bench/soak/node-process.ts'
import { nodeSettings, readNodeConfig } from '../../service/node/config.ts'
import { bodyLimits } from '../../service/node/wire/body-limits.ts'
import { connectionTimes } from '../../service/plugins/bound-connections.ts'
import { proverSettings, readProverConfig } from '../../service/prover/config.ts'

// What operators copy names what there is: settings, commands, ports and paths of the services as they are.

const read = (file: string): Promise<string> => readFile(`deploy/${file}`, 'utf8')
const variablesIn = (text: string): string[] => [...new Set(text.match(/\bPENNYPOST_[A-Z_]+/g))]
const namesOf = (table: Record<string, { name: string }>) => Object.values(table).map(({ name }) => name)
const known = { node: namesOf(nodeSettings), prover: namesOf(proverSettings) }
const { bin } = JSON.parse(await readFile('service/package.json', 'utf8'))

type Service = {
  command?: string[]
  read_only?: boolean
  cap_drop?: string[]
  env_file?: string[]
  environment?: Record<string, string>
  healthcheck: { test: string[] }
  volumes?: string[]
  ports?: string[]
  secrets?: string[]
}
const compose = load(await read('compose.yaml')) as {
  services: Record<'node' | 'prover' | 'database', Service>
  volumes: object
  secrets: Record<string, { file: string }>
}

/** The example's variables, as a shell would hand them on. */
async function exampleEnv(): Promise<Record<string, string>> {
  const lines = (await read('network.env.example')).split('\n').filter((line) => /^[A-Z]/.test(line))
  return Object.fromEntries(lines.map((line) => line.split(/=(.*)/).slice(0, 2)))
}

describe('every file', () => {
  test('names settings and commands that there are', async () => {
    const files = (await readdir('deploy', { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile())
    expect(files.length).toBeGreaterThan(8)
    for (const { parentPath, name } of files) {
      const text = await readFile(`${parentPath}/${name}`, 'utf8')
      for (const variable of variablesIn(text)) expect([...known.node, ...known.prover]).toContain(variable)
      for (const [command] of text.matchAll(/\bpennypost-(node|prover|watch)\b(?!\.(service|env))/g))
        expect(Object.keys(bin)).toContain(command)
    }
  })
})

describe('the compose file', () => {
  test.each(['node', 'prover'] as const)(
    'starts a %s with what it takes, without rights, on a root that is read-only',
    async (name) => {
      const { command = [], environment = {}, ...service } = compose.services[name]
      expect(command.join(' ')).toMatch(new RegExp(`exec pennypost-${name}$`))
      expect(service).toMatchObject({ read_only: true, cap_drop: ['ALL'], secrets: ['database-password'] })
      expect(service.volumes).toEqual([`${name}:/data`])
      expect(Object.keys(compose.volumes)).toContain(name)
      const url = /PENNYPOST_DATABASE_URL="([^"]+)"/.exec(command.join(' '))?.[1]?.replace(/\$\$\(.*?\)/, 'secret')
      const env = { ...(await exampleEnv()), ...environment, PENNYPOST_DATABASE_URL: url ?? 'none' }
      const config = name === 'node' ? readNodeConfig({ env, args: [] }) : readProverConfig({ env, args: [] })
      expect(config.databaseUrl).toBe(`postgres://pennypost:secret@database/${name}`)
      expect(service.ports).toEqual([`127.0.0.1:${config.port}:${config.port}`])
    },
  )

  test('asks each for its health where it answers', () => {
    const { node, prover } = compose.services
    expect(node.healthcheck).toBeUndefined() // the image's own
    expect(prover.healthcheck.test.join(' ')).toContain(
      `127.0.0.1:${proverSettings.port.read(proverSettings.port.fallback ?? '')}/readyz`,
    )
  })
})

describe('the image', () => {
  test('runs as a user without rights, writes to its volume alone, and asks the node whether it is ready', async () => {
    const text = await read('Containerfile')
    const last = text.slice(text.lastIndexOf('FROM '))
    expect(last).toMatch(/^USER node$/m)
    expect(last).toMatch(/PENNYPOST_DATA_DIR=\/data/)
    expect(last).toMatch(/^VOLUME \/data$/m)
    expect(last).toContain('http://127.0.0.1:5555/readyz')
    for (const folder of text.match(/(?<=\.\/)(sdk|service)(?=\/dist)/g) ?? [])
      expect((await stat(folder)).isDirectory()).toBe(true)
  })

  test('is not made from what was installed or stored here', async () => {
    const ignored = (await readFile('.dockerignore', 'utf8')).split('\n')
    expect(ignored).toEqual(expect.arrayContaining(['**/node_modules', '.git', '.pennypost', 'deploy/secrets']))
  })
})

describe.each(['node', 'prover'] as const)('the unit of a %s', (name) => {
  test('starts its command with a directory of its own, and gives it time to close', async () => {
    const unit = await read(`systemd/pennypost-${name}.service`)
    const given = (key: string) => new RegExp(`^${key}=(.*)$`, 'm').exec(unit)?.[1]
    expect(given('ExecStart')).toBe(`/opt/pennypost/node_modules/.bin/pennypost-${name}`)
    expect(given('Environment')).toBe(`PENNYPOST_DATA_DIR=/var/lib/${given('StateDirectory')}`)
    expect(Number(given('TimeoutStopSec'))).toBeGreaterThan(15)
    expect([given('DynamicUser'), given('ProtectSystem'), given('NoNewPrivileges')]).toEqual(['yes', 'strict', 'yes'])
  })
})

describe.each([
  ['nginx.conf', /client_max_body_size (\d+)m/, /proxy_buffering off/, /client_header_timeout (\d+)s/],
  ['Caddyfile', /max_size (\d+)MB/, /flush_interval -1/, /read_header (\d+)s/],
])('the proxy in %s', (file, size, unbuffered, head) => {
  test('passes on the largest body, streams as they come, and nothing of the operator', async () => {
    const text = await read(`proxy/${file}`)
    const most = Math.max(...Object.values(bodyLimits).map(({ bytes }) => bytes))
    expect(Number(size.exec(text)?.[1]) * 1_000_000).toBeGreaterThan(most)
    expect(text).toMatch(unbuffered)
    expect(Number(head.exec(text)?.[1]) * 1_000).toBeLessThanOrEqual(connectionTimes.headMs) // who says nothing is let go
    expect(text.match(/127\.0\.0\.1:\d+/g)).toEqual(['127.0.0.1:5555'])
  })
})

test.each(['Containerfile', 'systemd/pennypost-node.service'])(
  '%s gives a node the memory that it is measured with',
  async (file) => {
    expect(await read(file)).toContain(`NODE_OPTIONS=${nodeOptions}`)
  },
)

test.each(['node', 'prover'])('so does npm run %s', async (name) => {
  const { scripts } = JSON.parse(await readFile('package.json', 'utf8'))
  expect(scripts[name]).toBe(`node scripts/run.mjs ${nodeOptions} service/${name}/main.ts`)
})
