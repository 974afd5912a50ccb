import { parseArgs } from 'node:util'
import hre from 'hardhat'
import { deployThrough } from './deployment/deploy.ts'
import { readParameters } from './deployment/parameters.ts'

// npm run deploy -- --network <name> [--parameters <file.json>]
// Deploys what is not deployed yet; a second run sends nothing. Without a file, the parameters are those that
// scripts/ignition/parameters has for the network.

const usage = 'npm run deploy -- --network <name> [--parameters <file.json>]'
const networks = Object.entries(hre.config.networks).flatMap(([name, { type }]) => (type === 'http' ? [name] : []))

try {
  const { network, parameters } = readFlags()
  const { deployment, transactions } = await deployThrough(hre, {
    network,
    parameters: await readParameters(network, parameters),
  })
  console.log(transactions === 0 ? 'Everything is in place; nothing was sent.' : `${transactions} transactions sent.`)
  console.table({ ...deployment, deployedAtBlock: Number(deployment.deployedAtBlock) })
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}

function readFlags() {
  const options = { network: { type: 'string' }, parameters: { type: 'string' } } as const
  const { network, parameters } = parseArgs({ options }).values
  if (network === undefined || !networks.includes(network)) {
    throw new Error(`${usage}\nNetworks: ${networks.join(', ')} (see hardhat.config.ts)`)
  }
  return { network, parameters }
}
