import { createRequire } from 'node:module'
import hardhatIgnitionViem from '@nomicfoundation/hardhat-ignition-viem'
import hardhatViem from '@nomicfoundation/hardhat-viem'
import { defineConfig } from 'hardhat/config'

const require = createRequire(import.meta.url)

const testDefaults = { fsPermissions: { readDirectory: ['test/vectors'] } }

export default defineConfig({
  plugins: [hardhatViem, hardhatIgnitionViem],
  solidity: {
    version: '0.8.30',
    path: require.resolve('solc/soljson.js'),
    settings: { evmVersion: 'cancun', optimizer: { enabled: true, runs: 20_000 } },
  },
  test: {
    solidity: {
      profiles: {
        default: { fuzz: { runs: 100 }, invariant: { runs: 16, depth: 50, failOnRevert: true }, ...testDefaults },
        ci: { fuzz: { runs: 1000 }, invariant: { runs: 256, depth: 100, failOnRevert: true }, ...testDefaults },
      },
    },
  },
  paths: {
    sources: 'contracts',
    tests: { solidity: 'test/contracts' },
    ignition: 'scripts/ignition',
  },
})
