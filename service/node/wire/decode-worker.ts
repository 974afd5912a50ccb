import { constants, setPriority } from 'node:os'
import { parentPort } from 'node:worker_threads'
import { BaseError } from '@pennypost/sdk/verifier'
import { decodeBody, type EncodedBody } from './body-forms.ts'

// Decodes large bodies beside the node's own thread, one after the other, and gives way to it where processors are few.

if (process.platform === 'linux') setPriority(constants.priority.PRIORITY_BELOW_NORMAL) // there it is that of this thread alone

/** What comes of a body: its value, why it has none, or that something failed that nobody foresaw. */
export type Decoded =
  | { readonly value: unknown }
  | { readonly refused: { readonly code: BaseError['code']; readonly message: string } }
  | { readonly failed: Error }

parentPort?.on('message', (body: EncodedBody) => {
  const decoded = decode(body)
  parentPort?.postMessage(decoded, 'value' in decoded ? [...new Set(buffersOf(decoded.value))] : [])
})

function decode(body: EncodedBody): Decoded {
  try {
    return { value: decodeBody(body) }
  } catch (error) {
    if (error instanceof BaseError) return { refused: { code: error.code, message: error.message } }
    return { failed: error as Error }
  }
}

/** The memory of all long byte strings in a value, which is handed over rather than copied. */
function buffersOf(value: unknown): ArrayBuffer[] {
  if (value instanceof Uint8Array) return ownsMemory(value) ? [value.buffer] : []
  if (typeof value !== 'object' || value === null) return []
  return Object.values(value).flatMap(buffersOf)
}

/** Short ones share theirs with others. */
const ownsMemory = (bytes: Uint8Array): bytes is Uint8Array<ArrayBuffer> =>
  bytes.length >= 16_384 && bytes.length === bytes.buffer.byteLength && bytes.buffer instanceof ArrayBuffer
