import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'

declare module 'vitest' {
  interface ProvidedContext {
    /** Where the run's deployments are kept. */
    deployments: string
  }
}

/** A folder for copied.ts, of this run only: what it keeps holds for the contracts as they are now. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), 'pennypost-deployments-'))
  project.provide('deployments', folder)
  return () => rm(folder, { recursive: true, force: true })
}
