import { text } from 'node:stream/consumers'
import type { Refusal } from '@pennypost/sdk'
import { readVersion } from '../plugins/run.ts'
import { askSecret } from './ask-secret.ts'
import type { Answer, Call, ClientKind, Command, Service } from './command.ts'
import { describeFault, type Fault, isMisuse } from './describe-fault.ts'
import { accountOf, findKey } from './find-wallet.ts'
import { helpFor, helpForAll } from './help.ts'
import { type Opened, openClient } from './open-client.ts'
import { findCommand, type Parsed, parseCall, refuseKeys } from './parse-call.ts'
import { showJson, showText } from './print.ts'
import { createProgress } from './progress.ts'
import { readClientSettings } from './settings.ts'

/** What a process gives a command line. */
export type Edges = {
  readonly argv: readonly string[]
  readonly env: NodeJS.ProcessEnv
  readonly input: NodeJS.ReadStream
  readonly output: NodeJS.WriteStream
  readonly errors: NodeJS.WriteStream
  /** Aborted when the process is told to end; its reason is an {@link Ended}. */
  readonly signal: AbortSignal
}

type Tables = { readonly commands: readonly Command[]; readonly services: readonly Service[] }

/** Why a command is to end before it is done, and the code that its process then answers. */
export class Ended extends Error {
  readonly exitCode: number
  constructor(exitCode: number) {
    super('The command was ended.')
    this.exitCode = exitCode
  }
}

/** 0: done. 1: refused, or failed. 2: called wrongly, and nothing was tried. */
export async function runCommandLine({ commands, services }: Tables, edges: Edges): Promise<number> {
  const { argv, output, errors, signal } = edges
  const isJson = argv.includes('--json')
  const progress = createProgress(errors)
  const to = { isJson, output, errors }
  try {
    const outcome = await runCommand({ commands, services }, edges, progress.tell).finally(progress.clear)
    if (!outcome) signal.throwIfAborted() // what was done a moment before is said
    return await sayOutcome(outcome, to)
  } catch (error) {
    if (signal.reason instanceof Ended) return signal.reason.exitCode
    await sayFault(describeFault(error), to)
    if (argv.includes('--verbose') && error instanceof Error) errors.write(`${error.stack}\n`)
    return isMisuse(error) ? 2 : 1
  }
}

async function sayOutcome(outcome: Answer | Refusal | undefined, to: Output & Pick<Edges, 'errors'>): Promise<number> {
  if (outcome && 'ok' in outcome) return sayFault(outcome, to)
  if (outcome) await say(outcome, to)
  return 0
}

async function runCommand({ commands, services }: Tables, edges: Edges, onProgress: Calling['onProgress']) {
  const { argv, env } = edges
  refuseKeys(argv)
  if (argv.length === 0 || argv[0] === '--help' || argv[0] === '-h') {
    return { text: helpForAll([...commands, ...services]), json: { commands: commands.map(({ name }) => name) } }
  }
  if (argv[0] === '--version')
    return { text: `pennypost ${await readVersion()}`, json: { version: await readVersion() } }
  const command = findCommand(commands, argv, services)
  const parsed = parseCall(command, argv)
  if (parsed.flags.help) return { text: helpFor(command), json: { name: command.name, about: command.about } }
  const settings = await readClientSettings({ env, args: parsed.settings })
  return callCommand(command, parsed, { ...edges, settings, onProgress })
}

type Calling = Edges & Pick<Call, 'settings'> & { readonly onProgress: Parameters<typeof openClient>[2]['onProgress'] }

/** Runs a command, and closes its client whatever came of it. */
async function callCommand(
  command: Command,
  { args, flags }: Parsed,
  edges: Calling,
): Promise<Answer | Refusal | undefined> {
  const { env, input, output, errors, signal, settings } = edges
  let opening: Promise<Opened> | undefined
  const ask = (question: string) => askSecret(question, { input, output: errors, signal })
  const open = async (kind: ClientKind) => openClient(accountOf(await findKey(settings, { env, ask })), kind, edges)
  try {
    return await command.run({
      args,
      flags,
      settings,
      env,
      ask,
      isTyped: input.isTTY === true,
      signal,
      async client(kind = 'acting') {
        opening ??= open(kind)
        return (await opening).client
      },
      tell: (answer) => say(answer, { isJson: flags.json === true, output }),
      readInput: async () => (input.isTTY ? undefined : text(input)),
    })
  } finally {
    const opened = await opening?.catch(() => undefined)
    await opened?.close()
  }
}

type Output = { readonly isJson: boolean; readonly output: NodeJS.WritableStream }

const say = ({ json, text }: Answer, { isJson, output }: Output): Promise<void> =>
  write(output, isJson ? showJson(json) : text)

/** A sentence with its code where people read, and the same as JSON where a program does. */
async function sayFault(fault: Fault, { errors, ...to }: Output & Pick<Edges, 'errors'>): Promise<number> {
  const { code, message, missing, retryAt } = fault
  await write(errors, `${showText(message)} (${code})`)
  const conditions = missing?.map(({ condition }) => condition)
  if (to.isJson) await write(to.output, showJson({ ok: false, code, message, missing: conditions, retryAt }))
  return 1
}

/** Resolves when the text has left, or nobody reads it any more. */
const write = (stream: NodeJS.WritableStream, text: string): Promise<void> =>
  new Promise((resolve) => stream.write(`${text}\n`, () => resolve()))
