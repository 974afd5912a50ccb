import { readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { buildPackage, packages } from './package.ts'

// What `npm pack` in a package's folder runs before and after: `node scripts/run.mjs scripts/pack.ts begin sdk`, and `end`. npm packs the
// folder with the package.json that lies there, which names sources. Meanwhile it names what is built.

const [act, name] = process.argv.slice(2)
const one = packages.find((each) => each.name === name)
if (!one) throw new Error(`There is no package ${name}.`)
const [manifest, kept] = ['package.json', 'package.json.kept'].map((file) => join(one.name, file)) as [string, string]

if (act === 'begin') {
  await endPack() // of one that was killed
  await buildPackage(one)
  const published = JSON.parse(await readFile(join(one.name, 'dist/package.json'), 'utf8'))
  await rename(manifest, kept)
  await writeFile(manifest, `${JSON.stringify(fromDist(published), null, 2)}\n`)
} else await endPack()

async function endPack(): Promise<void> {
  await rename(kept, manifest).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error
  })
}

/** The manifest of `dist`, as it is one folder above. */
function fromDist({ exports, ...rest }: { exports: Record<string, string | Record<string, string>> }): object {
  const moved = (path: string) => path.replace('./', './dist/')
  const entries = Object.entries(exports).map(([entry, to]) => {
    const at =
      typeof to === 'string' ? moved(to) : Object.fromEntries(Object.entries(to).map(([k, v]) => [k, moved(v)]))
    return [entry, at]
  })
  return { ...rest, files: ['dist', '!dist/package.json'], exports: Object.fromEntries(entries) }
}
