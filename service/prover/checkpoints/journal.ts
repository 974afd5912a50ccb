import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { writeDurably } from '../../plugins/durable-file.ts'

/**
 * The newest checkpoint that may have been signed, beside the database: PGlite does not wait for the disk, so after a
 * power cut a database may have forgotten what others have seen. This file is on the disk before a signature is made.
 */
export type Journal = {
  /** The encoded checkpoint; empty where nothing was signed yet, and undefined where that is not known. */
  read(): Promise<Uint8Array | undefined>
  write(checkpoint: Uint8Array): Promise<void>
}

const fileName = 'checkpoint.bin'

/** The journal in a directory. */
export function createFileJournal(directory: string): Journal {
  const path = join(directory, fileName)
  return {
    async read() {
      const bytes = await readFile(path).catch(ignoreMissing)
      return bytes && new Uint8Array(bytes)
    },
    write: (checkpoint) => writeDurably(path, checkpoint),
  }
}

/** The journal of a prover that keeps nothing. */
export function createMemoryJournal(): Journal {
  let kept: Uint8Array = new Uint8Array()
  return {
    read: async () => kept,
    async write(checkpoint) {
      kept = checkpoint
    },
  }
}

function ignoreMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error
}
