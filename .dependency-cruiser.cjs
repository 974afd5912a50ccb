/** The layers, lowest first. A layer may import itself and the ones before it. */
const layers = [
  'sdk/(errors|async|tell|group-by|describe-message|generated)',
  'sdk/crypto',
  'sdk/(codec|policy)',
  'sdk/verifier',
  'sdk',
  'service',
  '(scripts|test|web)',
  '(bench|examples)',
]

const upward = layers.map((layer, i) => ({
  name: `no-upward-import:${layer}`,
  severity: 'error',
  from: { path: `^${layer}`, pathNot: i ? layers.slice(0, i).map((lower) => `^${lower}`) : [] },
  to: {
    path: layers.slice(i + 1).map((upper) => `^${upper}`),
    pathNot: ['node_modules', ...layers.slice(0, i + 1).map((lower) => `^${lower}`)],
  },
}))

/** The rooms of the client, lowest first; create-client.ts alone knows all of them. */
const rooms = ['session', 'lanes', 'tickets', 'postage', 'mailbox', 'sending', 'conversations', 'account']

const upstairs = rooms.slice(0, -1).map((room, i) => ({
  name: `no-room-above:${room}`,
  comment: 'A room of the client imports itself and the rooms below it.',
  severity: 'error',
  from: { path: `^sdk/client/${room}/` },
  to: { path: `^sdk/client/((${rooms.slice(i + 1).join('|')})/|[^/]+[.]ts$)` },
}))

/** What the SDK's package.json lets others import. */
const publishedEntries = Object.values(require('./sdk/package.json').exports).map(
  (path) => `^sdk/${path.slice(2).replaceAll('.', '[.]')}$`,
)
/** A module that Vite makes, of one of these. */
const viteOnly = '[?]worker&url$'

module.exports = {
  forbidden: [
    ...upward.slice(0, -1),
    ...upstairs,
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'verifier-stays-light',
      comment: 'What a node embeds: noble and protobuf only; no chain client, no Node built-in.',
      severity: 'error',
      from: {
        path: '^sdk/(codec|crypto|policy|verifier|generated)',
        pathNot: ['\\.node\\.ts$', 'fast-', 'groth16-mcl', 'node-module'],
      },
      to: {
        dependencyTypes: ['npm', 'npm-dev', 'npm-peer', 'core', 'npm-no-pkg', 'unknown'],
        pathNot: 'node_modules/(@noble|@bufbuild)/',
      },
    },
    {
      name: 'node-and-prover-are-strangers',
      comment: 'A node never needs a prover in its process, nor the reverse.',
      severity: 'error',
      from: { path: '^service/(node|prover)/' },
      to: { path: '^service/(node|prover)/', pathNot: '^service/$1/' },
    },
    {
      name: 'decisions-know-no-routes',
      comment: 'What a service decides does not depend on how it is asked or answers: routes and wire import it.',
      severity: 'error',
      from: {
        path: '^service/(node|prover)/',
        pathNot: '^service/[^/]+/((app|assemble|server|main|index)[.]ts$|routes/|wire/)',
      },
      to: { path: '^service/[^/]+/(routes|wire)/' },
    },
    {
      name: 'routes-do-not-write',
      comment: 'A route asks a use case; only those write, through one transaction.',
      severity: 'error',
      from: { path: '^service/node/(routes|wire)/' },
      to: { path: '^service/node/(transact|change|state/)' },
    },
    {
      name: 'web-is-an-application',
      comment: 'The page uses what the SDK publishes, as anybody could, and a view library.',
      severity: 'error',
      from: { path: '^web/' },
      to: {
        pathNot: ['^web/', ...publishedEntries, 'node_modules/(preact|@preact|viem|vite)/', viteOnly],
        dependencyTypesNot: ['core'],
      },
    },
    {
      name: 'node-reads-no-chain',
      comment: 'A node opens no connection to a chain.',
      severity: 'error',
      from: { path: '^service/node/' },
      to: { path: 'node_modules/viem/' },
    },
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'types', 'node', 'default'] },
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(dist|artifacts|cache)/' },
  },
}
