import { globSync } from 'node:fs'
import { basename } from 'node:path'

/** Files whose every line is meant to be held by a test, and the commands that hold them, cheapest first. */
export type Target = {
  readonly name: string
  /** Folders, from the root. */
  readonly sources: readonly string[]
  readonly extension: '.ts' | '.sol'
  /** The tests that lie nearest to a file, cheapest first; `--near` runs no others. */
  readonly near?: (path: string) => readonly (readonly string[])[]
  /** A mutant is noticed by the first of them that fails. */
  readonly tests: readonly (readonly string[])[]
}

const vitest = (...filters: string[]) => ['vitest', 'run', '--bail', '1', '--testTimeout', '60000', ...filters]

/** Which Solidity tests hold a contract: those named after it, and those of who uses it. */
const solidityTests: readonly (readonly [source: RegExp, tests: readonly string[]])[] = [
  [/NoteTree|TreeStep|NoteLog/, ['NoteTree*', 'Vectors', 'CheckpointSlash', 'CheckpointLeaks', 'Constructors']],
  [/Checkpoint|NetworkTerms|BabyJubjub|Code/, ['Checkpoint*', 'Constructors', 'Reentrancy', 'Vectors']],
  [/Stake|SlashReports|NoteOpening/, ['Stake*', 'Constructors', 'Reentrancy']],
  [/Postage/, ['Postage*', 'Constructors', 'Reentrancy']],
  [/Payment|BoundedCall|SignedVerdict/, ['Payments*', 'Constructors', 'Reentrancy', 'Vectors']],
  [/Funds/, ['Payments*', 'Postage*', 'Stake*']],
  [/OperatorPool/, ['OperatorPool', 'Constructors', 'Reentrancy', 'PaymentsInvariants']],
  [/Connection/, ['Connection*', 'Constructors']],
  [/Notice/, ['Notice', 'Constructors']],
]

function solidityNear(path: string): string[][] {
  const tests = solidityTests.find(([source]) => source.test(basename(path)))?.[1] ?? ['*']
  const files = globSync(tests.map((test) => `test/contracts/${test}.t.sol`)).sort()
  return [['hardhat', 'test', 'solidity', '--test-profile', 'quick', ...files]]
}

const quick = (...names: string[]) => [
  ...['vitest', 'run', '--config', 'scripts/mutate/vitest.config.ts', '--bail', '1'],
  ...names.map((name) => `test/sdk/${name}.test.ts`),
]

/** In a process of its own: snarkjs takes every thread for one of its workers. */
const bySnarkjs = [...quick('verifier/groth16'), '--pool', 'forks']
const [refusals, decisions] = [quick('verifier/refusals'), quick('verifier/decide-lane')]

/** Which tests hold a file of the verifier: those named after it, and those that go through it. */
const verifierTests: readonly (readonly [source: RegExp, tests: readonly (readonly string[])[]])[] = [
  [/groth16-mcl/, [quick('verifier/groth16-mcl'), bySnarkjs]],
  [/groth16/, [bySnarkjs]],
  [/block-list/, [quick('verifier/block-list')]],
  [/identity-signature/, [quick('verifier/block-list'), refusals]],
  [/signed-policy|versions/, [quick('verifier/signed-policy'), quick('verifier/block-list', 'client/known-peers')]],
  [/credential|issuers|fact-class/, [quick('verifier/credential')]],
  [/check-envelope/, [quick('verifier/check-envelope', 'verifier/refusals')]],
  [/checkpoint|network-terms/, [quick('verifier/checkpoint', 'verifier/refusals'), quick('notes/checkpoint-trust')]],
  [/contradicts|home|issuers|node-evidence|envelope-evidence/, []],
  [/lane-limits/, [quick('verifier/lane-limits'), decisions]],
  [/node-refusal/, [quick('client/refusal')]],
  [/payment/, [refusals, quick('verifier/payment')]],
  [/work/, [refusals, quick('evidence/do-work')]],
]

const verifierNear = (path: string): readonly (readonly string[])[] => {
  const found = verifierTests.find(([source]) => source.test(basename(path)))?.[1]
  if (found?.length === 0) return [quick(`verifier/${basename(path, '.ts')}`)]
  return (
    found ?? [refusals, decisions, quick('verifier/stake'), quick('verifier/payment'), quick('verifier/credential')]
  )
}

/** Which tests hold a file of the node, by what lies in its path. */
const nodeTests: readonly (readonly [source: RegExp, tests: readonly string[]])[] = [
  [/lane-terms|open-lane|close-topic|with-lanes|file-parked/, ['lanes', 'payments', 'paid-letters', 'blocks', 'gates']],
  [/node\/(gates|park|tokens|publish)/, ['gates', 'publish', 'private-topics', 'blocks', 'message-api']],
  [/query|for-reader|routes|wire|app/, ['message-api', 'private-topics', 'bounds', 'bad-input', 'lanes', 'streams']],
  [/streams|subscribe|bus/, ['streams', 'slow-reader', 'private-topics', 'bounds']],
  [/state|store|transact|change|keyed-lock/, ['store', 'transact', 'faults', 'lanes', 'publish', 'gates']],
  [/checkpoints|followed|doubts|terms/, ['checkpoints', 'doubts', 'lanes']],
  [/leaks|digest|groth16|ed25519/, ['leaks', 'lanes', 'publish']],
]

function nodeNear(path: string): string[][] {
  const tests = nodeTests.find(([source]) => source.test(path))?.[1] ?? ['settings', 'bounds', 'lanes', 'message-api']
  return tests.map((test) => vitest(`test/service/node/${test}.test.ts`))
}

export const targets: readonly Target[] = [
  {
    name: 'contracts',
    sources: ['contracts'],
    extension: '.sol',
    near: solidityNear,
    tests: [['hardhat', 'test', 'solidity'], vitest('test/contracts')],
  },
  {
    name: 'verifier',
    sources: ['sdk/verifier'],
    extension: '.ts',
    near: verifierNear,
    tests: [vitest('test/sdk/verifier'), vitest('test/service/node')],
  },
  {
    name: 'policy',
    sources: ['sdk/policy'],
    extension: '.ts',
    near: () => [quick('policy/evaluate', 'policy/forms')],
    tests: [vitest('test/sdk/policy', 'test/sdk/client/quote'), vitest('test/sdk/verifier', 'test/service/node')],
  },
  {
    name: 'gates',
    sources: ['service/node'],
    extension: '.ts',
    near: nodeNear,
    tests: [vitest('test/service/node'), vitest('test/e2e/floor', 'test/e2e/relations', 'test/e2e/terms')],
  },
  {
    name: 'transport',
    sources: ['sdk/transport'],
    extension: '.ts',
    tests: [vitest('test/sdk/transport')],
  },
  {
    name: 'log',
    sources: ['sdk/log'],
    extension: '.ts',
    tests: [vitest('test/sdk/log', 'test/sdk/client/copies'), vitest('test/e2e/login', 'test/e2e/call-back')],
  },
  {
    name: 'postage',
    sources: ['sdk/client/postage', 'sdk/client/tickets', 'sdk/client/sending', 'sdk/payments'],
    extension: '.ts',
    tests: [
      vitest(
        'test/sdk/client/budget',
        'test/sdk/client/quote',
        'test/sdk/client/stake-notes',
        'test/sdk/client/block-log',
      ),
      vitest(
        'test/sdk/payments',
        'test/sdk/client/paying',
        'test/sdk/client/chain-answers',
        'test/sdk/client/campaign',
        'test/sdk/client/campaign-unattended',
      ),
      vitest('test/e2e/money', 'test/e2e/failures', 'test/e2e/call-back', 'test/e2e/floor', 'test/e2e/path'),
    ],
  },
  {
    name: 'mailbox',
    sources: [
      'sdk/client/mailbox',
      'sdk/client/conversations',
      'sdk/client/lanes',
      'sdk/client/account',
      'sdk/client/session',
    ],
    extension: '.ts',
    tests: [
      vitest('test/sdk/client/inbox', 'test/sdk/client/blocking', 'test/sdk/client/channel', 'test/sdk/client/clock'),
      vitest('test/sdk/client', 'test/sdk/stock-clients'),
      vitest('test/e2e/relations', 'test/e2e/peers', 'test/e2e/login', 'test/e2e/rotation', 'test/e2e/silence'),
      vitest('test/e2e/path', 'test/e2e/stock', 'test/e2e/terms', 'test/e2e/privacy.test'),
    ],
  },
]
