import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { finished } from 'node:stream/promises'
import type { Address, Hex } from 'viem'
import { generatePrivateKey, privateKeyToAddress } from 'viem/accounts'
import { commands, services } from '../../service/cli/commands.ts'
import { Ended, runCommandLine } from '../../service/cli/run.ts'
import type { TestNetwork } from './network.ts'

/** What a command said, and the code that its process ended with. */
export type Said = { readonly code: number | null; readonly out: string; readonly err: string }

type Options = {
  readonly env?: NodeJS.ProcessEnv | undefined
  readonly input?: string | undefined
  /** What its process loads first. */
  readonly first?: readonly string[] | undefined
}

/** A running command. */
export type Running = {
  readonly child: ChildProcess
  readonly said: { out: string; err: string }
  readonly ended: Promise<Said>
}

const children = new Set<ChildProcess>()

/** Starts `pennypost` as a process of its own. */
export function startCommand(args: readonly string[], { env = {}, input = '', first = [] }: Options = {}): Running {
  const loaded = first.flatMap((path) => ['--import', path])
  const child = spawn(process.execPath, [...loaded, 'service/cli/main.ts', ...args], {
    env: { ...process.env, ...env },
  })
  children.add(child)
  const said = { out: '', err: '' }
  child.stdout.on('data', (data) => (said.out += data))
  child.stderr.on('data', (data) => (said.err += data))
  child.stdin.end(input)
  const ended = once(child, 'close').then(([code]) => {
    children.delete(child)
    return { ...said, code }
  })
  return { child, said, ended }
}

/** Runs `pennypost` to its end. */
export const runCommand = (args: readonly string[], options?: Options): Promise<Said> =>
  startCommand(args, options).ended

type Here = Options & {
  /** What a person at a terminal does, told all that it shows so far. */
  readonly atTerminal?: ((shown: string, interrupt: () => void) => void) | undefined
}

/** Runs `pennypost` in this process, which takes a tenth of the time: for what is not about processes. */
export async function runHere(args: readonly string[], { env = {}, input = '', atTerminal }: Here = {}): Promise<Said> {
  const streams = [new PassThrough(), new PassThrough(), new PassThrough()] as const
  streams[0].end(input)
  const [stdin, output, errors] = streams as unknown as [NodeJS.ReadStream, NodeJS.WriteStream, NodeJS.WriteStream]
  const said = { out: '', err: '' }
  const ending = new AbortController()
  streams[1].on('data', (data) => (said.out += data))
  streams[2].on('data', (data) => {
    said.err += data
    atTerminal?.(said.err, () => ending.abort(new Ended(130)))
  })
  errors.isTTY = atTerminal !== undefined
  const edges = { argv: args, env, input: stdin, output, errors, signal: ending.signal }
  const code = await runCommandLine({ commands, services }, edges)
  for (const stream of streams.slice(1)) await finished(stream.end())
  return { code, ...said }
}

/** Ends what a failed test has left. */
export function endCommands(): void {
  for (const child of children) child.kill('SIGKILL')
}

/** Somebody at a terminal: an account with a folder of its own. */
export type Person = {
  readonly address: Address
  readonly key: Hex
  readonly home: string
  readonly env: NodeJS.ProcessEnv
  run(...args: readonly string[]): Promise<Said>
  /** A process of its own, which proves by the setup that tests know. */
  start(...args: readonly string[]): Running
  /** The command's answer for programs. */
  // biome-ignore lint/suspicious/noExplicitAny: each command has its own
  json(...args: readonly string[]): Promise<any>
}

/** Accounts of a network, whose folders go with `end`. */
export async function createPeople(network: TestNetwork) {
  const folder = await mkdtemp(join(tmpdir(), 'pennypost-cli-'))
  const { trust, deployment, node, prover, rpcUrl } = network
  const settings = {
    PENNYPOST_NODE_URL: node.url,
    PENNYPOST_PROVER_URL: prover.url,
    PENNYPOST_NETWORK: trust.name,
    PENNYPOST_CHAIN_ID: String(trust.chainId),
    PENNYPOST_NOTE_TREE: trust.noteTree,
    PENNYPOST_SIGNERS: trust.signers.join(),
    PENNYPOST_REQUEST_BITS: String(trust.requestBits),
    PENNYPOST_RPC_URL: rpcUrl,
    PENNYPOST_TOKEN: deployment.token,
    PENNYPOST_POSTAGE: deployment.postage,
    PENNYPOST_PAYMENTS: deployment.payments,
    PENNYPOST_STAKES: deployment.stakeRegistry,
    PENNYPOST_NOTICE: deployment.notice,
    PENNYPOST_FROM_BLOCK: String(deployment.deployedAtBlock),
  }
  return {
    folder,
    settings,
    person(key: Hex = generatePrivateKey()): Person {
      const address = privateKeyToAddress(key)
      const home = join(folder, address)
      const env = { ...settings, PENNYPOST_HOME: home, PENNYPOST_PRIVATE_KEY: key }
      const start = (...args: readonly string[]) => startCommand(args, { env, first: ['./test/helpers/know-setup.ts'] })
      return {
        address,
        key,
        home,
        env,
        start,
        run: (...args) => runHere(args, { env }),
        async json(...args) {
          const { out, err } = await runHere([...args, '--json'], { env })
          if (out === '') throw new Error(err)
          return JSON.parse(out)
        },
      }
    },
    async end() {
      endCommands()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
