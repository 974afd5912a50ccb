import { resolve } from 'node:path'
import { createHardhatRuntimeEnvironment } from 'hardhat/hre'
import type { Hex } from 'viem'
import config from '../hardhat.config.ts'
import type { Deployment } from '../sdk/generated/deployments.ts'
import { deployThrough } from './deployment/deploy.ts'
import type { ContractParameters } from './deployment/parameters.ts'

type Options = {
  /** JSON-RPC endpoint of the chain. */
  readonly rpcUrl: string
  /** Pays for the deployment and owns the contracts. */
  readonly privateKey: Hex
  /** Where Ignition keeps its journal: with it, a second call finds everything in place and sends nothing. */
  readonly folder: string
  readonly parameters?: ContractParameters
}

/** Deploys the contracts to any chain that answers at a URL, or finds them there. Starts nothing. */
export async function deployPennypost({ rpcUrl, privateKey, folder, parameters }: Options): Promise<Deployment> {
  const hre = await createHardhatRuntimeEnvironment(
    {
      ...config,
      paths: { ...config.paths, ignition: resolve(folder) },
      networks: { target: { type: 'http', url: rpcUrl, accounts: [privateKey] } },
    },
    {},
    resolve(import.meta.dirname, '..'),
  )
  const { deployment } = await deployThrough(hre, { network: 'target', ...(parameters && { parameters }) })
  return deployment
}
