import { execFile } from 'node:child_process'
import { glob, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describePlainly } from './describe-plainly.ts'

/** The protobuf messages as TypeScript, by buf and protoc-gen-es: path from the root → content. */
export async function generateProto(): Promise<Map<string, string>> {
  const folder = await mkdtemp(join(tmpdir(), 'pennypost-proto-'))
  try {
    await promisify(execFile)('buf', ['generate', '--output', folder])
    const files = new Map<string, string>()
    for await (const file of glob('sdk/**/*.ts', { cwd: folder }))
      files.set(file, await readFile(join(folder, file), 'utf8'))
    return describePlainly(files)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
