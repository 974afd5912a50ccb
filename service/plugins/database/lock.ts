import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { BaseError } from '@pennypost/sdk/verifier'

const held = new Set<string>()

/** Whoever starts a service again where it was killed may come before the last one has ended. */
export const lockPatience = { forMs: 5_000, everyMs: 50 }

/**
 * Makes this process the only one of its service that uses a directory; answers how to let go. The lock of a process
 * that was killed is void; one that still runs has a few seconds to end.
 */
export async function lockDirectory(
  directory: string,
  service: string,
  patience = lockPatience,
): Promise<() => Promise<void>> {
  await mkdir(directory, { recursive: true })
  const file = join(directory, `${service}.pid`)
  for (let waited = 0; ; waited += patience.everyMs) {
    const holder = held.has(file) ? process.pid : await holderOf(file)
    if (holder === undefined && (await take(file))) break
    if (holder === process.pid || waited >= patience.forMs) {
      throw new DatabaseBusyError(`Process ${holder} uses ${directory}.`, { hint: 'Set another PENNYPOST_DATA_DIR.' })
    }
    await setTimeout(patience.everyMs)
  }
  held.add(file)
  return async () => {
    held.delete(file)
    await rm(file, { force: true })
  }
}

/** Writes a lock that nobody holds; of several who do so at once the last one has it, as all see a moment later. */
async function take(file: string): Promise<boolean> {
  const own = `${process.pid} ${await startOf(process.pid)}`
  await writeFile(file, own)
  await setTimeout(lockPatience.everyMs)
  return (await readFile(file, 'utf8')) === own
}

/** Another process that holds a lock, and runs. */
async function holderOf(file: string): Promise<number | undefined> {
  const [pid = '0', started] = (await readFile(file, 'utf8').catch(() => '')).split(' ')
  const isOther = Number(pid) !== process.pid && started !== undefined && (await startOf(Number(pid))) === started
  return isOther ? Number(pid) : undefined
}

/** What tells a process from an earlier one with the same number; undefined if there is none, or it only waits to be reaped. */
async function startOf(pid: number): Promise<string | undefined> {
  try {
    process.kill(pid, 0)
  } catch {
    return undefined
  }
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ') // from field 3 of proc(5), where there is a /proc
  if (fields[0] === 'Z' || fields[0] === 'X') return undefined
  return fields[19] ?? 'running'
}

/** Two writers of one database would destroy what each relies on. */
export class DatabaseBusyError extends BaseError {
  readonly code = 'database.busy'
}
