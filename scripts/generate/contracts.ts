import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import hre from 'hardhat'
import type { Abi, AbiItem } from 'viem'
import type { Deployment } from '../../sdk/generated/deployments.ts'
import { readDeployment } from '../deployment/record.ts'

/** What a call can fail with although the called contract does not declare it: the errors of the contracts it calls. */
const passedThrough: Record<string, readonly string[]> = {
  Postage: ['NoteTree', 'PostageToken'],
  NoteTree: [],
  PostageToken: [],
  Payments: ['NoteTree', 'PostageToken'],
  OperatorPool: ['PostageToken'],
  StakeRegistry: ['NoteTree', 'PostageToken'],
  Notice: ['PostageToken'],
  CheckpointRegistry: ['NoteTree', 'PostageToken'],
  ConnectionResolver: [],
}

/** Compiles the contracts and returns the files generated from them: path from the root → content. */
export async function generateContracts(): Promise<Map<string, string>> {
  await hre.tasks.getTask('build').run({ quiet: true, noTests: true })

  const parts: string[] = []
  for (const [name, callees] of Object.entries(passedThrough)) {
    parts.push(formatAbi(name, await readAbi(name, callees)))
  }
  return new Map([
    ['sdk/generated/abis.ts', `${abisHeader}\n${parts.join('\n')}`],
    ['sdk/generated/deployments.ts', formatDeployments(await readDeployments())],
  ])
}

const abisHeader = `// Generated from contracts/*.sol by \`npm run generate\`. Do not edit.
`

const deploymentsHeader = `// Generated from scripts/ignition/deployments by \`npm run generate\`. Do not edit.

/** Where the contracts of one network are. */
export type Deployment = {
  readonly chainId: number
  readonly token: \`0x\${string}\`
  readonly tree: \`0x\${string}\`
  readonly postage: \`0x\${string}\`
  readonly payments: \`0x\${string}\`
  readonly operatorPool: \`0x\${string}\`
  readonly stakeRegistry: \`0x\${string}\`
  readonly checkpointRegistry: \`0x\${string}\`
  readonly notice: \`0x\${string}\`
  /** Owns all contracts that have an owner. */
  readonly timelock: \`0x\${string}\`
  /** The Ethereum Attestation Service and its registry of schemas. */
  readonly eas: \`0x\${string}\`
  readonly schemaRegistry: \`0x\${string}\`
  readonly connectionResolver: \`0x\${string}\`
  /** Identifier of the schema that connects two accounts. */
  readonly connectionSchema: \`0x\${string}\`
  /** The first block that has one of them: where to start to read events. */
  readonly deployedAtBlock: bigint
}

/** The networks whose deployments are committed, by chain id. A local chain's is known only at run time. */
`

async function readAbi(name: string, callees: readonly string[]): Promise<Abi> {
  const { abi } = await hre.artifacts.readArtifact(name)
  const items = (abi as Abi).filter(({ type }) => type !== 'constructor')
  for (const callee of callees) {
    const errors = ((await hre.artifacts.readArtifact(callee)).abi as Abi).filter(({ type }) => type === 'error')
    items.push(...errors.filter((error) => !items.some((item) => format(item) === format(error))))
  }
  return items
}

/** One item a line, so that a change of the interface is a change of one line. */
function formatAbi(name: string, abi: Abi): string {
  const constant = `${name.charAt(0).toLowerCase()}${name.slice(1)}Abi`
  return `export const ${constant} = [\n${abi.map((item) => `  ${format(item)},\n`).join('')}] as const\n`
}

/** JSON in the dress of TypeScript: bare keys, single quotes. ABI strings hold neither quotes nor backslashes. */
function format(item: AbiItem): string {
  return JSON.stringify(item, (key, value) => (key === 'internalType' ? undefined : value))
    .replaceAll(/"(\w+)":/g, '$1: ')
    .replaceAll('"', "'")
    .replaceAll(/,(?=[^ ])/g, ', ')
    .replaceAll(/\{(?!\})/g, '{ ')
    .replaceAll(/(?<!\{)\}/g, ' }')
}

/** The committed deployments; a local chain's folder is not. */
async function readDeployments(): Promise<Deployment[]> {
  const root = join(hre.config.paths.ignition, 'deployments')
  const folders = (await readdir(root).catch(() => [])).filter((name) => name !== 'chain-31337').sort()
  const deployments = await Promise.all(folders.map((folder) => readDeployment(join(root, folder))))
  return deployments.filter((deployment) => deployment !== undefined)
}

function formatDeployments(deployments: readonly Deployment[]): string {
  const entries = deployments.map(({ chainId, deployedAtBlock, ...addresses }) => {
    const fields = Object.entries(addresses).map(([name, address]) => `    ${name}: '${address}',\n`)
    return `  ${chainId}: {\n    chainId: ${chainId},\n${fields.join('')}    deployedAtBlock: ${deployedAtBlock}n,\n  },\n`
  })
  const list = entries.length === 0 ? '{}' : `{\n${entries.join('')}}`
  return `${deploymentsHeader}export const deployments: Readonly<Record<number, Deployment>> = ${list}\n`
}
