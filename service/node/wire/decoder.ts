import { Worker } from 'node:worker_threads'
import { BaseError } from '@pennypost/sdk/verifier'
import { type BodyName, type BodyOf, decodeBody, type EncodedBody } from './body-forms.ts'
import type { Decoded } from './decode-worker.ts'

/** Reads bodies. */
export type Decoder = {
  decode<N extends BodyName>(body: EncodedBody<N>): BodyOf<N> | Promise<BodyOf<N>>
  close(): void
}

/** Bodies up to this size are decoded at once, within a millisecond or two. */
const quick = 256 * 1024

/** A body of the largest size is 30 MB as text, if it is not Latin, and as much again as values. */
const resourceLimits = { maxOldGenerationSizeMb: 192, maxYoungGenerationSizeMb: 16 }

/**
 * Decodes small bodies at once, and large ones in a thread that starts with the first of them and serves one after the
 * other: everybody else goes on meanwhile.
 */
export function createDecoder(): Decoder {
  let thread: Thread | undefined
  return {
    decode(body) {
      if (body.bytes.length <= quick) return decodeBody(body)
      thread = thread?.isAlive() ? thread : startThread()
      return thread.decode(body)
    },
    close: () => thread?.end(),
  }
}

type Thread = Pick<Decoder, 'decode'> & { isAlive(): boolean; end(): void }
type Waiting = { readonly resolve: (decoded: Decoded) => void; readonly reject: (error: Error) => void }

function startThread(): Thread {
  const worker = new Worker(workerUrl(), { resourceLimits })
  const waiting: Waiting[] = []
  let isAlive = true
  const end = (error: Error): void => {
    isAlive = false
    for (const { reject } of waiting.splice(0)) reject(error)
  }
  worker.on('message', (decoded: Decoded) => waiting.shift()?.resolve(decoded))
  worker.on('error', end)
  worker.on('exit', () => end(new Error('The thread that decodes has ended.')))
  worker.unref()
  return {
    isAlive: () => isAlive,
    end() {
      isAlive = false
      void worker.terminate()
    },
    async decode(body) {
      const decoded = await new Promise<Decoded>((resolve, reject) => {
        waiting.push({ resolve, reject })
        worker.postMessage(body, isWhole(body.bytes) ? [body.bytes.buffer] : [])
      })
      if ('refused' in decoded) throw new DecodingError(decoded.refused)
      if ('failed' in decoded) throw decoded.failed
      return decoded.value as BodyOf<typeof body.name>
    },
  }
}

/** Bytes with a memory of their own are handed over. */
const isWhole = (bytes: Uint8Array): bytes is Uint8Array<ArrayBuffer> =>
  bytes.buffer instanceof ArrayBuffer && bytes.length === bytes.buffer.byteLength

/** The same module as source and as built. */
function workerUrl(): URL {
  if (import.meta.url.endsWith('.ts')) return new URL('./decode-worker.ts', import.meta.url)
  return new URL('./decode-worker.js', import.meta.url)
}

/** What decoding has thrown in another thread. */
class DecodingError extends BaseError {
  override readonly code: BaseError['code']

  constructor({ code, message }: { readonly code: BaseError['code']; readonly message: string }) {
    super(message)
    this.code = code
  }
}
