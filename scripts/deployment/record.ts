import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Address } from 'viem'
import type { Deployment } from '../../sdk/generated/deployments.ts'
import { connectionSchemaOf } from '../ignition/modules/eas.ts'

const fileName = 'pennypost.json'

/** The deployment that a folder of Ignition's has a record of. */
export async function readDeployment(folder: string): Promise<Deployment | undefined> {
  const text = await readFile(join(folder, fileName), 'utf8').catch(() => undefined)
  return text === undefined ? undefined : parseDeployment(text)
}

/** A record as it is written. */
export function parseDeployment(text: string): Deployment {
  const record = JSON.parse(text)
  return { ...record, deployedAtBlock: BigInt(record.deployedAtBlock) }
}

/** Writes down, from Ignition's journal, where a finished deployment is. */
export async function writeDeployment(folder: string, chainId: number): Promise<Deployment> {
  const addresses: Record<string, Address> = JSON.parse(await readFile(join(folder, 'deployed_addresses.json'), 'utf8'))
  const find = (name: string) => Object.entries(addresses).find(([future]) => future.endsWith(`#${name}`))?.[1]
  const addressOf = (...names: string[]): Address => {
    const found = names.map(find).find((address) => address !== undefined)
    if (!found) throw new Error(`The deployment in ${folder} has no ${names.join(' or ')}.`)
    return found
  }

  const connectionResolver = addressOf('ConnectionResolver')
  const deployment: Deployment = {
    chainId,
    token: addressOf('PostageToken', 'IERC20Burnable'),
    tree: addressOf('NoteTree'),
    postage: addressOf('Postage'),
    payments: addressOf('Payments'),
    operatorPool: addressOf('OperatorPool'),
    stakeRegistry: addressOf('StakeRegistry'),
    checkpointRegistry: addressOf('CheckpointRegistry'),
    notice: addressOf('Notice'),
    timelock: addressOf('TimelockController'),
    eas: addressOf('EAS'),
    schemaRegistry: addressOf('SchemaRegistry'),
    connectionResolver,
    connectionSchema: connectionSchemaOf(connectionResolver),
    deployedAtBlock: await readFirstBlock(folder),
  }
  const record = { ...deployment, deployedAtBlock: Number(deployment.deployedAtBlock) }
  await writeFile(join(folder, fileName), `${JSON.stringify(record, null, 2)}\n`)
  return deployment
}

/** The block of the first receipt in the journal. */
async function readFirstBlock(folder: string): Promise<bigint> {
  const journal = await readFile(join(folder, 'journal.jsonl'), 'utf8')
  const blocks = journal
    .split('\n')
    .filter((line) => line.includes('"blockNumber"'))
    .map((line) => Number(JSON.parse(line).receipt.blockNumber))
  return BigInt(Math.min(...blocks))
}
