import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'

/** A node in a process of its own, as an operator runs it. */
export type NodeProcess = {
  readonly pid: number
  readonly hasEnded: () => boolean
  /** From now on the peak is that of a new phase. */
  restartPeak(): void
  /** The most memory it had resident since then, in bytes. */
  peak(): number
  /** As a power cut ends it: nothing is told to it. */
  kill(): Promise<void>
}

const patienceMs = 60_000
/** As the files in deploy/ have it. */
export const nodeOptions = '--max-semi-space-size=16'

/** Starts the node's own command; resolves when it answers. */
export async function startNodeProcess(env: Readonly<Record<string, string>>, url: string): Promise<NodeProcess> {
  const script = new URL('../../service/node/main.ts', import.meta.url).pathname
  const child = spawn(process.execPath, [...process.execArgv, '--disable-warning=ExperimentalWarning', script], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { PATH: process.env.PATH, NODE_OPTIONS: nodeOptions, ...env },
  })
  process.once('exit', () => child.kill('SIGKILL'))
  await untilItAnswers(child, url)
  return watch(child, child.pid ?? 0)
}

async function untilItAnswers(child: ChildProcess, url: string): Promise<void> {
  for (const until = Date.now() + patienceMs; Date.now() < until; ) {
    if (child.exitCode !== null) throw new Error(`The node ended with ${child.exitCode} before it answered.`)
    const isUp = await fetch(`${url}/healthz`).then(
      ({ ok }) => ok,
      () => false,
    )
    if (isUp) return
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  throw new Error('The node does not answer.')
}

function watch(child: ChildProcess, pid: number): NodeProcess {
  let isOver = false
  child.once('exit', () => {
    isOver = true
  })
  return {
    pid,
    hasEnded: () => isOver,
    restartPeak() {
      if (!isOver) writeFileSync(`/proc/${pid}/clear_refs`, '5') // proc(5): resets VmHWM
    },
    peak: () =>
      isOver ? 0 : Number(/^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1024,
    async kill() {
      if (isOver) return
      const exit = once(child, 'exit')
      child.kill('SIGKILL')
      await exit
    },
  }
}
