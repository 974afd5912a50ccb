import { existsSync } from 'node:fs'
import { mkdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { inject } from 'vitest'

/**
 * The path of a file or folder that many files of a run need and none changes: whoever asks first makes it, at the path that
 * `make` is given, and all others wait. One thing is made at a time: compilers share what they remember. Where making it fails,
 * the next one tries again.
 */
export async function makeOnce(name: string, make: (draft: string) => Promise<void>): Promise<string> {
  const made = join(inject('madeOnce'), name)
  while (!existsSync(made)) await inTurn(() => makeAt(made, make))
  return made
}

/** Runs what is given if nobody else in the run is at it; otherwise it is over after a moment. */
async function inTurn(act: () => Promise<void>): Promise<void> {
  const turn = join(inject('madeOnce'), 'turn')
  const isOurs = await mkdir(turn).then(
    () => true,
    () => false,
  )
  if (!isOurs) return await pause(50)
  await act().finally(() => rm(turn, { recursive: true, force: true }))
}

async function makeAt(made: string, make: (draft: string) => Promise<void>): Promise<void> {
  if (existsSync(made)) return
  const draft = `${made}.draft`
  await rm(draft, { recursive: true, force: true })
  await make(draft)
  await rename(draft, made)
}
