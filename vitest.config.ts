import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

const pathOf = (file: string) => fileURLToPath(new URL(file, import.meta.url))
const database = pathOf('test/helpers/database/pglite.ts')
const deployment = pathOf('test/helpers/deployment/copied.ts')
/** They deploy because they need contracts; all others because they test how that is done. */
const deploying = ['scripts/start/network.ts', 'test/helpers/chain.ts', 'test/helpers/stake-network.ts'].map(pathOf)

/** Files that run for a minute or more begin first, so that none of them is alone at the end. */
const longest = ['bench/soak', 'e2e/privacy', 'prover/first-signers', 'e2e/failures'].map((name) => `/${name}.test.ts`)

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const isLong = ({ moduleId }: TestSpecification) => longest.some((name) => moduleId.endsWith(name))
    const sorted = await super.sort(files)
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))]
  }
}

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
    maxWorkers: 3, // two processors: some files mostly wait
    sequence: { sequencer: LongestFirst },
  },
})
