import { readdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import hardhatIgnitionViem from '@nomicfoundation/hardhat-ignition-viem'
import hardhatViem from '@nomicfoundation/hardhat-viem'
import { configVariable, defineConfig } from 'hardhat/config'
import type { HttpNetworkUserConfig } from 'hardhat/types/config'
import { tasks } from './scripts/tasks/index.ts'
import { mergeOverrides } from './scripts/tasks/merge-overrides.ts'

const require = createRequire(import.meta.url)

/** The owner of what is deployed; and for tests only, Poseidon to compare vectors and Semaphore to compare gas with. */
const npmFilesToBuild = [
  '@openzeppelin/contracts/governance/TimelockController.sol',
  ...[2, 3, 4, 5, 6].map((width) => `poseidon-solidity/PoseidonT${width}.sol`),
  '@semaphore-protocol/contracts/Semaphore.sol',
]

/** The attestation service as it is on public networks, for tests to deploy. */
const easArtifacts = 'node_modules/@ethereum-attestation-service/eas-contracts/artifacts/contracts'

const testDefaults = { fsPermissions: { readDirectory: ['test/vectors', easArtifacts] } }

/** A public network's endpoint and the key that deploys to it, from the environment; read only when it is used. */
const remote = (chainId: number): HttpNetworkUserConfig => ({
  type: 'http',
  chainId,
  url: configVariable('PENNYPOST_RPC_URL'),
  accounts: [configVariable('PENNYPOST_DEPLOYER_KEY')],
})

const compiler = {
  version: '0.8.30',
  path: require.resolve('./scripts/compiler.ts'),
  settings: { evmVersion: 'cancun', optimizer: { enabled: true, runs: 20_000 } },
} as const

/** Tests deploy the contracts as they are built for networks (helpers/Built.sol); of themselves, only the result counts. */
const testCompiler = { ...compiler, settings: { evmVersion: 'cancun', optimizer: { enabled: false } } }
const testFolder = 'test/contracts'
const tests = readdirSync(testFolder, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.sol'))
const overrides = Object.fromEntries(tests.map((file) => [`${testFolder}/${file}`, testCompiler]))

export default defineConfig({
  plugins: [hardhatViem, hardhatIgnitionViem, mergeOverrides],
  tasks,
  solidity: { compilers: [compiler], overrides, npmFilesToBuild, splitTestsCompilation: true },
  test: {
    solidity: {
      profiles: {
        quick: { fuzz: { runs: 25 }, invariant: { runs: 8, depth: 25, failOnRevert: true }, ...testDefaults },
        default: { fuzz: { runs: 100 }, invariant: { runs: 16, depth: 50, failOnRevert: true }, ...testDefaults },
        ci: { fuzz: { runs: 128 }, invariant: { runs: 32, depth: 100, failOnRevert: true }, ...testDefaults },
        long: { fuzz: { runs: 1000 }, invariant: { runs: 256, depth: 100, failOnRevert: true }, ...testDefaults },
      },
    },
  },
  networks: {
    localhost: { type: 'http', url: 'http://127.0.0.1:8545' },
    sepolia: remote(11_155_111),
    baseSepolia: remote(84_532),
  },
  verify: { etherscan: { apiKey: configVariable('PENNYPOST_EXPLORER_KEY') } },
  paths: {
    sources: 'contracts',
    tests: { solidity: testFolder },
    ignition: 'scripts/ignition',
  },
})
