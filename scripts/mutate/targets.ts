/** Files whose every line is meant to be held by a test, and the commands that hold them, cheapest first. */
export type Target = {
  readonly name: string
  /** Folders, from the root. */
  readonly sources: readonly string[]
  readonly extension: '.ts' | '.sol'
  /** A mutant is noticed by the first of them that fails. */
  readonly tests: readonly (readonly string[])[]
}

const vitest = (...filters: string[]) => ['vitest', 'run', '--bail', '1', '--testTimeout', '60000', ...filters]

export const targets: readonly Target[] = [
  {
    name: 'contracts',
    sources: ['contracts'],
    extension: '.sol',
    tests: [['hardhat', 'test', 'solidity'], vitest('test/contracts')],
  },
  {
    name: 'verifier',
    sources: ['sdk/verifier', 'sdk/policy'],
    extension: '.ts',
    tests: [vitest('test/sdk/verifier', 'test/sdk/policy'), vitest('test/service/node')],
  },
  {
    name: 'gates',
    sources: ['service/node'],
    extension: '.ts',
    tests: [vitest('test/service/node'), vitest('test/e2e/floor', 'test/e2e/relations', 'test/e2e/terms')],
  },
  {
    name: 'client',
    sources: ['sdk/client', 'sdk/log'],
    extension: '.ts',
    tests: [
      vitest('test/sdk/log', 'test/sdk/client'),
      vitest('test/e2e/money', 'test/e2e/path', 'test/e2e/relations', 'test/e2e/peers', 'test/e2e/call-back'),
      vitest('test/e2e/failures', 'test/e2e/login', 'test/e2e/rotation', 'test/e2e/silence', 'test/e2e/terms'),
      vitest('test/e2e/floor', 'test/e2e/stock', 'test/e2e/privacy.test', 'test/interop'),
    ],
  },
]
