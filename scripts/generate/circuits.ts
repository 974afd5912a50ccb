import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { glob, mkdir, mkdtemp, readFile, rename, rm } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
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

/** From where, and how, circuits are compiled; folders relative to the root. */
export type Sources = {
  readonly circuits: string
  /** A copy of circomlib's circuits. */
  readonly library: string
  /** How far the compiler simplifies: `--O2` merges all linear constraints into others. */
  readonly simplification: '--O0' | '--O2'
}

/** What the keys are made from. */
export const product: Sources = {
  circuits: 'circuits',
  library: 'node_modules/circomlib/circuits',
  simplification: '--O2',
}

const root = fileURLToPath(new URL('../../', import.meta.url))
const manifest = fileURLToPath(import.meta.resolve('circom2/package.json'))

/** Compiles one circuit, or finds it compiled from the same sources by the same compiler. */
export async function compileCircuit(name: string, sources = product): Promise<CompiledCircuit> {
  const folder = join(root, 'build/circuits', await sourceHash(sources))
  const compiled = {
    r1cs: join(folder, name, `${name}.r1cs`),
    wasm: join(folder, name, `${name}_js`, `${name}.wasm`),
    sym: join(folder, name, `${name}.sym`),
  }
  if (existsSync(compiled.r1cs)) return compiled

  await mkdir(folder, { recursive: true })
  const partial = await mkdtemp(join(folder, `${name}-`))
  try {
    await runCircom(name, sources, partial)
    await rename(partial, join(folder, name))
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
async function runCircom(name: string, sources: Sources, output: string): Promise<void> {
  const { circuits, library, simplification } = sources
  const cli = join(dirname(manifest), 'cli.js')
  const flags = ['--r1cs', '--wasm', '--sym', simplification, '-l', library, '-o', relative(root, output)]
  const args = [cli, `${circuits}/${name}.circom`, ...flags]
  const { stdout, stderr } = await promisify(execFile)(process.execPath, args, { cwd: root })
  if (!existsSync(join(output, `${name}.r1cs`))) throw new Error(`circom: ${stdout}${stderr}`)
}

/** All that the result depends on: sources, library, compiler, simplification. */
async function sourceHash({ circuits, library, simplification }: Sources): Promise<string> {
  const hash = createHash('sha256').update(simplification)
  hash.update(await readFile(manifest))
  const files = await Array.fromAsync(glob(`{${circuits},${library}}/**/*.circom`, { cwd: root }))
  for (const file of files.sort()) hash.update(file).update(await readFile(join(root, file)))
  return hash.digest('hex').slice(0, 16)
}
