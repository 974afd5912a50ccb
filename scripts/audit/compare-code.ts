import type { Address, Hex, PublicClient } from 'viem'
import type { Deployment } from '../../sdk/generated/deployments.ts'

type Places = Readonly<Record<string, readonly { readonly start: number; readonly length: number }[]>>

/** What the compiler says of a contract. */
export type Artifact = {
  readonly deployedBytecode: string
  readonly immutableReferences?: Places | undefined
  readonly deployedLinkReferences?: Readonly<Record<string, Places>> | undefined
}

export type CodeOptions = {
  readonly client: Pick<PublicClient, 'getCode'>
  readonly deployment: Deployment
  /** The token is the deployment's own. */
  readonly hasOwnToken: boolean
  readonly readArtifact: (name: string) => Promise<Artifact>
}

type Named = keyof Deployment & ('token' | 'tree' | 'postage' | 'payments' | 'operatorPool' | 'notice' | 'timelock')
const sources: Readonly<Record<Named | 'stakeRegistry' | 'checkpointRegistry' | 'connectionResolver', string>> = {
  token: 'PostageToken',
  tree: 'NoteTree',
  postage: 'Postage',
  payments: 'Payments',
  operatorPool: 'OperatorPool',
  stakeRegistry: 'StakeRegistry',
  checkpointRegistry: 'CheckpointRegistry',
  notice: 'Notice',
  connectionResolver: 'ConnectionResolver',
  timelock: 'TimelockController',
}

/** What of the code on the chain is not what the sources compile to. Immutable values are left to those who read them. */
export async function compareCode(options: CodeOptions): Promise<string[]> {
  const lines: string[] = []
  for (const [name, source] of Object.entries(sources)) {
    if (name === 'token' && !options.hasOwnToken) continue
    const address = options.deployment[name as keyof typeof sources]
    lines.push(...(await compareContract(options, { address, source })))
  }
  return lines
}

type Contract = { readonly address: Address; readonly source: string }

async function compareContract(options: CodeOptions, { address, source }: Contract): Promise<string[]> {
  const code = await options.client.getCode({ address })
  if (!code) return [`${source}: there is no contract at ${address}.`]
  const artifact = await options.readArtifact(source)
  const links = Object.values(artifact.deployedLinkReferences ?? {}).flatMap((file) => Object.entries(file))
  const values = Object.values(artifact.immutableReferences ?? {}).flat()
  const places = [...values, ...links.flatMap(([, of]) => of)]
  const isSame = blank(code, places) === blank(artifact.deployedBytecode, places)
  const lines = isSame ? [] : [`${source}: the code at ${address} is not what the source compiles to.`]
  for (const [library, of] of links) {
    for (const at of new Set(of.map(({ start }) => addressAt(code, start)))) {
      if (!(await isLibrary(options, at, library))) lines.push(`${source}: it calls ${at}, which is not ${library}.`)
    }
  }
  return lines
}

const addressAt = (code: Hex, start: number): Address => `0x${code.slice(2 + 2 * start, 42 + 2 * start)}`

/** A library has its own address behind its first byte. */
async function isLibrary({ client, readArtifact }: CodeOptions, address: Address, name: string): Promise<boolean> {
  const [code, artifact] = await Promise.all([client.getCode({ address }), readArtifact(name)])
  const own = [{ start: 1, length: 20 }]
  return code !== undefined && blank(code, own) === blank(artifact.deployedBytecode, own)
}

/** Code with zeros in some places. */
function blank(code: string, places: Places[string]): string {
  return places.reduce((text, { start, length }) => {
    const [from, to] = [2 + 2 * start, 2 + 2 * (start + length)]
    return text.slice(0, from) + '0'.repeat(to - from) + text.slice(to)
  }, code.toLowerCase())
}
