#!/usr/bin/env node
import { commands, services } from './commands.ts'
import { Ended, runCommandLine } from './run.ts'

const [first, ...rest] = process.argv.slice(2)
const service = services.find(({ name }) => name === first)
if (service) {
  process.argv = [...process.argv.slice(0, 2), ...rest]
  await service.start()
} else {
  const ending = new AbortController()
  const end = (exitCode: number) => {
    if (ending.signal.aborted) process.exit(exitCode) // told twice
    ending.abort(new Ended(exitCode))
  }
  process.on('SIGINT', () => end(130))
  process.on('SIGTERM', () => end(143))
  // Whoever read what was said has gone, as `head` does: that is no fault.
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', () => ending.signal.aborted || ending.abort(new Ended(0)))
  }
  const edges = { env: process.env, input: process.stdin, output: process.stdout, errors: process.stderr }
  process.exit(
    await runCommandLine({ commands, services }, { ...edges, argv: process.argv.slice(2), signal: ending.signal }),
  )
}
