import { createInterface } from 'node:readline/promises'
import { Writable } from 'node:stream'

type Edges = {
  readonly input: NodeJS.ReadStream
  readonly output: NodeJS.WritableStream
  readonly signal: AbortSignal
}

/** Asks for one line that is not shown; where nobody types, it is the first line of the input. Undefined where there is none. */
export async function askSecret(question: string, { input, output, signal }: Edges): Promise<string | undefined> {
  const isTyped = input.isTTY === true
  if (input.readableEnded) return undefined // a pipe that an earlier question has read to its end
  if (isTyped) output.write(question)
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() })
  const lines = createInterface({ input, output: silent, terminal: isTyped })
  const stop = new AbortController()
  lines.once('SIGINT', () => process.kill(process.pid, 'SIGINT')) // a terminal that does not echo sends no signals
  lines.once('close', () => stop.abort())
  try {
    return await lines.question('', { signal: AbortSignal.any([signal, stop.signal]) })
  } catch (error) {
    if (signal.aborted || !stop.signal.aborted) throw error
    return undefined
  } finally {
    lines.close()
    if (isTyped) output.write('\n')
  }
}
