import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { runStep } from './steps.ts'

/** What is published, and which files go with what is built. */
export const packages = [
  { name: 'sdk', files: ['README.md', '../LICENSE', '../circuits/keys'] },
  { name: 'service', files: ['README.md', '../LICENSE'] },
] as const

/**
 * Builds one of them: ESM and types in its folder `dist`, with the package.json that it is published with. Compiled
 * unchecked, which takes half as long, it comes out the same.
 */
export async function buildPackage(
  { name, files }: (typeof packages)[number],
  { isChecked = true }: { readonly isChecked?: boolean } = {},
): Promise<void> {
  const dist = join(name, 'dist')
  await rm(dist, { recursive: true, force: true })
  await run(['tsc', '-p', join(name, 'tsconfig.build.json'), ...(isChecked ? [] : ['--noCheck'])])
  const manifest = JSON.parse(await readFile(join(name, 'package.json'), 'utf8'))
  await mkdir(dist, { recursive: true })
  await writeFile(join(dist, 'package.json'), `${JSON.stringify(publishedManifest(manifest), null, 2)}\n`)
  for (const file of files) await cp(join(name, file), join(dist, file.split('/').at(-1) ?? file), { recursive: true })
}

type Manifest = { name: string; scripts?: object; bin?: Record<string, string>; exports: Record<string, string> }

/** The manifest with its entries pointing at what was built; its scripts are for the sources. */
function publishedManifest({ scripts: _, ...manifest }: Manifest): object {
  const bin = Object.entries(manifest.bin ?? {}).map(([name, source]) => [name, source.replace(/\.ts$/, '.js')])
  const entries = Object.entries(manifest.exports).map(([entry, source]) => {
    const base = source.replace(/\.ts$/, '')
    return [entry, { types: `${base}.d.ts`, default: `${base}.js` }]
  })
  const keys = manifest.name === '@pennypost/sdk' ? { './keys/*': './keys/*' } : {} // for bundlers and whoever serves them
  return {
    ...manifest,
    ...(bin.length > 0 && { bin: Object.fromEntries(bin) }),
    exports: { ...Object.fromEntries(entries), ...keys },
  }
}

/** Runs a command; throws with what it printed where it fails. */
export async function run(command: readonly string[]): Promise<void> {
  const { code, output } = await runStep({ name: command.join(' '), command })
  if (code !== 0) throw new Error(`${command.join(' ')} failed:\n${output}`)
}
