import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { glob, mkdir, mkdtemp, readFile, rename, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { readR1cs } from './r1cs.ts'

/** The circuits with a `main` component; `circuits/lib` holds their parts. */
export const circuitNames = ['ticket', 'credential'] as const

export type CircuitName = (typeof circuitNames)[number]

/** Where a compiled circuit lies: absolute paths. */
export type CompiledCircuit = {
  /** The constraints. */
  readonly r1cs: string
  /** The witness calculator. */
  readonly wasm: string
  /** Which signal stands at which place of the witness. */
  readonly sym: string
}

const root = fileURLToPath(new URL('../../', import.meta.url))
const libraries = 'node_modules/circomlib/circuits'
const flags = ['--r1cs', '--wasm', '--sym', '--O2', '-l', libraries]
const require = createRequire(import.meta.url)

/** Compiles one circuit, or finds it compiled from the same sources by the same compiler. */
export async function compileCircuit(name: CircuitName): Promise<CompiledCircuit> {
  const folder = join('build/circuits', await sourceHash())
  const compiled = {
    r1cs: join(root, folder, name, `${name}.r1cs`),
    wasm: join(root, folder, name, `${name}_js`, `${name}.wasm`),
    sym: join(root, folder, name, `${name}.sym`),
  }
  if (existsSync(compiled.r1cs)) return compiled

  await mkdir(join(root, folder), { recursive: true })
  const partial = await mkdtemp(join(root, folder, `${name}-`))
  try {
    await runCircom(name, partial)
    await rename(partial, join(root, folder, name))
  } catch (error) {
    if (!existsSync(compiled.r1cs)) throw error // another process may have been faster
  } finally {
    await rm(partial, { recursive: true, force: true })
  }
  return compiled
}

/** The snapshot of the circuits' sizes: path from the root → content. */
export async function generateCircuits(): Promise<Map<string, string>> {
  const sizes: Record<string, unknown> = {}
  for (const name of circuitNames) {
    const { constraints, wires, outputs, publicInputs, privateInputs } = readR1cs(
      await readFile((await compileCircuit(name)).r1cs),
    )
    sizes[name] = { constraints: constraints.length, wires, outputs, publicInputs, privateInputs }
  }
  return new Map([['circuits/constraints.json', `${JSON.stringify(sizes, null, 2)}\n`]])
}

/** The compiler runs in a sandbox that sees nothing above its working directory: it is called from the root. */
async function runCircom(name: CircuitName, output: string): Promise<void> {
  const cli = join(packageFolder('circom2'), 'cli.js')
  const args = [cli, `circuits/${name}.circom`, ...flags, '-o', output]
  const { stdout, stderr } = await promisify(execFile)(process.execPath, args, { cwd: root })
  if (!existsSync(join(output, `${name}.r1cs`))) throw new Error(`circom: ${stdout}${stderr}`)
}

/** All that the result depends on: sources, compiler, library, flags. */
async function sourceHash(): Promise<string> {
  const hash = createHash('sha256').update(flags.join(' '))
  for (const name of ['circom2', 'circomlib']) hash.update(await readFile(join(packageFolder(name), 'package.json')))
  const sources = await Array.fromAsync(glob('circuits/**/*.circom', { cwd: root }))
  for (const source of sources.sort()) hash.update(source).update(await readFile(join(root, source)))
  return hash.digest('hex').slice(0, 16)
}

const packageFolder = (name: string) => join(require.resolve(`${name}/package.json`), '..')
