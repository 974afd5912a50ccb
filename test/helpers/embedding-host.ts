import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { onTestFinished } from 'vitest'

/** The hosts of the guide, by their framework. */
export const hostNames = ['fastify', 'express'] as const

const protobuf = { 'content-type': 'application/x-protobuf' }

/** Starts a host of the guide as a process of its own, which ends with its test at the latest. */
export async function startHost(name: (typeof hostNames)[number], env: Readonly<Record<string, string>>) {
  const command = ['--disable-warning=ExperimentalWarning', `examples/embedding/${name}.ts`]
  const child = spawn(process.execPath, command, {
    env: { ...process.env, HOST_KEY: '07'.repeat(32), ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = once(child, 'exit')
  onTestFinished(() => void child.kill('SIGKILL'))
  const gone = ended.then(() => Promise.reject(new Error('The host has ended.')))
  gone.catch(() => undefined)
  const [url] = (await Promise.race([once(createInterface(child.stdout), 'line'), gone])) as [string]

  async function post(path: string, body: Uint8Array) {
    const response = await fetch(url + path, { method: 'POST', headers: protobuf, body: Uint8Array.from(body) })
    const bytes = new Uint8Array(await response.arrayBuffer())
    const isProblem = response.headers.get('content-type')?.startsWith('application/problem+json')
    return {
      status: response.status,
      bytes,
      code: isProblem ? JSON.parse(Buffer.from(bytes).toString()).code : undefined,
    }
  }

  return {
    openLane: (body: Uint8Array) => post('/v1/lanes', body),
    publish: (body: Uint8Array) => post('/v1/publish', body),
    /** Ends it as a power cut of its process does. */
    async kill() {
      child.kill('SIGKILL')
      await ended
    },
  }
}
