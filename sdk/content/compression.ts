import type { ContentCompression } from '../codec/index.ts'
import { concatBytes } from '../crypto/index.ts'
import { BaseError } from '../errors.ts'

/** Compresses bytes (Compression Streams). */
export function compress(bytes: Uint8Array, format: ContentCompression): Promise<Uint8Array> {
  return collect(bytes, new CompressionStream(format), Number.POSITIVE_INFINITY)
}

/**
 * Decompresses bytes, at most `limit` of them: a bomb is refused as soon as it exceeds that. Throws
 * {@link CompressionRefusedError}.
 */
export async function decompress(bytes: Uint8Array, format: ContentCompression, limit: number): Promise<Uint8Array> {
  try {
    return await collect(bytes, new DecompressionStream(format), limit)
  } catch (cause) {
    if (cause instanceof CompressionRefusedError) throw cause
    throw new CompressionRefusedError(`Expected ${format} data.`, { cause })
  }
}

async function collect(
  bytes: Uint8Array,
  transform: CompressionStream | DecompressionStream,
  limit: number,
): Promise<Uint8Array> {
  const reader = new Blob([bytes as Uint8Array<ArrayBuffer>]).stream().pipeThrough(transform).getReader()
  const chunks: Uint8Array[] = []
  let length = 0
  for (let next = await reader.read(); !next.done; next = await reader.read()) {
    length += next.value.length
    if (length > limit) throw await tooLarge(reader, limit)
    chunks.push(next.value)
  }
  return concatBytes(...chunks)
}

async function tooLarge(reader: ReadableStreamDefaultReader, limit: number): Promise<CompressionRefusedError> {
  const error = new CompressionRefusedError(`Expected at most ${limit} bytes.`)
  await reader.cancel(error).catch(() => undefined)
  return error
}

/** Compressed bytes that are broken, or that grow beyond the limit. */
export class CompressionRefusedError extends BaseError {
  override readonly code = 'compression.refused'
}
