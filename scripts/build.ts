import { cp, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { bundleLimits, measureBundle } from './bundle-size.ts'
import { checkTypes } from './consumer.ts'
import { buildPackage, packages, run } from './package.ts'

// Builds what is published: ESM and types in sdk/dist and service/dist, each with the package.json it is published
// with, and the app, which goes with the service. `--check` also asks publint and attw, compiles what others would write against the packed types, and holds the sizes of what others bundle.

for (const one of packages) {
  await buildPackage(one)
  console.log(`${one.name}/dist is built`)
}
await run(['vite', 'build', 'web'])
const isKey = (path: string) => path.startsWith(join('web', 'dist', 'keys')) // the SDK has them, and the node serves those
await cp('web/dist', 'service/dist/app', { recursive: true, filter: (path) => !isKey(path) })
console.log('web/dist is built')
if (process.argv.includes('--check')) await checkPackages()

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
