import { orAborted } from '../async.ts'
import { NodeResponseError, NodeUnavailableError } from './errors.ts'

/** The longest line of a stream, in characters: more than the largest envelope takes in JSON. */
const maxLineLength = 2_000_000

/** How long a stream may be silent before it counts as lost. */
export type LineOptions = { readonly idleTimeoutMs: number; readonly signal: AbortSignal }

/**
 * The lines of a stream that never ends (NDJSON). A stream that ends, breaks or stays silent throws
 * {@link NodeUnavailableError}; leaving the loop cancels it, and so does the signal.
 */
export async function* readLines(body: ReadableStream<Uint8Array>, options: LineOptions): AsyncGenerator<string> {
  const reader = body.getReader()
  const decoder = new TextDecoder()
  const stop = () => void reader.cancel().catch(() => undefined) // also while nobody reads
  options.signal.addEventListener('abort', stop, { once: true })
  let rest = ''
  try {
    for (;;) {
      const { done, value } = await readWithin(reader, options)
      if (done) throw new NodeUnavailableError('The node ended the stream.')
      const lines = (rest + decoder.decode(value, { stream: true })).split('\n')
      rest = lines.pop() ?? ''
      if (rest.length > maxLineLength) throw new NodeResponseError('The node sent an endless line.')
      yield* lines
    }
  } finally {
    options.signal.removeEventListener('abort', stop)
    stop()
  }
}

async function readWithin(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  { idleTimeoutMs, signal }: LineOptions,
): Promise<ReadableStreamReadResult<Uint8Array>> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const silence = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new NodeUnavailableError('The stream went silent.')), idleTimeoutMs)
  })
  try {
    return await orAborted(Promise.race([reader.read(), silence]), signal)
  } catch (cause) {
    signal.throwIfAborted()
    throw cause instanceof NodeUnavailableError ? cause : new NodeUnavailableError('The stream broke.', { cause })
  } finally {
    clearTimeout(timer)
  }
}
