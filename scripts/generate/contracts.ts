import hre from 'hardhat'
import type { Abi, AbiItem } from 'viem'

/** What a call can fail with although the called contract does not declare it: the errors of the contracts it calls. */
const passedThrough: Record<string, readonly string[]> = {
  Postage: ['NoteTree', 'PostageToken'],
  NoteTree: [],
  PostageToken: [],
}

/** Compiles the contracts and returns the files generated from them: path from the root → content. */
export async function generateContracts(): Promise<Map<string, string>> {
  await hre.tasks.getTask('build').run({ quiet: true, noTests: true })

  const parts: string[] = []
  for (const [name, callees] of Object.entries(passedThrough)) {
    parts.push(formatAbi(name, await readAbi(name, callees)))
  }
  return new Map([['sdk/generated/abis.ts', `${header}\n${parts.join('\n')}`]])
}

const header = `// Generated from contracts/*.sol by \`npm run generate\`. Do not edit.
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
