import { createRequire } from 'node:module'
import hardhatIgnitionViem from '@nomicfoundation/hardhat-ignition-viem'
import hardhatViem from '@nomicfoundation/hardhat-viem'
import { defineConfig } from 'hardhat/config'

const require = createRequire(import.meta.url)

export default defineConfig({
  plugins: [hardhatViem, hardhatIgnitionViem],
  solidity: {
    version: '0.8.30',
    path: require.resolve('solc/soljson.js'),
    settings: { evmVersion: 'cancun', optimizer: { enabled: true, runs: 20_000 } },
  },
  paths: {
    sources: 'contracts',
    tests: { solidity: 'test/contracts' },
    ignition: 'scripts/ignition',
  },
})
