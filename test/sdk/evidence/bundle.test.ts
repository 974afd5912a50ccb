import { build } from 'esbuild'
import { expect, test } from 'vitest'

test.each([
  ['the library', `export { createTicketProver } from '@pennypost/sdk/evidence'`],
  ['the worker, which a page starts by itself', `import '@pennypost/sdk/evidence/worker'`],
])('bundlers take %s into a page whole, without a module of Node', async (_, contents) => {
  const { outputFiles, metafile } = await build({
    stdin: { contents, resolveDir: process.cwd(), loader: 'ts' },
    bundle: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    write: false,
    metafile: true,
  })
  expect(Object.values(metafile.outputs).flatMap(({ imports }) => imports)).toEqual([])
  expect(outputFiles[0]?.contents.length).toBeGreaterThan(50_000)
})
