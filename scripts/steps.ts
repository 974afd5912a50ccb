import { spawn } from 'node:child_process'
import { setPriority } from 'node:os'

/** One command of a gate, with the name a person reads. */
export type Step = { readonly name: string; readonly command: readonly string[] }

/** What a command left behind. */
export type Outcome = { readonly code: number; readonly output: string; readonly seconds: number }

type StepOptions = {
  readonly echo?: boolean
  readonly env?: NodeJS.ProcessEnv
  /** As `os.setPriority` has it. */
  readonly priority?: number
  /** A command that takes longer is killed, and has failed. */
  readonly mostSeconds?: number
}

/** Runs a command, echoing its output where asked to, and keeps what it printed. */
export async function runStep({ command }: Step, options: StepOptions = {}): Promise<Outcome> {
  const { echo = false, env = process.env, priority = 0, mostSeconds = 0 } = options
  const [program = '', ...args] = command
  const started = performance.now()
  const child = spawn(program, args, {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: mostSeconds * 1000,
    killSignal: 'SIGKILL',
  })
  if (priority !== 0 && child.pid !== undefined) setPriority(child.pid, priority)
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text
      if (echo) process.stdout.write(text)
    })
  }
  const code = await new Promise<number>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (exit) => resolve(exit ?? 1))
  })
  return { code, output, seconds: (performance.now() - started) / 1000 }
}
