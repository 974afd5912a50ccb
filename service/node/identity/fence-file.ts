import {
  closeSync,
  existsSync,
  fdatasync,
  fdatasyncSync,
  fstatSync,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs'
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
const nextIn = (directory: string): string => join(directory, 'fence.next')
const syncMs = 1000

/** The fence of a directory; undefined if there is none. */
export const readFence = (directory: string): FenceState | undefined => readState(pathIn(directory))

function readState(path: string): FenceState | undefined {
  if (!existsSync(path)) return undefined
  const fd = openSync(path, 'r')
  try {
    const [id = '', inode, sequence = ''] = readFileSync(fd, 'utf8').split(/\s+/)
    const isRead = /^\d{20}$/.test(sequence)
    return { id: isRead ? id : '', sequence: isRead ? BigInt(sequence) : 0n, isOriginal: inode === inodeOf(fd) }
  } finally {
    closeSync(fd)
  }
}

/** Makes the fence that a database is about to be given, on the disk; it does not stand yet. */
export function prepareFence(directory: string, id: string, sequence: bigint): void {
  const fd = openSync(nextIn(directory), 'w', 0o600)
  writeSync(fd, line({ id, inode: inodeOf(fd), sequence }), 0)
  fsyncSync(fd)
  closeSync(fd)
}

/**
 * What was prepared stands where the database was given it, and is nothing where it was not: so whenever the process ends, the two
 * belong together.
 */
export function settleFence(directory: string, id: string | undefined): void {
  const next = readState(nextIn(directory))
  if (!next) return
  if (next.id === id) renameSync(nextIn(directory), pathIn(directory))
  else rmSync(nextIn(directory))
  const fd = openSync(directory, 'r')
  fsyncSync(fd)
  closeSync(fd)
}

/**
 * Opens a fence. It is written after each commit, which survives the end of the process, and reaches the disk
 * within a second: it is never ahead of the database.
 */
export function openFence(directory: string, id: string): Fence {
  const fd = openSync(pathIn(directory), 'r+')
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
      writeSync(fd, line({ id, inode, sequence }), 0)
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

const line = ({ id, inode, sequence }: { id: string; inode: string; sequence: bigint }): string =>
  `${id} ${inode} ${String(sequence).padStart(20, '0')}\n`

const inodeOf = (fd: number): string => String(fstatSync(fd, { bigint: true }).ino)
