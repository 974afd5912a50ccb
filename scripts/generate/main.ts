import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { generateCheckpointVectors } from './checkpoint-vectors.ts'
import { generateCircuits } from './circuits.ts'
import { generateContracts } from './contracts.ts'
import { generateKeys } from './keys.ts'
import { generateProto } from './proto.ts'
import { generateVectors } from './vectors.ts'

// Everything generated is committed. `npm run generate` writes it; with `--check` it only says what differs.

const isCheck = process.argv.includes('--check')
const generators = [
  generateProto,
  generateContracts,
  generateCircuits,
  generateKeys,
  generateVectors,
  generateCheckpointVectors,
]

const files = new Map<string, string>()
for (const generate of generators) for (const [path, content] of await generate()) files.set(path, content)

const stale: string[] = []
for (const [path, content] of files) {
  const current = await readFile(path, 'utf8').catch(() => undefined)
  if (current === content) continue
  stale.push(path)
  if (isCheck) continue
  await mkdir(dirname(path), { recursive: true })
  await writeFile(path, content)
}

const list = stale.map((path) => `  ${path}\n`).join('')
if (isCheck && stale.length > 0) {
  console.error(`These files do not match their sources:\n${list}Run: npm run generate`)
  process.exit(1)
}
console.log(
  isCheck ? `${files.size} generated files are up to date` : `${stale.length} of ${files.size} files written\n${list}`,
)
process.exit(0) // Hardhat's compiler keeps handles open
