import { defineConfig } from 'vitest/config'

/** Runs attacks that are known to succeed: `vitest run --config test/helpers/attack.config.ts`. */
export default defineConfig({
  test: { include: ['test/**/*.attack.ts'], testTimeout: 120_000, hookTimeout: 300_000, pool: 'forks', maxWorkers: 1 },
})
