import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Abi, type Address, encodeAbiParameters, type Hex } from 'viem'

/** What an explorer has to be told to compare a contract's code with its source. */
export type Verification = {
  readonly address: Address
  /** File and name, as in the compiler's input. */
  readonly contract: string
  /** `0.8.30+commit.…` */
  readonly compiler: string
  /** File of the deployment's folder whose `input` is the compiler's standard JSON input. */
  readonly buildInfo: string
  readonly constructorArguments: Hex
  /** By name. */
  readonly libraries: Readonly<Record<string, Address>>
}

const fileName = 'verification.json'

/**
 * Writes down, from Ignition's journal, how each contract's code can be compiled again. The attestation service is
 * deployed as its makers compiled it, and has its source with them.
 */
export async function writeVerification(folder: string): Promise<readonly Verification[]> {
  const addresses: Record<string, Address> = await readJson(folder, 'deployed_addresses.json')
  const compilers = new Map<string, string>()
  const entries: Verification[] = []
  for (const started of await readStarted(folder)) {
    const entry = await describe(started, { folder, compilers, address: addresses[started.futureId] })
    if (entry) entries.push(entry)
  }
  await writeFile(join(folder, fileName), `${JSON.stringify(entries, null, 2)}\n`)
  return entries
}

type Started = {
  readonly futureId: string
  readonly artifactId: string
  readonly constructorArgs: readonly unknown[]
  readonly libraries: Readonly<Record<string, Address>>
}

/** The deployments that the journal began; big integers are dressed as objects there. */
async function readStarted(folder: string): Promise<Started[]> {
  const lines = (await readFile(join(folder, 'journal.jsonl'), 'utf8')).split('\n')
  return lines
    .filter((line) => line.includes('"DEPLOYMENT_EXECUTION_STATE_INITIALIZE"'))
    .map((line) => JSON.parse(line, (_, value) => (value?._kind === 'bigint' ? BigInt(value.value) : value)))
}

type Place = { folder: string; compilers: Map<string, string>; address: Address | undefined }

async function describe(
  { artifactId, constructorArgs, libraries }: Started,
  { folder, compilers, address }: Place,
): Promise<Verification | undefined> {
  const artifact = await readJson(folder, join('artifacts', `${artifactId}.json`))
  if (!address || !artifact.buildInfoId) return undefined
  const buildInfo = join('build-info', `${artifact.buildInfoId}.json`)
  const compiler = compilers.get(buildInfo) ?? (await readJson(folder, buildInfo)).solcLongVersion
  compilers.set(buildInfo, compiler)
  return {
    address,
    contract: `${artifact.inputSourceName}:${artifact.contractName}`,
    compiler,
    buildInfo,
    constructorArguments: encodeConstructor(artifact.abi, constructorArgs),
    libraries,
  }
}

function encodeConstructor(abi: Abi, args: readonly unknown[]): Hex {
  const item = abi.find(({ type }) => type === 'constructor')
  return item?.type === 'constructor' ? encodeAbiParameters(item.inputs, args) : '0x'
}

const readJson = async (folder: string, name: string) => JSON.parse(await readFile(join(folder, name), 'utf8'))
