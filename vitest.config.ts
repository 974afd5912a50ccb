import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

const database = fileURLToPath(new URL('test/helpers/database/pglite.ts', import.meta.url))

export default defineConfig({
  plugins: [
    {
      name: 'copied-databases',
      enforce: 'pre',
      resolveId: (source, importer) =>
        source === '@electric-sql/pglite' && importer?.includes('/service/') ? database : undefined,
    },
  ],
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/helpers/database/template.ts'],
    testTimeout: 120_000,
    hookTimeout: 300_000,
    pool: 'forks',
    maxWorkers: 2,
  },
})
