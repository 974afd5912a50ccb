import type { HardhatRuntimeEnvironment } from 'hardhat/types/hre'
import { auditDeployment } from '../audit/audit-deployment.ts'
import { readParameters } from '../deployment/parameters.ts'
import { type Given, withSession } from './session.ts'

/** Prints what of a deployment is not as its parameters and sources say; exit code 1 if anything is. */
export async function audit(
  given: Given & { readonly parameters: string | undefined },
  hre: HardhatRuntimeEnvironment,
): Promise<void> {
  await withSession(hre, given, async ({ client, contracts, account, networkName, print }) => {
    const differences = await auditDeployment({
      client,
      deployment: contracts,
      parameters: await readParameters(networkName, given.parameters),
      deployer: account,
      readArtifact: (name) => hre.artifacts.readArtifact(name),
    })
    for (const line of differences) print(line)
    print(differences.length === 0 ? 'The deployment is what its parameters say.' : `${differences.length} differ.`)
    if (differences.length > 0) process.exitCode = 1
  })
}
