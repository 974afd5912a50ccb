import { fileURLToPath } from 'node:url'
import { defineConfig, type Plugin } from 'vitest/config'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

const pathOf = (file: string) => fileURLToPath(new URL(file, import.meta.url))
const database = pathOf('test/helpers/database/pglite.ts')
const deployment = pathOf('test/helpers/deployment/copied.ts')
const poseidon = pathOf('test/helpers/poseidon.ts')
/** They deploy because they need contracts; all others because they test how that is done. */
const deploying = ['scripts/start/network.ts', 'test/helpers/chain.ts', 'test/helpers/stake-network.ts'].map(pathOf)

/** Files that run for a minute or more begin first of those like them, so that none of them is alone at the end. */
const longest = [
  ...['bench/soak', 'e2e/privacy', 'prover/first-signers', 'e2e/failures', 'sdk/client/every-call'],
  ...['prover/majority', 'cli/command-line', 'verifier/mutated-tickets', 'node/bounds'],
  ...['packages/floor', 'docs/examples', 'docs/embedding'],
  ...['web/provide', 'web/app', 'web/desk', 'web/money', 'browser/client'],
].map((name) => `/${name}.test.ts`)

/** Files about what is written and what is published: `npm run check` runs them, `npm test` leaves them out. */
const gate = ['test/packages/**/*.test.ts', 'test/docs/{comments,embedding,examples,operating}.test.ts']

/** Files that have a process of their own: they are about it, or take it for long. All others share theirs, so that what they import is loaded once. */
const alone = [
  'test/web/watch-waiting.test.ts', // it holds its process's clock
  'test/bench/soak.test.ts',
  'test/e2e/{failures,privacy}.test.ts',
  'test/sdk/evidence/do-work.test.ts', // it counts its process's workers
  'test/sdk/facts/ask-issuer.test.ts', // it holds its process's clock
  'test/service/process.test.ts',
  'test/service/node/slow-reader.test.ts', // it measures its process's memory
  'test/service/prover/endpoints.test.ts', // it holds its process's clock
  'test/service/prover/{first-signers,kill,kill-facts}.test.ts',
]

/** In a browser; they share a process, since each of them starts a network. */
const browsing = [
  'test/browser/**/*.test.ts',
  'test/web/{app,contents,desk,money,provide,provide-clean,rule,unread}.test.ts',
]

/** Stories that share a process: some of them prove by keys of their own, which all nodes in it take from then on. */
const stories = [
  'test/e2e/{call-back,facts,first-use,floor,import-notes,money,peers,privacy-bytes,relations,rotation}.test.ts',
  'test/e2e/{shared-lists,silence,slash,terms}.test.ts',
  'test/sdk/client/{paying,every-call,chain-answers,campaign,campaign-unattended,reload,wallet-lanes}.test.ts',
  'test/service/cli/command-line.test.ts',
  'test/docs/conditions.test.ts',
]

/** Those that have a process of their own, the stories, and then all others: a worker keeps its process while the next file in turn is of the same project. */
class ByProject extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const projects = ['alone', 'browsing', 'gate', 'stories', 'together']
    const rankOf = ({ moduleId, project }: TestSpecification) =>
      2 * projects.indexOf(project.name) + (longest.some((name) => moduleId.endsWith(name)) ? 0 : 1)
    return (await super.sort(files)).sort((one, other) => rankOf(one) - rankOf(other))
  }
}

const plugins: Plugin[] = [
  {
    name: 'remembered-hashes',
    enforce: 'pre',
    resolveId: (source, importer) =>
      source.endsWith('/poseidon.ts') && importer?.startsWith(pathOf('sdk/')) ? poseidon : undefined,
  },
  {
    name: 'copied-databases',
    enforce: 'pre',
    resolveId: (source, importer) =>
      source === '@electric-sql/pglite' && importer?.includes('/plugins/database/') ? database : undefined,
  },
  {
    name: 'copied-deployments',
    enforce: 'pre',
    resolveId: (source, importer) =>
      source.endsWith('/deploy-local.ts') && importer && deploying.includes(importer) ? deployment : undefined,
  },
]

/**
 * Garbage is collected less often. Without the last two, all of it is looked through again after each 64 MB of buffers, which is a
 * fifth of the time of files that send a node much.
 */
const execArgv = [
  '--max-semi-space-size=64',
  '--initial-old-space-size=512',
  '--external-memory-accounted-in-global-limit',
]

const shared = {
  env: { PENNYPOST_METRICS_PORT: '0' }, // of processes that tests start
  // A machine may be four times slower, and do something else besides.
  testTimeout: 240_000,
  hookTimeout: 300_000,
  expect: { poll: { timeout: 90_000 } },
  pool: 'forks',
  execArgv,
  maxWorkers: 4, // two processors: some files mostly wait
} as const

export default defineConfig({
  test: {
    ...shared,
    globalSetup: ['test/helpers/database/template.ts', 'test/helpers/deployment/folder.ts'],
    sequence: { sequencer: ByProject },
    projects: [
      {
        plugins,
        test: {
          ...shared,
          name: 'together',
          env: { ...shared.env, KEEPS_KEYS: 'yes' },
          include: ['test/**/*.test.ts'],
          exclude: [...alone, ...browsing, ...gate, ...stories],
          isolate: false,
        },
      },
      { plugins, test: { ...shared, name: 'stories', include: stories, isolate: false } },
      { plugins, test: { ...shared, name: 'browsing', include: browsing, isolate: false } },
      { plugins, test: { ...shared, name: 'alone', include: alone } },
      { plugins, test: { ...shared, name: 'gate', include: gate } },
    ],
  },
})
