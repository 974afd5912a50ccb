import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { bundleLimits, measureBundle } from './bundle-size.ts'
import { checkTypes } from './consumer.ts'
import { runStep } from './steps.ts'

// Builds what is published: ESM and types in sdk/dist and service/dist, each with the package.json it is published
// with. `--check` also asks publint and attw, compiles what others would write against the packed types, and holds the sizes of what others bundle.

const packages = [
  { name: 'sdk', files: ['README.md', '../LICENSE', '../circuits/keys'] },
  { name: 'service', files: ['README.md', '../LICENSE'] },
] as const

for (const { name, files } of packages) await buildPackage(name, files)
if (process.argv.includes('--check')) await checkPackages()

async function buildPackage(name: string, files: readonly string[]): Promise<void> {
  const dist = join(name, 'dist')
  await rm(dist, { recursive: true, force: true })
  await run(['tsc', '-p', join(name, 'tsconfig.build.json')])
  const manifest = JSON.parse(await readFile(join(name, 'package.json'), 'utf8'))
  await mkdir(dist, { recursive: true })
  await writeFile(join(dist, 'package.json'), `${JSON.stringify(publishedManifest(manifest), null, 2)}\n`)
  for (const file of files) await cp(join(name, file), join(dist, file.split('/').at(-1) ?? file), { recursive: true })
  console.log(`${dist} is built`)
}

/** The manifest with its entries pointing at what was built. */
function publishedManifest(manifest: { exports: Record<string, string> }): object {
  const entries = Object.entries(manifest.exports).map(([entry, source]) => {
    const base = source.replace(/\.ts$/, '')
    return [entry, { types: `${base}.d.ts`, default: `${base}.js` }]
  })
  return { ...manifest, exports: Object.fromEntries(entries) }
}

async function checkPackages(): Promise<void> {
  for (const { name } of packages) {
    await run(['publint', '--strict', join(name, 'dist')])
    await run(['attw', '--pack', join(name, 'dist'), '--profile', 'esm-only'])
  }
  const { exports } = JSON.parse(await readFile('sdk/package.json', 'utf8'))
  await checkTypes(Object.keys(exports))
  for (const limit of bundleLimits) {
    const bytes = await measureBundle(limit)
    const text = `${limit.name}: ${(bytes / 1000).toFixed(1)} kB gzipped of ${limit.kilobytes} kB`
    console.log(text)
    if (bytes > limit.kilobytes * 1000) throw new Error(`Too large: ${text}`)
  }
}

async function run(command: readonly string[]): Promise<void> {
  const { code, output } = await runStep({ name: command.join(' '), command })
  if (code === 0) return
  console.error(output)
  throw new Error(`${command.join(' ')} failed`)
}
