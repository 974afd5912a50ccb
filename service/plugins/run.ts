import { readFile } from 'node:fs/promises'
import { BaseError } from '@pennypost/sdk/verifier'
import { type Sources, strangersIn, type Table, usageOf } from './settings.ts'

/** Something that runs until it is closed. */
type Running = { close(): Promise<void> }

/** A service as a command: its name, what it does in one sentence, its settings, and how it is started with them. */
type Command = {
  readonly name: string
  readonly about: string
  readonly settings: Table
  readonly start: (sources: Sources) => Promise<Running>
}

const patience = 15_000

/**
 * Runs a service as a process of its own, until it is told to end; `--help` and `--version` only answer. What is wrong with
 * how it was started is said in one line; a fault of its own comes with its stack.
 */
export async function runService({ name, about, settings, start }: Command): Promise<void> {
  const args = process.argv.slice(2)
  if (args.includes('--version')) return console.log(`${name} ${await readVersion()}`)
  if (args.includes('--help') || args.includes('-h')) return console.log(`${name}: ${about}\n\n${usageOf(settings)}`)
  nameOthers(name, settings)
  try {
    closeOnSignal(await start({ env: process.env, args }))
  } catch (error) {
    const isOfSystem = error instanceof Error && 'syscall' in error // a port in use, a directory without permission
    if (!(error instanceof BaseError) && !isOfSystem) throw error
    console.error(isPortTaken(error) ? hintForPort(error, settings) : error.message)
    process.exit(1)
  }
}

type PortTaken = Error & { readonly code: 'EADDRINUSE'; readonly address: string; readonly port: number }

const isPortTaken = (error: Error): error is PortTaken => 'code' in error && error.code === 'EADDRINUSE'

function hintForPort({ address, port }: PortTaken, settings: Table): string {
  const names = Object.values(settings).flatMap(({ name }) => (name.endsWith('_PORT') ? [name] : []))
  return `Something else listens on port ${port} of ${address}. Set another one with ${names.join(' or ')}.`
}

/** Says which variables have no effect: those of another service do no harm, and a name that is half remembered would. */
function nameOthers(name: string, settings: Table): void {
  const others = strangersIn(settings, process.env).flatMap(({ given, meant }) => (meant ? [] : [given]))
  if (others.length > 0) console.error(`Not settings of ${name}: ${others.sort().join(', ')}.`)
}

/** Of the package, whose manifest lies beside the folders, as source and as it is published. */
export async function readVersion(): Promise<string> {
  return JSON.parse(await readFile(new URL('../package.json', import.meta.url), 'utf8')).version
}

/** Closes on SIGTERM or SIGINT and ends the process; a second signal, or closing for too long, ends it at once. */
function closeOnSignal(running: Running): void {
  let isClosing = false
  const close = () => {
    if (isClosing) process.exit(1)
    isClosing = true
    setTimeout(() => process.exit(1), patience).unref()
    running.close().then(
      () => process.exit(0),
      (error) => {
        console.error(error)
        process.exit(1)
      },
    )
  }
  process.on('SIGTERM', close)
  process.on('SIGINT', close)
}
