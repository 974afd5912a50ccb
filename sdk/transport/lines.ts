import { NodeResponseError, NodeUnavailableError } from './errors.ts'

/** The longest line of a stream, in characters: more than the largest envelope takes in JSON. */
const maxLineLength = 2_000_000

/** How long a stream may be silent before it counts as lost. */
export type LineOptions = { idleTimeoutMs: number }

/**
 * The lines of a stream that never ends (NDJSON). A stream that ends, breaks or stays silent throws
 * {@link NodeUnavailableError}; leaving the loop cancels it.
 */
export async function* readLines(
  body: ReadableStream<Uint8Array>,
  { idleTimeoutMs }: LineOptions,
): AsyncGenerator<string> {
  const reader = body.getReader()
  const decoder = new TextDecoder()
  let rest = ''
  try {
    for (;;) {
      const { done, value } = await readWithin(reader, idleTimeoutMs)
      if (done) throw new NodeUnavailableError('The node ended the stream.')
      const lines = (rest + decoder.decode(value, { stream: true })).split('\n')
      rest = lines.pop() ?? ''
      if (rest.length > maxLineLength) throw new NodeResponseError('The node sent a line without end.')
      yield* lines
    }
  } finally {
    await reader.cancel().catch(() => undefined)
  }
}

async function readWithin(reader: ReadableStreamDefaultReader<Uint8Array>, timeoutMs: number) {
  let timer: ReturnType<typeof setTimeout> | undefined
  const silence = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new NodeUnavailableError('The stream went silent.')), timeoutMs)
  })
  try {
    return await Promise.race([reader.read(), silence])
  } catch (cause) {
    throw cause instanceof NodeUnavailableError ? cause : new NodeUnavailableError('The stream broke.', { cause })
  } finally {
    clearTimeout(timer)
  }
}
