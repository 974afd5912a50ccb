import type { Address, PublicClient } from 'viem'
import type { Deployment } from '../../sdk/generated/deployments.ts'
import { withDefaultRule } from '../deployment/default-rule.ts'
import type { ContractParameters } from '../deployment/parameters.ts'
import { definePennypost } from '../ignition/modules/pennypost.ts'
import { holdersOf } from '../ignition/modules/timelock.ts'
import { type Artifact, compareCode } from './compare-code.ts'
import { compareOwners } from './compare-owners.ts'
import { compareRegistry } from './compare-registry.ts'
import { compareTerms } from './compare-terms.ts'
import { defaultParameters } from './default-parameters.ts'

export type AuditOptions = {
  readonly client: Pick<PublicClient, 'readContract' | 'getContractEvents' | 'getCode' | 'getBlock' | 'getChainId'>
  readonly deployment: Deployment
  readonly parameters: ContractParameters
  /** Who has the timelock's roles where the parameters name nobody. */
  readonly deployer: Address
  readonly readArtifact: (name: string) => Promise<Artifact>
}

/** Compares a deployment on a chain with its parameters and sources; a line for all that differs. */
export async function auditDeployment({ client, deployment, deployer, ...options }: AuditOptions): Promise<string[]> {
  const given = withDefaultRule(options.parameters, await client.getChainId())
  const parameters: ContractParameters = { ...defaultParameters(definePennypost()), ...given }
  const only = [deployer]
  const holders = holdersOf(parameters) ?? { PROPOSER: only, CANCELLER: only, EXECUTOR: only }
  const on = { client, deployment }
  const hasOwnToken = parameters.token === undefined
  const addresses = [
    ...(hasOwnToken || parameters.token === deployment.token ? [] : [`The token is ${deployment.token}.`]),
    ...(!parameters.eas || parameters.eas === deployment.eas ? [] : [`The attestation service is ${deployment.eas}.`]),
  ]
  if (!(await client.getCode({ address: deployment.timelock }))) return ['There is no timelock on this chain.']
  return [
    ...addresses,
    ...(await compareCode({ ...on, hasOwnToken, readArtifact: options.readArtifact })),
    ...(await compareTerms({ ...on, parameters })),
    ...(await compareRegistry({ ...on, parameters })),
    ...(await compareOwners({ ...on, holders, ownerDelay: Number(parameters.ownerDelay) })),
  ]
}
