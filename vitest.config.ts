import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

const pathOf = (file: string) => fileURLToPath(new URL(file, import.meta.url))
const database = pathOf('test/helpers/database/pglite.ts')
const deployment = pathOf('test/helpers/deployment/copied.ts')
/** They deploy because they need contracts; all others because they test how that is done. */
const deploying = ['scripts/start/network.ts', 'test/helpers/chain.ts', 'test/helpers/stake-network.ts'].map(pathOf)

export default defineConfig({
  plugins: [
    {
      name: 'copied-databases',
      enforce: 'pre',
      resolveId: (source, importer) =>
        source === '@electric-sql/pglite' && importer?.includes('/service/') ? database : undefined,
    },
    {
      name: 'copied-deployments',
      enforce: 'pre',
      resolveId: (source, importer) =>
        source.endsWith('/deploy-local.ts') && importer && deploying.includes(importer) ? deployment : undefined,
    },
  ],
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/helpers/database/template.ts', 'test/helpers/deployment/folder.ts'],
    env: { PENNYPOST_METRICS_PORT: '0' }, // of processes that tests start
    testTimeout: 120_000,
    hookTimeout: 300_000,
    pool: 'forks',
    maxWorkers: 3,
  },
})
