import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

/**
 * For tests that need neither database nor deployment, several times a minute: nothing is prepared, nothing is isolated. In
 * threads, so that a loop without end goes when the process is killed.
 */
export default defineConfig({
  root: fileURLToPath(new URL('../..', import.meta.url)),
  test: {
    include: ['test/**/*.test.ts'],
    pool: 'threads',
    maxWorkers: 1,
    isolate: false,
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
})
