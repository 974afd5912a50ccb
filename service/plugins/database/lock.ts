import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { BaseError } from '@pennypost/sdk/verifier'

const held = new Set<string>()

/**
 * Makes this process the only one of its service that uses a directory; answers how to let go. The lock of a process
 * that was killed is void.
 */
export async function lockDirectory(directory: string, service: string): Promise<() => Promise<void>> {
  await mkdir(directory, { recursive: true })
  const file = join(directory, `${service}.pid`)
  const [pid = '0', started] = (await readFile(file, 'utf8').catch(() => '')).split(' ')
  const isOther = Number(pid) !== process.pid && started !== undefined && (await startOf(Number(pid))) === started
  if (held.has(file) || isOther) {
    throw new DatabaseBusyError(`Process ${pid} uses ${directory}.`, { hint: 'Set another PENNYPOST_DATA_DIR.' })
  }
  held.add(file)
  await writeFile(file, `${process.pid} ${await startOf(process.pid)}`)
  return async () => {
    held.delete(file)
    await rm(file, { force: true })
  }
}

/** What tells a process from an earlier one with the same number; undefined if there is none. */
async function startOf(pid: number): Promise<string | undefined> {
  try {
    process.kill(pid, 0)
  } catch {
    return undefined
  }
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? 'running' // field 22 of proc(5), where there is a /proc
}

/** Two writers of one database would destroy what each relies on. */
export class DatabaseBusyError extends BaseError {
  readonly code = 'database.busy'
}
