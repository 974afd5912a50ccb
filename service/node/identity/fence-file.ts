import { closeSync, existsSync, fdatasync, fdatasyncSync, fstatSync, openSync, readFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'

/** Up to where the database was written, noted where a backup of the database does not reach. */
export type Fence = {
  /** Notes that everything up to a sequence is committed; to be called before it is acknowledged. */
  pass(sequence: bigint): void
  close(): void
}

/** What a fence says: which one it is, up to where it came, and whether it lies where it was made. */
export type FenceState = { readonly id: string; readonly sequence: bigint; readonly isOriginal: boolean }

const pathIn = (directory: string): string => join(directory, 'fence')
const syncMs = 1000

/** The fence of a directory; undefined if there is none. */
export function readFence(directory: string): FenceState | undefined {
  if (!existsSync(pathIn(directory))) return undefined
  const fd = openSync(pathIn(directory), 'r')
  try {
    const [id = '', inode, sequence = ''] = readFileSync(fd, 'utf8').split(/\s+/)
    const isRead = /^\d{20}$/.test(sequence)
    return { id: isRead ? id : '', sequence: isRead ? BigInt(sequence) : 0n, isOriginal: inode === inodeOf(fd) }
  } finally {
    closeSync(fd)
  }
}

/**
 * Opens or makes a fence. It is written after each commit, which survives the end of the process, and reaches the disk
 * within a second: it is never ahead of the database.
 */
export function openFence(directory: string, id: string): Fence {
  const fd = openSync(pathIn(directory), existsSync(pathIn(directory)) ? 'r+' : 'w+', 0o600)
  const inode = inodeOf(fd)
  let passed = -1n
  let isDirty = false
  const timer = setInterval(() => {
    if (isDirty) fdatasync(fd, () => {}) // a fence behind the database refuses less, and never what it should not
    isDirty = false
  }, syncMs)
  timer.unref()
  return {
    pass(sequence) {
      if (sequence <= passed) return
      writeSync(fd, `${id} ${inode} ${String(sequence).padStart(20, '0')}\n`, 0)
      passed = sequence
      isDirty = true
    },
    close() {
      clearInterval(timer)
      fdatasyncSync(fd)
      closeSync(fd)
    },
  }
}

const inodeOf = (fd: number): string => String(fstatSync(fd, { bigint: true }).ino)
