import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'

declare module 'vitest' {
  interface ProvidedContext {
    /** The folder of what is made once in a run. */
    madeOnce: string
  }
}

/** A folder for deployments and for the app, of this run only: what it keeps holds for the sources as they are now. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), 'pennypost-made-once-'))
  project.provide('madeOnce', folder)
  return () => rm(folder, { recursive: true, force: true })
}
