import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { buildPackage, packages } from './package.ts'
import { restoreManifest, swapManifest } from './swap-manifest.ts'

// What `npm pack` in a package's folder runs before and after: `node scripts/run.mjs scripts/pack.ts begin sdk`, and `end`. Meanwhile the
// folder's package.json names what is built.

const [act, name] = process.argv.slice(2)
const one = packages.find((each) => each.name === name)
if (!one) throw new Error(`There is no package ${name}.`)

await restoreManifest(one.name) // also that of a run which was killed
if (act === 'begin') {
  await buildPackage(one)
  await swapManifest(one.name, fromDist(JSON.parse(await readFile(join(one.name, 'dist/package.json'), 'utf8'))))
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
